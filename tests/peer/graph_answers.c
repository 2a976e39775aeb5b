/*
 * Answers questions about graphs for test_graph_peer.py, one line each on stdin:
 * OPERATION|GRAPH|ROWS|WORD. GRAPH is as in unit/graphs.h; OPERATION is up, down, stamp or history.
 * Two lines come back: the revisions in their order or "ERROR message", and the rows afterwards.
 */
#include "../unit/graphs.h"
#include "revision/path.h"

#include <stdio.h>

static void print_error(const GError *error)
{
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", 2);
    printf("ERROR %s\n\n", lines[0]);
}

static void apply(GHashTable *rows, const PathStep *step)
{
    for (unsigned i = 0; i < step->deletes->len; i++)
        g_assert_true(g_hash_table_remove(rows, step->deletes->pdata[i]));
    if (step->update_from != NULL) {
        g_assert_true(g_hash_table_remove(rows, step->update_from));
        g_assert_true(g_hash_table_add(rows, (char *)step->update_to));
    }
    for (unsigned i = 0; i < step->inserts->len; i++)
        g_assert_true(g_hash_table_add(rows, step->inserts->pdata[i]));
}

static void print_rows(GHashTable *rows)
{
    g_autoptr(GList) ids = g_list_sort(g_hash_table_get_keys(rows), (GCompareFunc)strcmp);
    for (const GList *id = ids; id != NULL; id = id->next)
        printf("%s ", (const char *)id->data);
    printf("\n");
}

static void print_path(const GPtrArray *path, char **start)
{
    g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *start != NULL; start++)
        g_hash_table_add(rows, *start);
    for (unsigned i = 0; i < path->len; i++) {
        const PathStep *step = path->pdata[i];
        printf("%s ", step->revision != NULL ? step->revision->id : "base");
        apply(rows, step);
    }
    printf("\n");
    print_rows(rows);
}

static GPtrArray *find_path(const RevisionGraph *graph, const char *operation, char **start,
                            const char *word, GError **error)
{
    const char *const *rows = (const char *const *)start;
    const char *const words[] = {word, NULL};
    if (g_str_equal(operation, "up"))
        return path_upgrade(graph, rows, word, error);
    if (g_str_equal(operation, "down"))
        return path_downgrade(graph, rows, word, error);
    return path_stamp(graph, rows, words, error);
}

static void answer(char **question)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_graph_new(graphs_revisions(question[1]), &error);
    if (graph == NULL) {
        print_error(error);
        return;
    }
    g_auto(GStrv) rows = g_strsplit(question[2], " ", -1);
    bool history = g_str_equal(question[0], "history");
    g_autoptr(GPtrArray) found =
        history ? path_history(graph, (const char *const *)rows, question[3], &error)
                : find_path(graph, question[0], rows, question[3], &error);
    if (found == NULL) {
        print_error(error);
    } else if (history) {
        g_autofree char *ids = graphs_ids(found);
        printf("%s\n\n", ids);
    } else {
        print_path(found, rows);
    }
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        g_auto(GStrv) question = g_strsplit(g_strchomp(line), "|", 4);
        answer(question);
        fflush(stdout);
    }
    free(line);
    return 0;
}
