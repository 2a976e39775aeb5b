/*
 * retort edit: opens the files of revisions in the user's editor.
 */
#include "base/process.h"
#include "cli/options.h"
#include "cli/revisions.h"
#include "cli/run.h"

/* The words of $VISUAL or $EDITOR: a program and its options, taken apart without a shell. */
static char **editor_words(const Project *project, GError **error)
{
    const Environment *environment = project_environment(project);
    const char *editor = environment_get(environment, "VISUAL");
    if (editor == NULL || *editor == '\0')
        editor = environment_get(environment, "EDITOR");
    if (editor == NULL || *editor == '\0') {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "no editor is named\nhint: set EDITOR, as in: EDITOR=nano retort edit "
                            "head");
        return NULL;
    }
    char **words = NULL;
    g_autoptr(GError) unclosed = NULL; /* turned into an error of ours */
    if (g_shell_parse_argv(editor, NULL, &words, &unclosed))
        return words;
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "EDITOR is \"%s\": %s", editor,
                unclosed->message);
    return NULL;
}

static bool run_editor(char **words, GError **error)
{
    const ProcessStart start = {.words = (const char *const *)words};
    int status = 0;
    if (!process_attend(&start, &status, error)) {
        g_prefix_error(error, "EDITOR: ");
        return false;
    }
    if (status != 0)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "editor \"%s\" ended with status %d",
                    words[0], status);
    return status == 0;
}

bool run_edit(int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {{NULL}};
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_HEADER, error);
    if (graph == NULL)
        return false;
    g_autoptr(GPtrArray) nodes = revisions_named(project, graph, words[0], error);
    if (nodes == NULL || nodes->len == 0)
        return nodes != NULL;
    g_auto(GStrv) editor = editor_words(project, error);
    if (editor == NULL)
        return false;
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_strv_builder_addv(all, (const char **)editor);
    for (unsigned i = 0; i < nodes->len; i++)
        g_strv_builder_add(all, ((RevisionNode *)nodes->pdata[i])->revision->path);
    g_auto(GStrv) command = g_strv_builder_end(all);
    return run_editor(command, error);
}
