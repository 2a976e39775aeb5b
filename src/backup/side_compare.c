#include "backup/side_compare.h"

#include "backup/snapshot_session.h"
#include "pg/transaction.h"

#include <string.h>

G_GNUC_PRINTF(2, 3)
static void note(SideTable *table, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    g_ptr_array_add(table->notes, g_strdup_vprintf(format, values));
    va_end(values);
}

/* What a live column that the backup lacks means for rows that are taken back. */
static void note_new_column(SideTable *table, const ShapeColumn *column)
{
    bool needed = column->not_null && !column->has_default;
    note(table, "column \"%s\" is only live%s", column->name,
         needed ? ", is NOT NULL and has no default: rows that are taken back need a value" : "");
}

static void note_columns(SideTable *table)
{
    for (unsigned i = 0; i < table->backup->columns->len; i++) {
        const ShapeColumn *kept = table->backup->columns->pdata[i];
        const ShapeColumn *live = table_shape_find(table->live, kept->name);
        if (live == NULL)
            note(table, "column \"%s\" is only in the backup", kept->name);
        else if (!g_str_equal(kept->type, live->type))
            note(table, "column \"%s\" is %s in the backup, and %s live", kept->name, kept->type,
                 live->type);
    }
    for (unsigned i = 0; i < table->live->columns->len; i++) {
        const ShapeColumn *live = table->live->columns->pdata[i];
        if (table_shape_find(table->backup, live->name) == NULL)
            note_new_column(table, live);
    }
}

static int64_t number(const PGresult *row, int column)
{
    return g_ascii_strtoll(PQgetvalue(row, 0, column), NULL, 10);
}

static bool count(Database *db, const char *side, SideTable *table, GError **error)
{
    const SidePair pair = side_table_pair(table, side);
    g_autofree char *sql = side_sql_count(&pair);
    g_autoptr(PGresult) row = database_query(db, sql, NULL, 0, error);
    if (row == NULL) {
        g_prefix_error(error, "table \"%s.%s\": ", table->schema, table->name);
        return false;
    }
    table->only_backup = number(row, 0);
    table->only_live = number(row, 1);
    table->changed = number(row, 2);
    table->live_rows = number(row, 3);
    table->key = side_sql_key(&pair);
    table->compared = true;
    return true;
}

/* Whether rows of the live table can be looked at. */
static bool can_compare(SideTable *table)
{
    if (table->live == NULL) {
        note(table, "there is no live table \"%s.%s\"", table->schema, table->name);
        table->only_backup = table->rows;
        table->compared = true;
        return false;
    }
    bool is_table = table->live->kind == 'r' || table->live->kind == 'p';
    if (!is_table)
        note(table, "live, \"%s.%s\" is no table: it was not compared", table->schema, table->name);
    else if (!table->live->is_readable)
        note(table, "the role may not read the live table: it was not compared");
    return is_table && table->live->is_readable;
}

static bool compare(Database *db, const char *side, SideTable *table, GError **error)
{
    if (!table_shape_load(db, table->schema, table->name, &table->live, error))
        return false;
    if (!can_compare(table))
        return true;
    note_columns(table);
    return count(db, side, table, error);
}

/*
 * Gives @statement (transfer full) to the table if the server can parse it, which runs nothing. In
 * a transaction of its own, for it may fail. Returns: whether the server answered.
 */
static bool offer(Database *db, SideTable *table, char *statement, GError **error)
{
    g_autofree char *sql = statement;
    g_autoptr(Transaction) transaction = transaction_begin(db, error);
    if (transaction == NULL || !snapshot_session_settle(db, error))
        return false;
    g_autoptr(PGresult) parsed = PQprepare(database_connection(db), "", sql, 0, NULL);
    if (PQresultStatus(parsed) == PGRES_COMMAND_OK) {
        g_ptr_array_add(table->statements, g_strconcat(sql, ";", NULL));
        return true;
    }
    g_autoptr(GError) reason = NULL; /* one statement less to offer */
    database_set_error(db, parsed, &reason);
    g_autofree char *line = g_strndup(reason->message, strcspn(reason->message, "\n"));
    note(table, "no statement takes its rows back as they are: %s", line);
    return true;
}

static bool offer_statements(Database *db, const char *side, SideTable *table, GError **error)
{
    const SidePair pair = side_table_pair(table, side);
    if (!table->compared)
        return true;
    if (table->live == NULL) {
        g_autofree char *move = side_sql_move(&pair);
        g_ptr_array_add(table->statements, g_strconcat(move, ";", NULL));
        return true;
    }
    if (table->only_backup > 0 && !offer(db, table, side_sql_insert(&pair), error))
        return false;
    char *update = table->changed > 0 ? side_sql_update(&pair) : NULL;
    return update == NULL || offer(db, table, update, error);
}

static bool compare_all(Database *live, const char *side, GPtrArray *tables, GError **error)
{
    g_autoptr(Transaction) transaction =
        transaction_begin_mode(live, "ISOLATION LEVEL REPEATABLE READ, READ ONLY", error);
    if (transaction == NULL || !snapshot_session_settle(live, error))
        return false;
    for (unsigned i = 0; i < tables->len; i++)
        if (!compare(live, side, tables->pdata[i], error))
            return false;
    return transaction_commit(transaction, error);
}

bool side_compare(Database *live, const char *side, GPtrArray *tables, GError **error)
{
    if (!compare_all(live, side, tables, error))
        return false;
    for (unsigned i = 0; i < tables->len; i++)
        if (!offer_statements(live, side, tables->pdata[i], error))
            return false;
    return true;
}
