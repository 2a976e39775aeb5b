/*
 * retort branches: the revisions that several others revise.
 */
#include "cli/describe.h"
#include "cli/options.h"
#include "cli/revisions.h"
#include "cli/run.h"
#include "revision/path.h"

#include <stdio.h>
#include <string.h>

/* The branch point, then its children under its id. */
static void print_branch(const RevisionNode *node, bool verbose)
{
    g_autofree char *text =
        verbose ? describe_block(node, NULL, 0) : describe_line(node, NULL, DESCRIBE_TREE);
    printf("%s\n", text);
    int indent = (int)g_utf8_strlen(node->revision->id, -1);
    for (unsigned i = 0; i < node->children->len; i++) {
        DescribeParts parts = DESCRIBE_TREE | (verbose ? DESCRIBE_MESSAGE : 0);
        g_autofree char *child = describe_line(node->children->pdata[i], NULL, parts);
        printf("%*s -> %s\n", indent, "", child);
    }
    printf("\n");
}

bool run_branches(int argc, char **argv, GError **error)
{
    gboolean verbose = FALSE, json = FALSE;
    const GOptionEntry entries[] = {
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "a block for each", NULL},
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
    const char *const none[] = {NULL};
    g_autoptr(GPtrArray) all = path_history(graph, none, NULL, error);
    if (all == NULL)
        return false;
    g_autoptr(GPtrArray) points = g_ptr_array_new();
    for (unsigned i = 0; i < all->len; i++)
        if (node_is_branch_point(all->pdata[i]))
            g_ptr_array_add(points, all->pdata[i]);
    if (json)
        describe_print(points, NULL, 0, false, true);
    for (unsigned i = 0; i < points->len && !json; i++)
        print_branch(points->pdata[i], verbose);
    return true;
}
