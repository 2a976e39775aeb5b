/*
 * retort history: the revisions, newest first, with the state of their proofs.
 */
#include "cli/describe.h"
#include "cli/options.h"
#include "cli/revisions.h"
#include "cli/run.h"
#include "revision/path.h"

#include <string.h>

typedef struct HistoryOptions {
    char *range;
    gboolean verbose;
    gboolean indicate;
    gboolean json;
} HistoryOptions;

static bool print_history(Project *project, const HistoryOptions *wanted, GError **error)
{
    bool named = wanted->range != NULL && strstr(wanted->range, "current") != NULL;
    bool ask = wanted->indicate || named;
    if (ask)
        project_begin_connection(project);
    /* A line tells of the proof only; without one it need not know what the file holds. */
    bool whole = wanted->verbose || wanted->json;
    g_autoptr(RevisionGraph) graph =
        revisions_load(project, whole ? REVISION_WHOLE : REVISION_PROOF, error);
    if (graph == NULL)
        return false;
    g_autoptr(Standing) standing = ask ? revisions_standing(project, whole, error) : NULL;
    if (ask && standing == NULL)
        return false;
    static const char *const none[] = {NULL};
    g_autoptr(GPtrArray) nodes =
        path_history(graph, ask ? (const char *const *)standing->rows : none, wanted->range, error);
    if (nodes == NULL)
        return false;
    const DescribeParts parts =
        DESCRIBE_PARENTS | DESCRIBE_TREE | DESCRIBE_PROOF | DESCRIBE_MESSAGE;
    describe_print(nodes, wanted->indicate ? standing : NULL,
                   parts | (wanted->indicate ? DESCRIBE_CURRENT : 0), wanted->verbose,
                   wanted->json);
    return true;
}

bool run_history(int argc, char **argv, GError **error)
{
    HistoryOptions wanted = {0};
    const GOptionEntry entries[] = {
        {"rev-range", 'r', 0, G_OPTION_ARG_STRING, &wanted.range,
         "from START to END; \"-r-3:current\" is the last three", "[START]:[END]"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &wanted.verbose, "a block for each", NULL},
        {"indicate-current", 'i', 0, G_OPTION_ARG_NONE, &wanted.indicate,
         "mark where the database is", NULL},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_autofree char *range = wanted.range;
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    return project != NULL && print_history(project, &wanted, error);
}
