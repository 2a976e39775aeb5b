#include "cli/run_revisions.h"

#include "cli/backup_first.h"
#include "cli/endpoints.h"
#include "cli/migration.h"
#include "cli/output.h"
#include "migrate/offline.h"
#include "revision/resolve.h"

#include <string.h>

static json_t *item_row(const PlanItem *item)
{
    json_t *row = json_object();
    json_object_set_new(row, "revision", output_string(item->revision->id));
    json_object_set_new(row, "direction", output_string(plan_item_direction(item)));
    json_object_set_new(row, "from", output_string(item->from));
    json_object_set_new(row, "to", output_string(item->to));
    json_object_set_new(row, "message", output_string(item->revision->message));
    json_object_set_new(row, "file", output_string(item->revision->path));
    json_object_set_new(row, "steps", json_integer(plan_item_steps(item)->len));
    json_object_set_new(row, "done", json_integer(item->done));
    return row;
}

static void print_plan(const Plan *plan, bool json)
{
    static const OutputColumn columns[] = {{"direction", "DIRECTION", false},
                                           {"revision", "REVISION", false},
                                           {"steps", "STEPS", true},
                                           {"message", "MESSAGE", false},
                                           {NULL}};
    g_autoptr(json_t) rows = json_array();
    for (unsigned i = 0; i < plan->items->len; i++)
        json_array_append_new(rows, item_row(plan->items->pdata[i]));
    output_rows(rows, columns, json);
    if (!json && plan->items->len == 0)
        g_message("Nothing to do.");
}

/* START:TARGET, or TARGET alone, which begins at base; only with --sql. */
static bool split_target(const char *word, bool up, char **out_start, char **out_target,
                         GError **error)
{
    if (resolve_split_range(word, out_start, out_target))
        return true;
    if (!up) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "downgrade with --sql requires <fromrev>:<torev>\n"
                            "hint: as in \"retort downgrade head:base --sql\"");
        return false;
    }
    *out_start = g_strdup("base");
    *out_target = g_strdup(word);
    return true;
}

/* The version rows of a database at @start. */
static char **rows_at(const RevisionGraph *graph, const char *start, GError **error)
{
    if (*start == '\0')
        return g_new0(char *, 1);
    g_autoptr(GPtrArray) nodes = resolve_revisions(graph, start, error);
    if (nodes == NULL)
        return NULL;
    char **rows = g_new0(char *, nodes->len + 1);
    for (unsigned i = 0; i < nodes->len; i++)
        rows[i] = g_strdup(((const RevisionNode *)nodes->pdata[i])->revision->id);
    return rows;
}

static bool print_script(const Migration *migration, const char *word, bool up,
                         const RunOptions *options, GError **error)
{
    g_autofree char *start = NULL;
    g_autofree char *target = NULL;
    if (!split_target(word, up, &start, &target, error))
        return false;
    char **rows = rows_at(migration->graph, start, error);
    g_autoptr(Plan) plan =
        rows != NULL ? plan_new(migration->graph, rows, NULL, up, target, error) : NULL;
    if (plan == NULL)
        return false;
    const Config *config = project_config(migration->project);
    OfflineOptions offline = {
        .search_path = config_get(config, "migrate", "search_path"),
        .lock_timeout = options->lock_timeout != NULL
                            ? options->lock_timeout
                            : config_get(config, "migrate", "lock_timeout"),
        .single_transaction = options->single_transaction,
    };
    ApplyOptions apply = {.single_transaction = options->single_transaction};
    if (!apply_check(plan->items, &apply, error))
        return false;
    g_autoptr(GString) script = g_string_new(NULL);
    offline_append_plan(script, migration->table, plan, &offline);
    fputs(script->str, stdout);
    return true;
}

/* Whether the database is at all heads: only there the endpoints need to fit. */
static bool is_at_heads(const Migration *migration)
{
    g_auto(GStrv) rows = version_table_load(migration->table, migration->db, NULL);
    g_autoptr(GPtrArray) heads = revision_graph_real_heads(migration->graph);
    bool equal = rows != NULL && g_strv_length(rows) == heads->len;
    for (unsigned i = 0; equal && i < heads->len; i++)
        equal = g_strv_contains((const char *const *)rows,
                                ((const RevisionNode *)heads->pdata[i])->revision->id);
    return equal;
}

static bool run_online(Migration *migration, const char *word, bool up, const RunOptions *options,
                       GError **error)
{
    if (strchr(word, ':') != NULL) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "Range revision not allowed\nhint: a range goes with --sql");
        return false;
    }
    Runner runner;
    BackupFirst first;
    if (!backup_first_read(migration, options, &first, error) ||
        !migration_connect(migration, error) ||
        !migration_runner(migration, options, &runner, error))
        return false;
    runner.before = backup_first;
    runner.before_data = &first;
    g_autoptr(Plan) plan = options->dry_run ? runner_plan(&runner, up, word, error)
                                            : runner_run(&runner, up, word, error);
    if (plan == NULL)
        return false;
    if (options->dry_run || options->json)
        print_plan(plan, options->json);
    if (up && !options->dry_run && plan->items->len > 0 && endpoints_exist(migration->project) &&
        is_at_heads(migration))
        endpoints_warn(migration->project, migration->db, "of this database");
    return true;
}

bool run_revisions(int argc, char **argv, bool up, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(RunOptions) run = RUN_OPTIONS_DEFAULT;
    const GOptionEntry entries[] = {
        {"sql", 0, 0, G_OPTION_ARG_NONE, &run.sql, "print a script for psql, run nothing", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &run.dry_run, "print the plan, run nothing", NULL},
        {"single-transaction", 0, 0, G_OPTION_ARG_NONE, &run.single_transaction,
         "all steps in one transaction", NULL},
        {"allow-data-loss", 0, 0, G_OPTION_ARG_NONE, &run.allow_data_loss,
         "drop tables and columns with their rows", NULL},
        {"no-row-check", 0, 0, G_OPTION_ARG_NONE, &run.no_row_check,
         "do not count beforehand what the rows allow: the server decides", NULL},
        {"backup", 0, 0, G_OPTION_ARG_NONE, &run.backup,
         "take a backup first (default: [migrate] backup of retort.ini)", NULL},
        {"no-backup", 0, 0, G_OPTION_ARG_NONE, &run.no_backup, "take no backup first", NULL},
        {"lock-timeout", 0, 0, G_OPTION_ARG_STRING, &run.lock_timeout,
         "how long a statement waits for a lock (3s)", "TIME"},
        {"lock-retries", 0, 0, G_OPTION_ARG_INT, &run.lock_retries,
         "how often a step that did not get a lock is tried again (5)", "N"},
        {"wait", 0, 0, G_OPTION_ARG_INT, &run.wait, "how long to wait for another runner (60)",
         "SECONDS"},
        {"tag", 0, 0, G_OPTION_ARG_STRING, &run.tag, "accepted as Alembic does; has no effect",
         "TAG"},
        OPTION_JSON(run.json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_auto(Migration) migration = {0};
    if (!migration_open(&migration, &options, error))
        return false;
    if (!run.sql)
        project_begin_connection(migration.project);
    if (!migration_load_graph(&migration, REVISION_WHOLE, error))
        return false;
    return run.sql ? print_script(&migration, words[0], up, &run, error)
                   : run_online(&migration, words[0], up, &run, error);
}
