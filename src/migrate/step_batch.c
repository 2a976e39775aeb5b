#include "migrate/step_batch.h"

#include "migrate/data_loss.h"
#include "migrate/history_table.h"
#include "sql/quote.h"

void step_batch_reset(Batch *batch)
{
    batch_add(batch, BATCH_LEASE, "reset session authorization", NULL);
    batch_add(batch, BATCH_LEASE, "reset role", NULL);
    batch_add(batch, BATCH_LEASE, "reset all", NULL);
    batch_add(batch, BATCH_LEASE, "discard temp", NULL);
}

void step_batch_begin(Batch *batch, bool reset)
{
    batch_add(batch, BATCH_BEGIN, "begin isolation level read committed", NULL);
    if (reset)
        step_batch_reset(batch);
}

/*
 * The settings of the transaction and the guard of the lease, in one statement. A statement
 * whose runner is gone should not go on for hours (client_connection_check_interval).
 */
void step_batch_settings(Batch *batch, const StepContext *context, const char *since)
{
    g_autoptr(GString) sql = g_string_new("select ");
    bool checks = context->server_version >= 140000;
    sql_append(sql,
               "pg_catalog.set_config('search_path', %L, true),"
               " pg_catalog.set_config('lock_timeout', %L, true),%s"
               " pg_catalog.set_config('" HISTORY_STEP_STARTED "', %s, true), ",
               context->options->search_path, context->options->lock_timeout,
               checks ? " pg_catalog.set_config('client_connection_check_interval', '2s', true),"
                      : "",
               since != NULL ? since : "extract(epoch from pg_catalog.clock_timestamp())::text");
    lease_append_guard(sql, context->fence);
    batch_add(batch, BATCH_LEASE, sql->str, NULL);
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

void step_batch_record(Batch *batch, const StepContext *context, const PlanItem *item,
                       const char *outcome, unsigned done, const char *message)
{
    unsigned steps = plan_item_steps(item)->len;
    g_autofree char *sum = done < steps ? plan_item_checksum(item, done) : NULL;
    HistoryRecord record = {
        .revision = item->revision->id,
        .direction = plan_item_direction(item),
        .outcome = outcome,
        .step = done,
        .steps = steps,
        .checksum = item->revision->checksum,
        .step_checksum = sum,
        .runner = context->options->runner,
        .fence = context->fence,
        .message = message,
    };
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

void step_batch_add(Batch *batch, const StepContext *context, const PlanItem *item, unsigned index)
{
    batch_enter(batch, item, index);
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
