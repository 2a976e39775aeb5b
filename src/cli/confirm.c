#include "cli/confirm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool refuse(const char *what, const char *name, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "%s, and nobody can be asked\nhint: say so: --yes %s", what, name);
    return false;
}

static bool is_meant(const char *typed, const char *name, GError **error)
{
    if (g_str_equal(typed, name))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "\"%s\" is not the name \"%s\": nothing was done", typed, name);
    return false;
}

static bool ask(FILE *terminal, const char *what, const char *name, GError **error)
{
    char line[256];
    fprintf(terminal, "%s.\nType its name to go on: ", what);
    fflush(terminal);
    if (fgets(line, sizeof line, terminal) == NULL)
        return refuse(what, name, error);
    line[strcspn(line, "\r\n")] = '\0';
    return is_meant(line, name, error);
}

bool confirm_name(const char *what, const char *name, const char *yes, GError **error)
{
    if (yes != NULL)
        return is_meant(yes, name, error);
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL)
        return refuse(what, name, error);
    bool meant = ask(terminal, what, name, error);
    fclose(terminal);
    return meant;
}
