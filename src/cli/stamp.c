/*
 * retort stamp: says at which revision the database is, without running anything.
 */
#include "cli/migration.h"
#include "cli/output.h"
#include "cli/run.h"
#include "migrate/offline.h"
#include "revision/resolve.h"

/* With START:TARGET the script changes the rows of START; without, it begins at base. */
static bool print_script(const Migration *migration, char **words, GError **error)
{
    g_autofree char *start = NULL;
    g_autofree char *target = NULL;
    g_autoptr(GPtrArray) nodes = NULL;
    g_autoptr(GStrvBuilder) rows = g_strv_builder_new();
    const char *one[] = {words[0], NULL};
    const char *const *targets = (const char *const *)words;
    if (words[1] == NULL && resolve_split_range(words[0], &start, &target)) {
        nodes = resolve_revisions(migration->graph, *start != '\0' ? start : "base", error);
        if (nodes == NULL)
            return false;
        for (unsigned i = 0; i < nodes->len; i++)
            g_strv_builder_add(rows, ((const RevisionNode *)nodes->pdata[i])->revision->id);
        one[0] = target;
        targets = one;
    }
    g_autoptr(Plan) plan =
        plan_new_stamp(migration->graph, g_strv_builder_end(rows), targets, false, error);
    if (plan == NULL)
        return false;
    g_autoptr(GString) script = g_string_new(NULL);
    offline_append_stamp(script, migration->table, plan);
    fputs(script->str, stdout);
    return true;
}

static void add_change(json_t *rows, const char *from, const char *to)
{
    json_t *row = json_object();
    json_object_set_new(row, "from", output_string(from));
    json_object_set_new(row, "to", output_string(to));
    json_array_append_new(rows, row);
}

static void print_plan(const Plan *plan, bool json)
{
    static const OutputColumn columns[] = {{"from", "FROM", false}, {"to", "TO", false}, {NULL}};
    g_autoptr(json_t) rows = json_array();
    for (char **id = plan->rows; plan->purge && *id != NULL; id++)
        add_change(rows, *id, "");
    for (unsigned i = 0; i < plan->path->len; i++) {
        const PathStep *step = plan->path->pdata[i];
        g_autofree char *from = plan_join_ids(step->from);
        g_autofree char *to = plan_join_ids(step->to);
        if (*from != '\0' || *to != '\0')
            add_change(rows, from, to);
    }
    output_rows(rows, columns, json);
    if (!json && json_array_size(rows) == 0)
        g_message("Nothing to do.");
}

static bool stamp_online(Migration *migration, char **words, bool purge, const RunOptions *run,
                         GError **error)
{
    Runner runner;
    if (!migration_connect(migration, error) || !migration_runner(migration, run, &runner, error))
        return false;
    const char *const *targets = (const char *const *)words;
    g_autoptr(Plan) plan = run->dry_run ? runner_plan_stamp(&runner, targets, purge, error)
                                        : runner_stamp(&runner, targets, purge, error);
    if (plan == NULL)
        return false;
    if (run->dry_run || run->json)
        print_plan(plan, run->json);
    return true;
}

bool run_stamp(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(RunOptions) run = RUN_OPTIONS_DEFAULT;
    gboolean purge = FALSE;
    const GOptionEntry entries[] = {
        {"sql", 0, 0, G_OPTION_ARG_NONE, &run.sql, "print a script for psql, run nothing", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &run.dry_run, "print the changes, make none", NULL},
        {"purge", 0, 0, G_OPTION_ARG_NONE, &purge,
         "delete all rows of the version first, also unknown ones", NULL},
        {"wait", 0, 0, G_OPTION_ARG_INT, &run.wait, "how long to wait for another runner (60)",
         "SECONDS"},
        {"tag", 0, 0, G_OPTION_ARG_STRING, &run.tag, "accepted as Alembic does; has no effect",
         "TAG"},
        OPTION_JSON(run.json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1000, error))
        return false;
    if (run.sql && purge) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "Can't use --purge with --sql mode\n"
                            "hint: START:TARGET names the rows that the script replaces");
        return false;
    }
    g_auto(Migration) migration = {0};
    if (!migration_open(&migration, &options, error) ||
        !migration_load_graph(&migration, REVISION_WHOLE, error))
        return false;
    return run.sql ? print_script(&migration, words, error)
                   : stamp_online(&migration, words, purge, &run, error);
}
