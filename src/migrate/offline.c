#include "migrate/offline.h"

#include "migrate/state.h"
#include "sql/quote.h"

#define OFFLINE_RUNNER "a script of retort " RETORT_VERSION

static void append_statement(GString *script, const char *text)
{
    g_string_append(script, text);
    g_string_append(script, ";\n\n");
}

void offline_append_state(GString *script, const VersionTable *table)
{
    g_auto(GStrv) statements = state_statements(table);
    for (char **statement = statements; *statement != NULL; statement++)
        append_statement(script, *statement);
}

/* Fails where the database is not at @rows: the script was made for that version alone. */
static void append_check(GString *script, const VersionTable *table, char **rows)
{
    g_autofree char *wanted = g_strjoinv(", ", rows);
    g_autoptr(GString) body = g_string_new(NULL);
    sql_append(
        body,
        "\nDECLARE\n"
        "    at text;\n"
        "BEGIN\n"
        "    SELECT coalesce(string_agg(version_num, ', ' ORDER BY version_num COLLATE \"C\"),"
        " '') INTO at\n"
        "    FROM %s;\n"
        "    IF at <> %L THEN\n"
        "        RAISE EXCEPTION 'the database is at \"%%\", this script begins at \"%%\"',"
        " at, %L;\n"
        "    END IF;\n"
        "END\n",
        version_table_quoted(table), wanted, wanted);
    g_string_append_printf(script, "DO $check$%s$check$;\n\n", body->str);
}

static void append_version(GString *script, const VersionTable *table, const GArray *rows)
{
    for (unsigned i = 0; i < rows->len; i++) {
        version_table_append_change(script, table, g_array_index(rows, VersionRow, i));
        g_string_append(script, ";\n\n");
    }
}

static void append_record(GString *script, const VersionTable *table, const HistoryRecord *record)
{
    history_table_append(script, table, record, HISTORY_CLOCK_STATEMENT);
    g_string_append(script, ";\n\n");
}

static void append_step_end(GString *script, const VersionTable *table, const PlanItem *item,
                            unsigned index)
{
    unsigned steps = plan_item_steps(item)->len;
    unsigned done = MIN(index + 1, steps);
    g_autofree char *sum = done < steps ? plan_item_checksum(item, done) : NULL;
    HistoryRecord record = {
        .revision = item->revision->id,
        .direction = plan_item_direction(item),
        .outcome = "done",
        .step = done,
        .steps = steps,
        .checksum = item->revision->checksum,
        .step_checksum = sum,
        .runner = OFFLINE_RUNNER,
        .message = item->revision->message,
    };
    if (done == steps)
        append_version(script, table, item->rows);
    append_record(script, table, &record);
}

static void append_step(GString *script, const VersionTable *table, const PlanItem *item,
                        unsigned index, const OfflineOptions *options)
{
    const Step *step =
        index < plan_item_steps(item)->len ? plan_item_steps(item)->pdata[index] : NULL;
    bool inside = step == NULL || step->in_transaction;
    const char *scope = inside ? "SET LOCAL" : "SET";
    if (inside && !options->single_transaction)
        append_statement(script, "BEGIN");
    sql_append(script, "%s search_path TO %s;\n\n%s lock_timeout = %L;\n\n", scope,
               options->search_path, scope, inside ? options->lock_timeout : "0");
    for (unsigned i = 0; step != NULL && i < step->statements->len; i++)
        append_statement(script, ((const Statement *)step->statements->pdata[i])->text);
    if (step != NULL && plan_step_may_set(step))
        append_statement(script,
                         inside ? "RESET SESSION AUTHORIZATION;\n\nRESET ROLE" : "RESET ALL");
    if (!inside)
        append_statement(script, "BEGIN");
    append_step_end(script, table, item, index);
    if (!inside || !options->single_transaction)
        append_statement(script, "COMMIT");
    if (inside && !options->single_transaction && step != NULL && plan_step_may_set(step))
        append_statement(script, "RESET ALL");
}

void offline_append_plan(GString *script, const VersionTable *table, const Plan *plan,
                         const OfflineOptions *options)
{
    if (options->single_transaction)
        append_statement(script, "BEGIN");
    offline_append_state(script, table);
    append_check(script, table, plan->rows);
    for (unsigned i = 0; i < plan->items->len; i++) {
        const PlanItem *item = plan->items->pdata[i];
        g_autofree char *title = plan_item_describe(item);
        g_string_append_printf(script, "-- %s\n\n", title);
        for (unsigned k = 0; k < MAX(plan_item_steps(item)->len, 1); k++)
            append_step(script, table, item, k, options);
    }
    if (options->single_transaction)
        append_statement(script, "COMMIT");
}

static void append_stamp_step(GString *script, const VersionTable *table, const PathStep *step)
{
    g_autofree char *from = plan_join_ids(step->from);
    g_autofree char *to = plan_join_ids(step->to);
    g_autoptr(GArray) rows = plan_version_rows(step);
    HistoryRecord record = {
        .revision = step->revision != NULL ? step->revision->id : "base",
        .direction = "stamp",
        .outcome = "done",
        .checksum = step->revision != NULL ? step->revision->checksum : NULL,
        .runner = OFFLINE_RUNNER,
    };
    g_string_append_printf(script, "-- Running stamp_revision %s -> %s\n\n", from, to);
    append_version(script, table, rows);
    append_record(script, table, &record);
}

void offline_append_stamp(GString *script, const VersionTable *table, const Plan *plan)
{
    append_statement(script, "BEGIN");
    offline_append_state(script, table);
    append_check(script, table, plan->rows);
    for (unsigned i = 0; i < plan->path->len; i++)
        append_stamp_step(script, table, plan->path->pdata[i]);
    append_statement(script, "COMMIT");
}
