#include "migrate/batch.h"

#include "migrate/data_loss.h"
#include "sql/scan.h"

#include <string.h>

struct Batch {
    GPtrArray *entries; /* (element-type BatchEntry) */
    const PlanItem *item;
    unsigned step;
    BatchListener *listener; /* (nullable) */
    void *data;
};

static void entry_free(void *data)
{
    BatchEntry *entry = data;
    g_free(entry->sql);
    g_clear_pointer(&entry->values, g_ptr_array_unref);
    g_free(entry);
}

Batch *batch_new(void)
{
    Batch *batch = g_new0(Batch, 1);
    batch->entries = g_ptr_array_new_with_free_func(entry_free);
    return batch;
}

void batch_free(Batch *batch)
{
    if (batch == NULL)
        return;
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

static BatchEntry *add_entry(Batch *batch, BatchPurpose purpose, const char *sql)
{
    BatchEntry *entry = g_new0(BatchEntry, 1);
    entry->sql = g_strdup(sql);
    entry->purpose = purpose;
    entry->item = batch->item;
    entry->step = batch->step;
    g_ptr_array_add(batch->entries, entry);
    return entry;
}

void batch_add(Batch *batch, BatchPurpose purpose, const char *sql, const Statement *statement)
{
    add_entry(batch, purpose, sql)->statement = statement;
}

void batch_add_prepare(Batch *batch, const char *name, const char *sql)
{
    add_entry(batch, BATCH_BEGIN, sql)->name = name;
}

void batch_add_execute(Batch *batch, BatchPurpose purpose, const char *name, GPtrArray *values)
{
    BatchEntry *entry = add_entry(batch, purpose, NULL);
    entry->name = name;
    entry->values = values;
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

/* Our own checks fail by these codes on purpose: see the functions that write them. */
static void explain(const Database *db, const BatchEntry *entry, const VersionTable *table,
                    GError **error)
{
    const char *state = database_error(db)->sqlstate;
    bool zero = g_str_equal(state, "22012");
    bool no_setting = g_str_equal(state, "42704") || g_str_equal(state, "22P02");
    g_autofree char *place =
        entry->statement != NULL ? batch_place(db, entry->item->revision, entry->statement) : NULL;
    if (entry->purpose == BATCH_LEASE && zero)
        replace_error(error, APP_ERROR_LOCKED, "the lease went to another runner");
    else if (entry->purpose == BATCH_VERSION && zero)
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

bool batch_send(Batch *batch, Database *db, const VersionTable *table, const Waiting *waiting,
                const BatchEntry **out_failed, GError **error)
{
    g_autofree Request *requests = g_new0(Request, batch->entries->len);
    for (unsigned i = 0; i < batch->entries->len; i++) {
        const BatchEntry *entry = batch->entries->pdata[i];
        requests[i] = (Request){
            .sql = entry->sql,
            .name = entry->name,
            .values = entry->values,
            .flush = entry->purpose == BATCH_COMMIT,
        };
    }
    size_t failed = 0;
    Waiting listening = *waiting;
    listening.answered = hand_on_answer;
    listening.answered_data = batch;
    if (send_requests(db, requests, batch->entries->len, &listening, &failed, error))
        return true;
    const BatchEntry *entry = failed < batch->entries->len ? batch->entries->pdata[failed] : NULL;
    if (entry != NULL)
        explain(db, entry, table, error);
    if (out_failed != NULL)
        *out_failed = entry;
    return false;
}
