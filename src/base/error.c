#include "base/error.h"

GQuark app_error_quark(void)
{
    return g_quark_from_static_string("app-error-quark");
}

void error_add_hint(GError **error, const char *format, ...)
{
    if (error == NULL || *error == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *hint = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *message = g_strconcat((*error)->message, "\nhint: ", hint, NULL);
    g_free((*error)->message);
    (*error)->message = message;
}
