#include "migrate/step_batch.h"

#include "migrate/data_loss.h"
#include "migrate/history_table.h"
#include "sql/quote.h"

static const char begin_sql[] = "begin isolation level read committed";

void step_batch_reset(Batch *batch)
{
    batch_add(batch, BATCH_LEASE, "reset session authorization", NULL);
    batch_add(batch, BATCH_LEASE, "reset role", NULL);
    batch_add(batch, BATCH_LEASE, "reset all", NULL);
    batch_add(batch, BATCH_LEASE, "discard temp", NULL);
}

void step_batch_begin(Batch *batch, bool reset)
{
    batch_add(batch, BATCH_BEGIN, begin_sql, NULL);
    if (reset)
        step_batch_reset(batch);
}

/*
 * The settings of every step, as columns of a SELECT. A statement whose runner is gone should not
 * go on for hours (client_connection_check_interval). Commits reach the disk in their order, so
 * only the last one of a run has to wait for it: what a crash takes away is whole steps, with
 * their records, and the run, which it ends too, goes on from there.
 *
 * @local: "true" for the transaction, "false" for the session
 */
static void append_settings(GString *sql, const StepContext *context, bool more_follow,
                            const char *local)
{
    static const char setting[] = "pg_catalog.set_config(%L, %L, %s)";
    sql_append(sql, setting, "search_path", context->options->search_path, local);
    g_string_append(sql, ", ");
    sql_append(sql, setting, "lock_timeout", context->options->lock_timeout, local);
    if (context->server_version >= 140000) {
        g_string_append(sql, ", ");
        sql_append(sql, setting, "client_connection_check_interval", "2s", local);
    }
    if (more_follow) {
        g_string_append(sql, ", ");
        sql_append(sql, setting, "synchronous_commit", "off", local);
    }
}

/* The settings of the transaction and the guard of the lease, in one statement. */
void step_batch_settings(Batch *batch, const StepContext *context, const char *since)
{
    g_autoptr(GString) sql = g_string_new("select ");
    append_settings(sql, context, context->more_follow, "true");
    sql_append(sql, ", pg_catalog.set_config('" HISTORY_STEP_STARTED "', %s, true), ",
               since != NULL ? since : "extract(epoch from pg_catalog.clock_timestamp())::text");
    lease_append_guard(sql, context->fence);
    batch_add(batch, BATCH_LEASE, sql->str, NULL);
}

/* Names of what is prepared. */
#define BEGIN "retort_begin"
#define DONE "retort_done"
#define RECORD "retort_record"
#define COMMIT "retort_commit"

/*
 * What must hold when a step ends, in the columns that tell batch.c which of it did not: the
 * version was as expected, the lease is held, and nothing set the path of the session for the next
 * steps, as an event trigger can, or a function that the server calls for a DEFAULT or CHECK.
 *
 * Steps for which this is prepared leave nothing behind if they are rolled back, so that the lease
 * is asked for once, at their end.
 */
void step_batch_prepare(Batch *batch, const StepContext *context)
{
    g_autoptr(GString) settings = g_string_new("select ");
    append_settings(settings, context, true, "false");
    /* A plan for each execution would cost more than what it does. */
    g_string_append(settings,
                    ", pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', false)");
    g_autoptr(GString) lease = g_string_new(NULL);
    lease_append_held(lease, context->fence);
    g_autoptr(GString) path = g_string_new(NULL);
    sql_append(path, "(pg_catalog.current_setting('search_path') = %L)::int",
               context->options->search_path);
    HistoryConditions conditions = {.step = "1", .steps = lease->str, .runner = path->str};
    const HistoryRecord same = {
        .runner = context->options->runner,
        .fence = context->fence,
        .backup = context->options->backup,
    };
    g_autoptr(GString) record = g_string_new(NULL);
    history_table_append_prepared(record, context->table, &same, &conditions);
    conditions.step = VERSION_CHANGED;
    g_autoptr(GString) done = g_string_new(NULL);
    version_table_append_prepared(done, context->table, HISTORY_PARAMETERS + 1);
    history_table_append_prepared(done, context->table, &same, &conditions);
    batch_add(batch, BATCH_LEASE, "deallocate all", NULL);
    batch_add(batch, BATCH_LEASE, settings->str, NULL);
    batch_add_prepare(batch, BEGIN, begin_sql);
    batch_add_prepare(batch, DONE, done->str);
    batch_add_prepare(batch, RECORD, record->str);
    batch_add_prepare(batch, COMMIT, "commit");
}

void step_batch_next(Batch *batch)
{
    batch_add_execute(batch, BATCH_COMMIT, COMMIT, NULL);
    batch_add_execute(batch, BATCH_BEGIN, BEGIN, NULL);
}

static void add_statements(Batch *batch, const StepContext *context, const Step *step)
{
    for (unsigned i = 0; i < step->statements->len; i++) {
        const Statement *statement = step->statements->pdata[i];
        g_autofree char *guard =
            context->options->allow_data_loss ? NULL : data_loss_guard(statement);
        if (guard != NULL)
            batch_add(batch, BATCH_KEEP, guard, statement);
        batch_add(batch, BATCH_STATEMENT, statement->text, statement);
    }
    if (plan_step_mentions(step, "role") || plan_step_mentions(step, "authorization")) {
        batch_add(batch, BATCH_LEASE, "reset session authorization", NULL);
        batch_add(batch, BATCH_LEASE, "reset role", NULL);
    }
}

