/*
 * retort downgrade: takes revisions back down to one.
 */
#include "cli/run.h"
#include "cli/run_revisions.h"

bool run_downgrade(int argc, char **argv, GError **error)
{
    return run_revisions(argc, argv, false, error);
}
