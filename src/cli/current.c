/*
 * retort current: at which revision the database is.
 */
#include "cli/migration.h"
#include "cli/output.h"
#include "cli/run.h"
#include "revision/resolve.h"

static const char *head_flag(const RevisionNode *node)
{
    if (!node_is_head(node))
        return "";
    return node_is_real_head(node) ? " (head)" : " (effective head)";
}

static void print_node(const RevisionNode *node)
{
    g_print("%s%s%s%s\n", node->revision->id, head_flag(node),
            node_is_branch_point(node) ? " (branchpoint)" : "",
            node_is_merge_point(node) ? " (mergepoint)" : "");
}

static void print_json(const GPtrArray *nodes)
{
    g_autoptr(json_t) rows = json_array();
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = nodes->pdata[i];
        json_t *row = json_object();
        json_object_set_new(row, "revision", output_string(node->revision->id));
        json_object_set_new(row, "head", json_boolean(node_is_head(node)));
        json_object_set_new(row, "message", output_string(node->revision->message));
        json_object_set_new(row, "file", output_string(node->revision->path));
        json_array_append_new(rows, row);
    }
    output_json(rows);
}

/* Both lists are sorted by id. */
static bool check_heads(const RevisionGraph *graph, const GPtrArray *nodes, GError **error)
{
    g_autoptr(GPtrArray) heads = revision_graph_real_heads(graph);
    bool same = heads->len == nodes->len;
    for (unsigned i = 0; same && i < heads->len; i++)
        same = heads->pdata[i] == nodes->pdata[i];
    if (!same)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_DIFFERS,
                            "Database is not on all head revisions");
    return same;
}

bool run_current(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean json = FALSE, check = FALSE;
    const GOptionEntry entries[] = {
        {"check-heads", 'c', 0, G_OPTION_ARG_NONE, &check,
         "fail if the database is not at all heads", NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_auto(Migration) migration = {0};
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error) ||
        !migration_open(&migration, &options, error) ||
        !migration_load_graph(&migration, false, error) || !migration_connect(&migration, error))
        return false;
    g_auto(GStrv) rows = version_table_load(migration.table, migration.db, error);
    g_autoptr(GPtrArray) nodes =
        rows != NULL ? resolve_rows(migration.graph, (const char *const *)rows, error) : NULL;
    if (nodes == NULL)
        return false;
    if (json)
        print_json(nodes);
    for (unsigned i = 0; !json && i < nodes->len; i++)
        print_node(nodes->pdata[i]);
    return !check || check_heads(migration.graph, nodes, error);
}
