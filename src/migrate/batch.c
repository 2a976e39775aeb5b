#include "migrate/batch.h"

#include "migrate/data_loss.h"
#include "migrate/lease.h"
#include "sql/scan.h"

#include <string.h>

struct Batch {
    Database *db;
    GError *lost;       /* (nullable): the connection, while it was sent to */
    GPtrArray *entries; /* (element-type BatchEntry) */
    const PlanItem *item;
    unsigned step;
    BatchListener *listener; /* (nullable) */
    void *data;
};

Batch *batch_new(Database *db)
{
    Batch *batch = g_new0(Batch, 1);
    batch->db = db;
    batch->entries = g_ptr_array_new_with_free_func(g_free);
    send_begin(db, &batch->lost);
    return batch;
}

void batch_free(Batch *batch)
{
    if (batch == NULL)
        return;
    g_clear_error(&batch->lost);
    g_ptr_array_unref(batch->entries);
    g_free(batch);
}

void batch_enter(Batch *batch, const PlanItem *item, unsigned step)
{
    batch->item = item;
    batch->step = step;
}

void batch_set_listener(Batch *batch, BatchListener *listener, void *data)
{
    batch->listener = listener;
    batch->data = data;
}

/* Once the connection is lost the rest is only noted: batch_finish() tells. */
static void add(Batch *batch, BatchPurpose purpose, const Statement *statement, Request *request)
{
    BatchEntry *entry = g_new0(BatchEntry, 1);
    entry->purpose = purpose;
    entry->statement = statement;
    entry->item = batch->item;
    entry->step = batch->step;
    g_ptr_array_add(batch->entries, entry);
    request->flush = purpose == BATCH_COMMIT;
    if (batch->lost == NULL)
        send_add(batch->db, request, &batch->lost);
}

void batch_add(Batch *batch, BatchPurpose purpose, const char *sql, const Statement *statement)
{
    add(batch, purpose, statement, &(Request){.sql = sql});
}

void batch_add_prepare(Batch *batch, const char *name, const char *sql)
{
    add(batch, BATCH_BEGIN, NULL, &(Request){.sql = sql, .name = name});
}

void batch_add_execute(Batch *batch, BatchPurpose purpose, const char *name,
                       const GPtrArray *values)
{
    add(batch, purpose, NULL, &(Request){.name = name, .values = values});
}

/* The server counts characters, and a statement may have many lines. */
static unsigned line_at(const Statement *statement, int position)
{
    unsigned line = statement->line;
    const char *at = statement->text;
    for (int i = 1; i < position && *at != '\0'; i++) {
        line += *at == '\n';
        at = g_utf8_next_char(at);
    }
    return line;
}

/* The line of the file that is line @inner of the body of a DO block. */
static unsigned line_in_body(const Statement *statement, unsigned inner)
{
    Scanner scanner = scanner_start(statement->text, strlen(statement->text), statement->line);
    Token token = {.kind = TOKEN_END};
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END)
        if (token.kind == TOKEN_STRING)
            return token.line + inner - 1;
    return statement->line;
}

/* PL/pgSQL tells the line of its body: "PL/pgSQL function inline_code_block line 3 at RAISE". */
static unsigned line_of_error(const SqlError *last, const Statement *statement)
{
    static const char mark[] = "inline_code_block line ";
    const char *found = last->context != NULL ? g_strrstr(last->context, mark) : NULL;
    if (last->position > 0 || found == NULL)
        return line_at(statement, last->position);
    return line_in_body(statement, (unsigned)g_ascii_strtoull(found + strlen(mark), NULL, 10));
}

char *batch_place(const Database *db, const Revision *revision, const Statement *statement)
{
    const char *path = revision->path != NULL ? revision->path : revision->id;
    return g_strdup_printf("%s:%u", path, line_of_error(database_error(db), statement));
}

/* The same error with another code and text. */
static void replace_error(GError **error, AppError code, const char *text)
{
    if (error == NULL)
        return;
    g_clear_error(error);
    g_set_error_literal(error, APP_ERROR, code, text);
}

