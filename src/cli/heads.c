/*
 * retort heads: the revisions that no other revises.
 */
#include "cli/describe.h"
#include "cli/options.h"
#include "cli/revisions.h"
#include "cli/run.h"

bool run_heads(int argc, char **argv, GError **error)
{
    gboolean verbose = FALSE, resolve = FALSE, json = FALSE;
    const GOptionEntry entries[] = {
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "a block for each", NULL},
        {"resolve-dependencies", 0, 0, G_OPTION_ARG_NONE, &resolve,
         "leave out those that another revision depends on", NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_HEADER, error);
    if (graph == NULL)
        return false;
    g_autoptr(GPtrArray) heads =
        resolve ? revision_graph_real_heads(graph) : revision_graph_heads(graph);
    describe_print(heads, NULL, 0, verbose, json);
    return true;
}
