#include "migrate/history_table.h"

#include "sql/quote.h"

/* Both ways to record give these columns, and that of the backup where there is one: the table may
 * be older than the column. */
static void append_insert(GString *sql, const char *backup)
{
    sql_append(sql,
               "INSERT INTO retort.history (version_table, revision, direction, outcome, step, "
               "steps, checksum, step_checksum, started_at, finished_at, runner, fence, message%s)",
               backup != NULL ? ", backup" : "");
}

static void append_end(GString *sql, const char *backup)
{
    if (backup != NULL)
        sql_append(sql, ", %L", backup);
    g_string_append_c(sql, ')');
}

static const char step_started[] =
    "pg_catalog.to_timestamp(pg_catalog.current_setting('" HISTORY_STEP_STARTED "')::float8)";

void history_table_append(GString *sql, const VersionTable *table, const HistoryRecord *record,
                          HistoryClock clock)
{
    g_autofree char *step = g_strdup_printf("%u", record->step);
    g_autofree char *steps = g_strdup_printf("%u", record->steps);
    const char *now = "pg_catalog.clock_timestamp()";
    bool started = g_str_equal(record->outcome, "started");
    append_insert(sql, record->backup);
    sql_append(sql, " VALUES (%L, %L, %L, %L, %s, %s, %L, %L, %s, %s, %L, %s, %L",
               version_table_quoted(table), record->revision, record->direction, record->outcome,
               step, steps, record->checksum, record->step_checksum,
               clock == HISTORY_CLOCK_SETTING ? step_started : now, started ? "NULL" : now,
               record->runner, record->fence != NULL ? record->fence : "NULL", record->message);
    append_end(sql, record->backup);
}

void history_table_append_prepared(GString *sql, const VersionTable *table,
                                   const HistoryRecord *same, const HistoryConditions *conditions)
{
    append_insert(sql, same->backup);
    sql_append(sql,
               " VALUES (%L, $1, $2, 'done', $3 * %s, $4 * %s, $5, $6, "
               "pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp(), "
               "case when %s = 1 then %L end, %s, $7",
               version_table_quoted(table), conditions->step, conditions->steps, conditions->runner,
               same->runner, same->fence);
    append_end(sql, same->backup);
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

static unsigned number(const PGresult *rows, int row, int column)
{
    return (unsigned)g_ascii_strtoull(PQgetvalue(rows, row, column), NULL, 10);
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
    position->step = number(rows, 0, 3);
    position->steps = number(rows, 0, 4);
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

/* Does not wait for long: the backup is there also if the history does not name it. */
static bool add_column(Database *db)
{
    g_autoptr(GError) ignored = NULL;
    if (database_execute(db,
                         "begin; set local lock_timeout = '1s';"
                         " alter table retort.history add column backup pg_catalog.text; commit",
                         &ignored))
        return true;
    g_clear_error(&ignored);
    database_execute(db, "rollback", &ignored);
    return false;
}

bool history_table_make_room(Database *db, bool *out_room, GError **error)
{
    g_autofree char *state = database_query_value(
        db,
        "select case when exists (select from pg_catalog.pg_attribute a"
        " where a.attrelid = c.oid and a.attname = 'backup' and not a.attisdropped) then 'there'"
        " when pg_catalog.pg_has_role(c.relowner, 'usage') then 'missing' else 'foreign' end"
        " from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass('retort.history')",
        NULL, 0, error);
    if (state == NULL)
        return false;
    *out_room = g_str_equal(state, "there") || (g_str_equal(state, "missing") && add_column(db));
    return true;
}

/* A revision, as one row after the other is read. */
typedef struct Application {
    bool part;    /* whether it is applied or taken back in part */
    bool known;   /* whether it was ever applied, or begun */
    char *begun;  /* (nullable): the backup before it was begun */
    char *backup; /* (nullable): the same, of what counts */
} Application;

static void application_free(void *data)
{
    Application *application = data;
    g_free(application->begun);
    g_free(application->backup);
    g_free(application);
}

static void set_text(char **place, const char *text)
{
    char *copy = g_strdup(text);
    g_free(*place);
    *place = copy;
}

/* What failed and left nothing counts only as long as nothing else does. */
static void read_application(Application *application, const PGresult *rows, int row)
{
    const bool up = g_str_equal(PQgetvalue(rows, row, 1), "upgrade");
    const bool failed = g_str_equal(PQgetvalue(rows, row, 2), "failed");
    const bool attempted = g_str_equal(PQgetvalue(rows, row, 2), "started");
    const unsigned step = number(rows, row, 3);
    if (up && !application->part) {
        g_autofree char *backup = text_or_null(rows, row, 5);
        set_text(&application->begun, backup);
    }
    application->part = attempted || (step > 0 && step < number(rows, row, 4));
    if (!up || (failed && application->known))
        return;
    application->known = !failed;
    set_text(&application->backup, application->begun);
}

static GHashTable *read_applications(const PGresult *rows)
{
    GHashTable *applications =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, application_free);
    for (int i = 0; i < PQntuples(rows); i++) {
        char *id = PQgetvalue(rows, i, 0);
        Application *application = g_hash_table_lookup(applications, id);
        if (application == NULL) {
            application = g_new0(Application, 1);
            g_hash_table_insert(applications, id, application);
        }
        read_application(application, rows, i);
    }
    return applications;
}

/* By to_jsonb(), which a missing column is no error for. */
static const char backups_sql[] =
    "select h.revision, h.direction, h.outcome, h.step, h.steps,"
    " pg_catalog.to_jsonb(h) operator(pg_catalog.->>) 'backup' from retort.history h"
    " where h.version_table = $1 and h.direction <> 'stamp' order by h.id";

/* Functions alone, as in standing.c: to_regclass() fails in a schema that the role may not enter.
 */
static const char readable_sql[] =
    "select coalesce(case when pg_catalog.has_schema_privilege("
    "pg_catalog.to_regnamespace('retort')::oid, 'usage') then pg_catalog.has_table_privilege("
    "pg_catalog.to_regclass('retort.history')::oid, 'select') end, false)";

GHashTable *history_table_backups(const VersionTable *table, Database *db, GError **error)
{
    g_autoptr(GHashTable) backups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *readable = database_query_value(db, readable_sql, NULL, 0, error);
    if (readable == NULL)
        return NULL;
    if (!g_str_equal(readable, "t"))
        return g_steal_pointer(&backups);
    g_autoptr(PGresult) rows = database_query(
        db, backups_sql, (const char *const[]){version_table_quoted(table)}, 1, error);
    if (rows == NULL)
        return NULL;
    g_autoptr(GHashTable) applications = read_applications(rows);
    GHashTableIter iter;
    void *id = NULL;
    void *application = NULL;
    g_hash_table_iter_init(&iter, applications);
    while (g_hash_table_iter_next(&iter, &id, &application))
        if (((Application *)application)->backup != NULL)
            g_hash_table_insert(backups, g_strdup(id),
                                g_strdup(((Application *)application)->backup));
    return g_steal_pointer(&backups);
}