static void explain_version(const VersionTable *table, GError **error)
{
    g_autofree char *text = g_strdup_printf(
        "the version in \"%s\" was changed by another program meanwhile: the row to change was "
        "expected once and is not there\nhint: \"retort current\" shows what is there",
        version_table_quoted(table));
    replace_error(error, APP_ERROR_HISTORY, text);
}

/* Where in functions and triggers it happened. */
static void append_context(const Database *db, GError **error)
{
    const SqlError *last = database_error(db);
    if (error == NULL || last->context == NULL || *last->context == '\0')
        return;
    g_autofree char *text = g_strdup_printf("%s\ncontext: %s", (*error)->message, last->context);
    replace_error(error, (AppError)(*error)->code, text);
}

/* Whether the record was refused by its condition in @column: see HistoryConditions. */
static bool refuses_record(const Database *db, const BatchEntry *entry, const char *column)
{
    const SqlError *last = database_error(db);
    return (entry->purpose == BATCH_VERSION || entry->purpose == BATCH_RECORD) &&
           g_str_equal(last->sqlstate, "23502") && g_strcmp0(last->column, column) == 0;
}

static bool lost_lease(const Database *db, const BatchEntry *entry)
{
    bool zero = g_str_equal(database_error(db)->sqlstate, "22012");
    return (entry->purpose == BATCH_LEASE && zero) || refuses_record(db, entry, "steps");
}

/* No row of the version changed, or more than one. */
static bool found_other_version(const Database *db, const BatchEntry *entry)
{
    const char *state = database_error(db)->sqlstate;
    return refuses_record(db, entry, "step") ||
           (entry->purpose == BATCH_VERSION &&
            (g_str_equal(state, "22012") || g_str_equal(state, "21000")));
}

/* Our own checks fail on purpose: see the functions that write them. */
static void explain(const Database *db, const BatchEntry *entry, const VersionTable *table,
                    GError **error)
{
    const char *state = database_error(db)->sqlstate;
    bool no_setting = g_str_equal(state, "42704") || g_str_equal(state, "22P02");
    g_autofree char *place =
        entry->statement != NULL ? batch_place(db, entry->item->revision, entry->statement) : NULL;
    if (lost_lease(db, entry))
        replace_error(error, APP_ERROR_LOCKED, "the lease went to another runner");
    else if (refuses_record(db, entry, "runner"))
        replace_error(error, APP_ERROR_INPUT,
                      "a statement of the step set search_path for the steps behind it\n"
                      "hint: let the step end with RESET search_path");
    else if (found_other_version(db, entry))
        explain_version(table, error);
    else if (entry->purpose == BATCH_RECORD && no_setting)
        replace_error(error, APP_ERROR_INPUT,
                      "a statement of the step ended its transaction, or reset its settings");
    else if (entry->purpose == BATCH_KEEP && g_str_equal(state, DATA_LOSS_SQLSTATE))
        data_loss_explain(db, error);
    else if (entry->purpose == BATCH_STATEMENT)
        append_context(db, error);
    if (place != NULL)
        g_prefix_error(error, "%s: ", place);
    else if (entry->item != NULL)
        g_prefix_error(error, "revision \"%s\", step %u: ", entry->item->revision->id,
                       entry->step + 1);
}

static void hand_on_answer(size_t index, void *data)
{
    const Batch *batch = data;
    if (batch->listener != NULL)
        batch->listener(batch->entries->pdata[index], batch->data);
}

bool batch_finish(Batch *batch, const VersionTable *table, const Waiting *waiting,
                  const BatchEntry **out_failed, GError **error)
{
    size_t failed = 0, count = batch->entries->len;
    Waiting listening = *waiting;
    listening.answered = hand_on_answer;
    listening.answered_data = batch;
    if (batch->lost != NULL) {
        g_propagate_error(error, g_steal_pointer(&batch->lost));
        failed = count;
    } else if (send_finish(batch->db, count, &listening, &failed, error)) {
        return true;
    }
    const BatchEntry *entry = failed < count ? batch->entries->pdata[failed] : NULL;
    if (entry != NULL)
        explain(batch->db, entry, table, error);
    if (out_failed != NULL)
        *out_failed = entry;
    return false;
}
