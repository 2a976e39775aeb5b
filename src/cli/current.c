/*
 * retort current: at which revision the database is.
 */
#include "cli/describe.h"
#include "cli/migration.h"
#include "cli/run.h"
#include "revision/resolve.h"

/* Both lists are sorted by id. */
static bool check_heads(const RevisionGraph *graph, const GPtrArray *nodes,
                        const Standing *standing, GError **error)
{
    g_autofree char *part = standing_describe(standing);
    if (part != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_DIFFERS,
                    "Database is not on all head revisions\n"
                    "hint: revision \"%s\" is %s; the same command goes on from there",
                    standing->revision, part);
        return false;
    }
    g_autoptr(GPtrArray) heads = revision_graph_real_heads(graph);
    bool same = heads->len == nodes->len;
    for (unsigned i = 0; same && i < heads->len; i++)
        same = heads->pdata[i] == nodes->pdata[i];
    if (!same)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_DIFFERS,
                            "Database is not on all head revisions\n"
                            "hint: \"retort upgrade heads\" runs what is missing");
    return same;
}

/* (transfer container): @nodes, and the revision that the database is in the middle of. */
static GPtrArray *with_part(const RevisionGraph *graph, GPtrArray *nodes, const Standing *standing)
{
    GPtrArray *all = g_ptr_array_copy(nodes, NULL, NULL);
    RevisionNode *part =
        standing->revision != NULL ? revision_graph_find(graph, standing->revision) : NULL;
    if (part != NULL && !g_ptr_array_find(all, part, NULL))
        g_ptr_array_add(all, part);
    if (part == NULL && standing->revision != NULL) {
        g_autofree char *text = standing_describe(standing);
        g_warning("revision \"%s\", which no file has, is %s", standing->revision, text);
    }
    return all;
}

static void print_database(const Migration *migration)
{
    g_autoptr(ConnectionSettings) settings = database_settings(migration->db);
    g_autofree char *place = settings_describe(settings);
    g_print("Current revision(s) for %s:\n", place);
}

bool run_current(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean json = FALSE, check = FALSE, verbose = FALSE;
    const GOptionEntry entries[] = {
        {"check-heads", 'c', 0, G_OPTION_ARG_NONE, &check,
         "fail if the database is not at all heads", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "all that the header says", NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_auto(Migration) migration = {0};
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error) ||
        !migration_open(&migration, &options, error))
        return false;
    project_begin_connection(migration.project);
    if (!migration_load_graph(&migration, REVISION_HEADER, error) ||
        !migration_connect(&migration, error))
        return false;
    g_autoptr(Standing) standing = standing_load(migration.table, migration.db, error);
    g_autoptr(GPtrArray) nodes =
        standing != NULL ? resolve_rows(migration.graph, (const char *const *)standing->rows, error)
                         : NULL;
    if (nodes == NULL)
        return false;
    if ((verbose || json) && !standing_load_backups(standing, migration.table, migration.db, error))
        return false;
    if (verbose && !json)
        print_database(&migration);
    g_autoptr(GPtrArray) all = with_part(migration.graph, nodes, standing);
    describe_print(all, standing, DESCRIBE_TREE, verbose, json);
    return !check || check_heads(migration.graph, nodes, standing, error);
}
