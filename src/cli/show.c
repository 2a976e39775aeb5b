/*
 * retort show: a revision with all that its header says.
 */
#include "cli/describe.h"
#include "cli/options.h"
#include "cli/revisions.h"
#include "cli/run.h"

bool run_show(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {OPTION_JSON(json), {NULL}};
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_WHOLE, error);
    if (graph == NULL)
        return false;
    g_autoptr(GPtrArray) nodes = revisions_named(project, graph, words[0], error);
    if (nodes == NULL)
        return false;
    describe_print(nodes, NULL, 0, true, json);
    return true;
}