/* @sum: (nullable): of the steps done, if some are not. */
static HistoryRecord record_of(const StepContext *context, const PlanItem *item, unsigned done,
                               const char *sum)
{
    return (HistoryRecord){
        .revision = item->revision->id,
        .direction = plan_item_direction(item),
        .outcome = "done",
        .step = done,
        .steps = plan_item_steps(item)->len,
        .checksum = item->revision->checksum,
        .step_checksum = sum,
        .runner = context->options->runner,
        .fence = context->fence,
        .message = item->revision->message,
        .backup = context->options->backup,
    };
}

static char *sum_of(const PlanItem *item, unsigned done)
{
    return done < plan_item_steps(item)->len ? plan_item_checksum(item, done) : NULL;
}

void step_batch_record(Batch *batch, const StepContext *context, const PlanItem *item,
                       const char *outcome, unsigned done, const char *message)
{
    g_autofree char *sum = sum_of(item, done);
    HistoryRecord record = record_of(context, item, done, sum);
    record.outcome = outcome;
    record.message = message;
    g_autoptr(GString) sql = g_string_new(NULL);
    history_table_append(sql, context->table, &record, HISTORY_CLOCK_SETTING);
    batch_add(batch, BATCH_RECORD, sql->str, NULL);
}

static void add_version(Batch *batch, const StepContext *context, const GArray *rows)
{
    for (unsigned i = 0; i < rows->len; i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        version_table_append_checked(sql, context->table, g_array_index(rows, VersionRow, i));
        batch_add(batch, BATCH_VERSION, sql->str, NULL);
    }
}

/* What goes with a step that is done: the version, if it was the last, and the record. */
void step_batch_end(Batch *batch, const StepContext *context, const PlanItem *item, unsigned index)
{
    unsigned steps = plan_item_steps(item)->len;
    if (index + 1 >= steps)
        add_version(batch, context, item->rows);
    step_batch_record(batch, context, item, "done", MIN(index + 1, steps), item->revision->message);
}

/* The version and the record in one statement, if one row of the version changes. */
static void execute_end(Batch *batch, const StepContext *context, const GArray *rows,
                        const HistoryRecord *record)
{
    VersionRow row = rows->len == 1 ? g_array_index(rows, VersionRow, 0) : (VersionRow){0};
    bool one = row.from != NULL && row.to != NULL;
    g_autoptr(GPtrArray) values = history_table_values(record);
    if (one) {
        g_ptr_array_add(values, g_strdup(row.from));
        g_ptr_array_add(values, g_strdup(row.to));
    } else {
        add_version(batch, context, rows);
    }
    batch_add_execute(batch, one ? BATCH_VERSION : BATCH_RECORD, one ? DONE : RECORD, values);
}

/* As step_batch_add(), for a step that is one transaction and leaves the session as it is. */
static void execute_step(Batch *batch, const StepContext *context, const PlanItem *item,
                         unsigned index)
{
    static const GArray none = {0};
    unsigned steps = plan_item_steps(item)->len;
    unsigned done = MIN(index + 1, steps);
    g_autofree char *sum = sum_of(item, done);
    HistoryRecord record = record_of(context, item, done, sum);
    if (index < steps)
        add_statements(batch, context, plan_item_steps(item)->pdata[index]);
    execute_end(batch, context, done == steps ? item->rows : &none, &record);
}

void step_batch_add(Batch *batch, const StepContext *context, const PlanItem *item, unsigned index)
{
    batch_enter(batch, item, index);
    if (context->prepared) {
        execute_step(batch, context, item, index);
        return;
    }
    step_batch_settings(batch, context, NULL);
    if (index < plan_item_steps(item)->len)
        add_statements(batch, context, plan_item_steps(item)->pdata[index]);
    step_batch_end(batch, context, item, index);
}

static void add_stamp_record(Batch *batch, const StepContext *context, const PathStep *step)
{
    HistoryRecord record = {
        .revision = step->revision != NULL ? step->revision->id : "base",
        .direction = "stamp",
        .outcome = "done",
        .checksum = step->revision != NULL ? step->revision->checksum : NULL,
        .runner = context->options->runner,
        .fence = context->fence,
    };
    g_autoptr(GString) sql = g_string_new(NULL);
    history_table_append(sql, context->table, &record, HISTORY_CLOCK_SETTING);
    batch_add(batch, BATCH_RECORD, sql->str, NULL);
}

void step_batch_stamp(Batch *batch, const StepContext *context, const Plan *plan)
{
    step_batch_settings(batch, context, NULL);
    if (plan->purge) {
        g_autoptr(GString) sql = g_string_new(NULL);
        sql_append(sql, "delete from %s", version_table_quoted(context->table));
        batch_add(batch, BATCH_RECORD, sql->str, NULL);
    }
    for (unsigned i = 0; i < plan->path->len; i++) {
        const PathStep *step = plan->path->pdata[i];
        g_autoptr(GArray) rows = plan_version_rows(step);
        add_version(batch, context, rows);
        add_stamp_record(batch, context, step);
    }
}
