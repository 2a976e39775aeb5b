#include "cli/options.h"

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/log.h"

#include <string.h>

void options_clear(Options *options)
{
    g_clear_pointer(&options->config, g_free);
    g_clear_pointer(&options->database_url, g_free);
}

static void print_help(GOptionContext *context, const char *name)
{
    const Command *command = command_find(name);
    if (command != NULL) {
        g_autofree char *example = g_strdup_printf("Example:\n  %s", command->example);
        g_option_context_set_summary(context, command->summary);
        g_option_context_set_description(context, example);
    }
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    g_print("%s", help);
}

/* The words after a lone "--", which is taken away, and they with it. */
static char **cut_after_dashes(char **words)
{
    for (char **word = words; *word != NULL; word++) {
        if (!g_str_equal(*word, "--"))
            continue;
        char **rest = g_strdupv(word + 1);
        for (char **cut = word; *cut != NULL; cut++)
            g_clear_pointer(cut, g_free);
        return rest;
    }
    return g_new0(char *, 1);
}

static const GOptionEntry *find_short(const GOptionEntry *entries, char name)
{
    for (; entries->long_name != NULL; entries++)
        if (entries->short_name == name)
            return entries;
    return NULL;
}

/* Where the value of a short option is glued to it ("-r-3:current"); 0 if none is. */
static size_t find_glued(const char *word, const GOptionEntry *entries)
{
    if (word[0] != '-' || word[1] == '-')
        return 0;
    for (size_t i = 1; word[i] != '\0'; i++) {
        const GOptionEntry *entry = find_short(entries, word[i]);
        if (entry == NULL)
            return 0;
        if (entry->arg != G_OPTION_ARG_NONE)
            return word[i + 1] != '\0' ? i + 1 : 0;
    }
    return 0;
}

/* Whether the next word is the value of the option @word. */
static bool wants_value(const char *word, const GOptionEntry *entries)
{
    if (g_str_has_prefix(word, "--")) {
        for (; entries->long_name != NULL; entries++)
            if (g_str_equal(entries->long_name, word + 2))
                return entries->arg != G_OPTION_ARG_NONE;
        return false;
    }
    const GOptionEntry *entry =
        word[0] == '-' && word[1] != '\0' ? find_short(entries, word[strlen(word) - 1]) : NULL;
    return entry != NULL && entry->arg != G_OPTION_ARG_NONE;
}

/* Parts glued values from their options, which GOption does not. */
static char **part_glued(char **words, const GOptionEntry *entries)
{
    g_autoptr(GStrvBuilder) parted = g_strv_builder_new();
    bool value = false;
    for (; *words != NULL; words++) {
        size_t glued = value ? 0 : find_glued(*words, entries);
        g_autofree char *option = glued > 0 ? g_strndup(*words, glued) : NULL;
        if (option != NULL)
            g_strv_builder_add(parted, option);
        g_strv_builder_add(parted, *words + glued);
        value = !value && glued == 0 && wants_value(*words, entries);
    }
    return g_strv_builder_end(parted);
}

static void add_names(GPtrArray *names, const GOptionEntry *entries)
{
    for (; entries->long_name != NULL; entries++)
        g_ptr_array_add(names, g_strconcat("--", entries->long_name, NULL));
}

static bool refuse_option(const char *word, const GOptionEntry *own, const GOptionEntry *common,
                          GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    add_names(names, own);
    add_names(names, common);
    g_ptr_array_add(names, NULL);
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    const char *nearest = nearest_word(name, (const char *const *)names->pdata);
    if (nearest != NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "unknown option \"%s\"\nhint: did you mean \"%s\"?", name, nearest);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "unknown option \"%s\"\nhint: \"%s --help\" lists the options", name,
                    g_get_prgname());
    return false;
}

/* What GOption left over must be words; a "-" before a digit is a relative revision. */
static bool check_words(char **words, const GOptionEntry *own, const GOptionEntry *common,
                        GError **error)
{
    for (; *words != NULL; words++) {
        const char *word = *words;
        if (!g_utf8_validate(word, -1, NULL)) {
            g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "argument \"%s\" is not UTF-8", word);
            return false;
        }
        if (word[0] == '-' && word[1] != '\0' && !g_ascii_isdigit(word[1]))
            return refuse_option(word, own, common, error);
    }
    return true;
}

static char **join_words(char **words, char **more)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_strv_builder_addv(all, (const char **)words);
    g_strv_builder_addv(all, (const char **)more);
    return g_strv_builder_end(all);
}

char **options_parse(int argc, char **argv, const GOptionEntry *entries, Options *options,
                     GError **error)
{
    gboolean help = FALSE;
    const GOptionEntry common[] = {
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "settings", "FILE"},
        {"database-url", 0, 0, G_OPTION_ARG_STRING, &options->database_url,
         "database, without a password", "URL"},
        {"private", 0, 0, G_OPTION_ARG_NONE, &options->private_server, "use the private server",
         NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "no messages", NULL},
        {"no-color", 0, 0, G_OPTION_ARG_NONE, &options->no_color, "no colour", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "print this help", NULL},
        {NULL},
    };
    const Command *command = command_find(argv[0]);
    g_autofree char *program = g_strconcat("retort ", argv[0], NULL);
    g_set_prgname(program);
    g_autoptr(GOptionContext) context =
        g_option_context_new(command != NULL ? command->arguments : NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_ignore_unknown_options(context, TRUE);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, common, NULL);

    g_auto(GStrv) all = g_new0(char *, (size_t)argc + 1);
    for (int i = 0; i < argc; i++)
        all[i] = g_strdup(argv[i]);
    g_auto(GStrv) rest = cut_after_dashes(all);
    g_auto(GStrv) words = part_glued(all, entries);
    g_autoptr(GError) refused = NULL; /* turned into an error of ours, with its exit status */
    if (!g_option_context_parse_strv(context, &words, &refused)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE, refused->message);
        return NULL;
    }
    if (help) {
        print_help(context, argv[0]);
        exit(EXIT_SUCCESS);
    }
    log_set_quiet(options->quiet);
    if (!check_words(words + 1, entries, common, error))
        return NULL;
    return join_words(words + 1, rest);
}

bool options_expect(const char *command, char **words, unsigned least, unsigned most,
                    GError **error)
{
    unsigned count = g_strv_length(words);
    if (count >= least && count <= most)
        return true;
    const Command *row = command_find(command);
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "%s\nhint: retort %s%s%s",
                count < least ? "too few arguments" : "too many arguments", command,
                row != NULL && *row->arguments != '\0' ? " " : "",
                row != NULL ? row->arguments : "");
    return false;
}
