#include "migrate/history_table.h"

#include "sql/quote.h"

static const char step_started[] =
    "pg_catalog.to_timestamp(pg_catalog.current_setting('" HISTORY_STEP_STARTED "')::float8)";

void history_table_append(GString *sql, const VersionTable *table, const HistoryRecord *record,
                          HistoryClock clock)
{
    g_autofree char *step = g_strdup_printf("%u", record->step);
    g_autofree char *steps = g_strdup_printf("%u", record->steps);
    const char *now = "pg_catalog.clock_timestamp()";
    bool started = g_str_equal(record->outcome, "started");
    sql_append(sql,
               "INSERT INTO retort.history (version_table, revision, direction, outcome, step, "
               "steps, checksum, step_checksum, started_at, finished_at, runner, fence, message) "
               "VALUES (%L, %L, %L, %L, %s, %s, %L, %L, %s, %s, %L, %s, %L)",
               version_table_quoted(table), record->revision, record->direction, record->outcome,
               step, steps, record->checksum, record->step_checksum,
               clock == HISTORY_CLOCK_SETTING ? step_started : now, started ? "NULL" : now,
               record->runner, record->fence != NULL ? record->fence : "NULL", record->message);
}

void history_table_append_prepared(GString *sql, const VersionTable *table, const char *runner,
                                   const char *fence, const HistoryConditions *conditions)
{
    sql_append(sql,
               "INSERT INTO retort.history (version_table, revision, direction, outcome, step, "
               "steps, checksum, step_checksum, started_at, finished_at, runner, fence, message) "
               "VALUES (%L, $1, $2, 'done', $3 * %s, $4 * %s, $5, $6, "
               "pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp(), "
               "case when %s = 1 then %L end, %s, $7)",
               version_table_quoted(table), conditions->step, conditions->steps, conditions->runner,
               runner, fence);
}

GPtrArray *history_table_values(const HistoryRecord *record)
{
    GPtrArray *values = g_ptr_array_new_full(HISTORY_PARAMETERS + 2, g_free);
    g_ptr_array_add(values, g_strdup(record->revision));
    g_ptr_array_add(values, g_strdup(record->direction));
    g_ptr_array_add(values, g_strdup_printf("%u", record->step));
    g_ptr_array_add(values, g_strdup_printf("%u", record->steps));
    g_ptr_array_add(values, g_strdup(record->checksum));
    g_ptr_array_add(values, g_strdup(record->step_checksum));
    g_ptr_array_add(values, g_strdup(record->message));
    return values;
}

void position_free(Position *position)
{
    if (position == NULL)
        return;
    g_free(position->revision);
    g_free(position->direction);
    g_free(position->step_checksum);
    g_free(position);
}

static unsigned number(const PGresult *rows, int column)
{
    return (unsigned)g_ascii_strtoull(PQgetvalue(rows, 0, column), NULL, 10);
}

static char *text_or_null(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : g_strdup(PQgetvalue(rows, row, column));
}

/* A step in a transaction is recorded only when it is done, or when it failed and left nothing. */
static Position *read_position(const PGresult *rows)
{
    Position *position = g_new0(Position, 1);
    if (PQntuples(rows) == 0)
        return position;
    const char *outcome = PQgetvalue(rows, 0, 2);
    position->step = number(rows, 3);
    position->steps = number(rows, 4);
    position->attempted = g_str_equal(outcome, "started");
    if ((position->step > 0 && position->step < position->steps) || position->attempted) {
        position->revision = g_strdup(PQgetvalue(rows, 0, 0));
        position->direction = g_strdup(PQgetvalue(rows, 0, 1));
        position->step_checksum = text_or_null(rows, 0, 5);
    }
    return position;
}

Position *history_table_position(const VersionTable *table, Database *db, GError **error)
{
    g_autoptr(PGresult) rows = database_query(
        db,
        "select revision, direction, outcome, step, steps, step_checksum from retort.history"
        " where version_table = $1 order by id desc limit 1",
        (const char *const[]){version_table_quoted(table)}, 1, error);
    return rows != NULL ? read_position(rows) : NULL;
}

GHashTable *history_table_checksums(const VersionTable *table, Database *db, GError **error)
{
    g_autoptr(GHashTable) checksums =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *known = database_query_value(
        db, "select to_regclass('retort.history') is not null", NULL, 0, error);
    if (known == NULL)
        return NULL;
    if (!g_str_equal(known, "t"))
        return g_steal_pointer(&checksums);
    g_autoptr(PGresult) rows = database_query(
        db,
        "select revision, checksum from retort.history where version_table = $1 and outcome = "
        "'done'"
        " and direction = 'upgrade' and step = steps and checksum is not null order by id",
        (const char *const[]){version_table_quoted(table)}, 1, error);
    if (rows == NULL)
        return NULL;
    for (int i = 0; i < PQntuples(rows); i++)
        g_hash_table_insert(checksums, g_strdup(PQgetvalue(rows, i, 0)),
                            g_strdup(PQgetvalue(rows, i, 1)));
    return g_steal_pointer(&checksums);
}
