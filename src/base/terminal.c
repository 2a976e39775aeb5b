#include "base/terminal.h"

#include <string.h>
#include <unistd.h>

bool terminal_is(int file)
{
    return isatty(file) == 1;
}

bool terminal_has_color(int file)
{
    const char *refused = g_getenv("NO_COLOR");
    const char *kind = g_getenv("TERM");
    return terminal_is(file) && (refused == NULL || *refused == '\0') &&
           (kind == NULL || !g_str_equal(kind, "dumb"));
}

char *terminal_ask(const char *question, GError **error)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_REFUSED, "there is no terminal to ask on");
        return NULL;
    }
    fputs(question, terminal);
    fflush(terminal);
    char *line = NULL;
    size_t size = 0;
    ssize_t length = getline(&line, &size, terminal);
    fclose(terminal);
    if (length < 0) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_REFUSED, "the question was not answered");
        free(line);
        return NULL;
    }
    char *answer = g_strdup(g_strstrip(line));
    free(line);
    return answer;
}
