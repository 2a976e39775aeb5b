#include "cli/autogenerate.h"

bool autogenerate(Project *project G_GNUC_UNUSED, const RevisionGraph *graph G_GNUC_UNUSED,
                  Revision *revision G_GNUC_UNUSED, GError **error)
{
    g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                        "this program was built without --autogenerate\nhint: leave it out and "
                        "write the statements by hand");
    return false;
}
