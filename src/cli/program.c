#include "cli/program.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "cli/command.h"
#include "cli/log.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

enum { SIGNALED = 128 /* and the signal: as shells have it */ };

/* Files and databases are UTF-8 whatever the locale says; so are words and output. */
static void start_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (!g_str_equal(nl_langinfo(CODESET), "UTF-8"))
        setlocale(LC_CTYPE, "C.UTF-8");
}

static bool takes_value(const char *option)
{
    return g_str_equal(option, "-c") || g_str_equal(option, "--config") ||
           g_str_equal(option, "--database-url");
}

/* "-c" before the command is the settings' file; after it, it is the command's own. */
static char *long_option(const char *option)
{
    if (!g_str_has_prefix(option, "-c"))
        return g_strdup(option);
    return option[2] == '\0' ? g_strdup("--config") : g_strconcat("--config=", option + 2, NULL);
}

/*
 * The words of the command: its name, the options before it, what followed it. Empty if there
 * is none; then @out_help and @out_version tell what was asked instead.
 */
static GPtrArray *command_words(char **argv, bool *out_help, bool *out_version)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    char **word = argv + 1;
    for (; *word != NULL && **word == '-'; word++) {
        *out_help = *out_help || g_str_equal(*word, "-h") || g_str_equal(*word, "--help");
        *out_version = *out_version || g_str_equal(*word, "--version");
        g_ptr_array_add(words, long_option(*word));
        if (takes_value(*word) && word[1] != NULL)
            g_ptr_array_add(words, g_strdup(*++word));
    }
    if (*word == NULL) {
        g_ptr_array_set_size(words, 0);
        return g_steal_pointer(&words);
    }
    g_ptr_array_insert(words, 0, g_strdup(*word++));
    for (; *word != NULL; word++)
        g_ptr_array_add(words, g_strdup(*word));
    return g_steal_pointer(&words);
}

static bool refuse_command(const char *name, GError **error)
{
    const char *nearest = command_nearest(name);
    if (nearest != NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "unknown command \"%s\"\nhint: did you mean \"%s\"?", name, nearest);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "unknown command \"%s\"\nhint: \"retort --help\" lists the commands", name);
    return false;
}

/* "retort help COMMAND" is "retort COMMAND --help". */
static void turn_help_around(GPtrArray *words)
{
    if (words->len != 2 || !g_str_equal(words->pdata[0], "help"))
        return;
    g_ptr_array_remove_index(words, 0);
    g_ptr_array_add(words, g_strdup("--help"));
}

static bool run(char **argv, GError **error)
{
    bool help = false, version = false;
    g_autoptr(GPtrArray) words = command_words(argv, &help, &version);
    turn_help_around(words);
    if (words->len == 0 || g_str_equal(words->pdata[0], "help")) {
        g_autofree char *usage = command_usage();
        if (version)
            g_print("retort %s\n", RETORT_VERSION);
        else if (help || words->len > 0)
            g_print("%s", usage);
        else
            g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "no command given\n%s", usage);
        return version || help || words->len > 0;
    }
    const Command *command = command_find(words->pdata[0]);
    if (command == NULL)
        return refuse_command(words->pdata[0], error);
    int argc = (int)words->len;
    g_ptr_array_add(words, NULL);
    return command->run(argc, (char **)words->pdata, error);
}

/* A result that did not reach its reader (disk full) is no success. */
static bool flush_output(GError **error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_IO, "the output was not written");
    return false;
}

int program_run(char **argv)
{
    start_locale();
    log_start();
    g_set_prgname("retort");
    g_autoptr(GError) error = NULL;
    if (run(argv, &error) && flush_output(&error))
        return EXIT_SUCCESS;
    fflush(stdout);
    if (interrupt_signal() != 0) {
        g_printerr("retort: interrupted\n"); /* what failed by that is no news */
        return SIGNALED + interrupt_signal();
    }
    const char *text = error->message;
    g_printerr("retort: %s%s", text, g_str_has_suffix(text, "\n") ? "" : "\n");
    return error->domain == APP_ERROR ? error->code : EXIT_FAILURE;
}
