#include "serve/key_table.h"

#include "base/thread.h"
#include "serve/visit.h"

/* Between two readings, in microseconds: so long a key that was taken back may still work. */
enum { PACE = 5000000 };

struct KeyTable {
    Loop *loop;
    KeyTableCalls calls;
    void *data;
    AccessBox *box;  /* (nullable): keys of files */
    AccessBox *used; /* while a thread runs: what it reads for */
    Access *found;   /* (nullable): by the thread */
    char *fault;     /* (nullable): by the thread: what is wrong with the table or its rows */
    char *said;      /* (nullable): the last of these, said once */
    Visit *visit;    /* the thread's; its connection is kept for the next time */
    GThread *thread;
    LoopTimer timer;
};

AccessBox *access_box_new(Access *access)
{
    AccessBox *box = g_new0(AccessBox, 1);
    references_begin(&box->references);
    box->access = access;
    return box;
}

AccessBox *access_box_ref(AccessBox *box)
{
    references_add(&box->references);
    return box;
}

void access_box_unref(AccessBox *box)
{
    if (box == NULL || !references_drop(&box->references))
        return;
    access_free(box->access);
    g_free(box);
}

/* The statement that reads table @name: "keys" or "schema.keys", as to_regclass() reads it. */
static char *make_query(const char *name, Database *db, GError **error)
{
    g_autofree char *quoted = database_query_value(db, "select to_regclass($1)::text",
                                                   (const char *const[]){name}, 1, error);
    if (quoted == NULL)
        return NULL;
    if (*quoted == '\0') {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "[access] key_table: there is no table \"%s\"", name);
        return NULL;
    }
    return g_strconcat("select name, hash, array_to_string(roles, ' '), db_role from ", quoted,
                       " order by name", NULL);
}

static const char *value_of(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
}

static Access *with_rows(const Access *access, const PGresult *rows, char **out_faults)
{
    size_t count = (size_t)PQntuples(rows);
    g_autofree AccessKeyRow *keys = g_new0(AccessKeyRow, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] = (AccessKeyRow){
            .name = PQgetvalue(rows, (int)i, 0),
            .hash = PQgetvalue(rows, (int)i, 1),
            .roles = value_of(rows, (int)i, 2),
            .db_role = value_of(rows, (int)i, 3),
        };
    g_auto(GStrv) faults = NULL;
    Access *found = access_with_keys(access, keys, count, &faults);
    *out_faults = faults != NULL && *faults != NULL ? g_strjoinv("\n", faults) : NULL;
    return found;
}

Access *key_table_read(const Access *access, Database *db, char **out_faults, GError **error)
{
    g_autofree char *sql = make_query(access_key_table(access), db, error);
    g_autoptr(PGresult) rows = sql == NULL ? NULL : database_query(db, sql, NULL, 0, error);
    return rows == NULL ? NULL : with_rows(access, rows, out_faults);
}

static void look(LoopTimer *timer, void *data);

/* Not again every few seconds: when it is another. */
static void say(KeyTable *table)
{
    if (table->fault != NULL && g_strcmp0(table->fault, table->said) != 0)
        table->calls.warn(table->fault, table->data);
    g_free(table->said);
    table->said = g_steal_pointer(&table->fault);
}

static void finish(void *data)
{
    KeyTable *table = data;
    g_clear_pointer(&table->thread, g_thread_join);
    say(table);
    if (table->found != NULL && table->used == table->box)
        table->calls.tell(access_box_new(g_steal_pointer(&table->found)), table->data);
    g_clear_pointer(&table->found, access_free);
    g_clear_pointer(&table->used, access_box_unref);
    if (!visit_is_cut(table->visit))
        loop_timer_start(table->loop, &table->timer, loop_now(table->loop) + PACE, look, table);
}

static void note_fault(KeyTable *table, const GError *reason)
{
    table->fault = g_strdup_printf("the keys were not read again: %s", reason->message);
}

/* Without the table the keys stay as they were; without the database nothing is served anyway. */
static void *read_table(void *data)
{
    KeyTable *table = data;
    g_autoptr(GError) reason = NULL;
    Database *db = visit_begin(table->visit, &reason);
    if (db != NULL)
        table->found = key_table_read(table->used->access, db, &table->fault, &reason);
    if (table->found == NULL) {
        if (!visit_is_cut(table->visit))
            note_fault(table, reason);
        visit_end(table->visit);
    }
    loop_call(table->loop, finish, table);
    return NULL;
}

static void look(LoopTimer *timer, void *data)
{
    (void)timer;
    KeyTable *table = data;
    table->used = access_box_ref(table->box);
    g_autoptr(GError) reason = NULL;
    table->thread = thread_start("retort-keys", read_table, table, &reason);
    if (table->thread != NULL)
        return;
    note_fault(table, reason);
    finish(table);
}

KeyTable *key_table_new(Loop *loop, const ServerOptions *options, const KeyTableCalls *calls,
                        void *data)
{
    KeyTable *table = g_new0(KeyTable, 1);
    *table = (KeyTable){.loop = loop, .visit = visit_new(options), .calls = *calls, .data = data};
    return table;
}

void key_table_stop(KeyTable *table)
{
    visit_cut(table->visit);
    loop_timer_stop(&table->timer);
}

void key_table_free(KeyTable *table)
{
    if (table == NULL)
        return;
    visit_cut(table->visit);
    if (table->thread != NULL)
        g_thread_join(table->thread);
    visit_free(table->visit);
    loop_timer_stop(&table->timer);
    access_free(table->found);
    access_box_unref(table->used);
    access_box_unref(table->box);
    g_free(table->fault);
    g_free(table->said);
    g_free(table);
}

void key_table_use(KeyTable *table, AccessBox *box)
{
    access_box_unref(table->box);
    table->box = box;
    bool wanted = access_key_table(box->access) != NULL;
    if (wanted && table->thread == NULL && !loop_timer_runs(&table->timer))
        loop_timer_start(table->loop, &table->timer, loop_now(table->loop) + PACE, look, table);
    else if (!wanted)
        loop_timer_stop(&table->timer);
}
