#include "backup/side_tables.h"

#include "backup/side_compare.h"
#include "backup/side_copy.h"
#include "backup/snapshot_session.h"
#include "backup/table_choice.h"
#include "catalog/reader.h"
#include "pg/transaction.h"
#include "schema/list.h"
#include "sql/quote.h"

#include "backup_queries.h"

#include <string.h>

enum { NAME_LONGEST = 63 /* bytes: NAMEDATALEN - 1 */ };

static const char looking_mode[] = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";

char *side_schema_name(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "restored_%Y%m%dt%H%M%Sz");
}

bool side_schema_check(Database *live, const char *schema, GError **error)
{
    if (*schema == '\0' || strlen(schema) > NAME_LONGEST || g_str_has_prefix(schema, "pg_") ||
        g_str_equal(schema, "retort")) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "\"%s\" cannot be the name of a new schema",
                    schema);
        return false;
    }
    const char *values[] = {schema};
    g_autoptr(PGresult) row = database_query(live, sql_side_schema_room, values, 1, error);
    if (row == NULL)
        return false;
    if (*PQgetvalue(row, 0, 1) == 't')
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "schema \"%s\" is there already\n"
                    "hint: name another one by --into, or drop it",
                    schema);
    else if (*PQgetvalue(row, 0, 2) == 't')
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED, "database \"%s\" is a standby's",
                    database_name(live));
    else if (*PQgetvalue(row, 0, 0) != 't')
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "role \"%s\" may not make a schema in database \"%s\"\n"
                    "hint: GRANT CREATE ON DATABASE …",
                    database_user(live), database_name(live));
    else
        return true;
    return false;
}

/* What a restore is at. */
typedef struct SideRun {
    const SideOptions *options;
    const RestoreFrom *from;
    Database *live;
    Scratch *scratch;
    GPtrArray *tables; /* (element-type SideTable) */
    int64_t bytes;     /* copied */
} SideRun;

static void clear_run(SideRun *run)
{
    if (run->tables != NULL)
        g_ptr_array_unref(run->tables);
    scratch_free(run->scratch);
    database_close(run->live);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SideRun, clear_run)

/* Owners and rights are left out: the copies belong to the session's role. */
static bool load(const SideRun *run, GError **error)
{
    const SideOptions *options = run->options;
    const LoadOptions how = {
        .settings = scratch_settings(run->scratch),
        .environment = options->environment,
        .identities = options->identities,
        .jobs = options->jobs,
        .without_owners = true,
        .tables = options->tables,
        .progress = options->progress,
        .data = options->data,
    };
    return load_from(&how, run->from, error);
}

/* Whether it is not there yet; two tables of one name have no room in one schema. */
static bool find_room(const SideRun *run, const char *schema, const char *name, bool *out_there,
                      GError **error)
{
    *out_there = false;
    for (unsigned i = 0; i < run->tables->len; i++) {
        const SideTable *table = run->tables->pdata[i];
        if (!g_str_equal(table->name, name))
            continue;
        *out_there = g_str_equal(table->schema, schema);
        if (*out_there)
            return true;
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "\"%s.%s\" and \"%s.%s\" would have the same name in schema \"%s\"\n"
                    "hint: restore one after the other",
                    table->schema, name, schema, name, run->options->schema);
        return false;
    }
    return true;
}

static bool choose(SideRun *run, GError **error)
{
    Database *restored = scratch_database(run->scratch);
    g_autoptr(PGresult) rows = table_choice_load(restored, error);
    if (rows == NULL)
        return false;
    for (const char *const *word = run->options->tables; *word != NULL; word++) {
        int row = table_choice_find(rows, *word, error);
        bool is_there = false;
        if (row < 0 ||
            !find_room(run, PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1), &is_there, error))
            return false;
        if (is_there)
            continue;
        SideTable *table = side_table_new(PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1));
        g_ptr_array_add(run->tables, table);
        if (!table_shape_load(restored, table->schema, table->name, &table->backup, error))
            return false;
    }
    return true;
}

static bool refuse_types(const SideTable *table, const PGresult *missing, GError **error)
{
    if (PQntuples(missing) == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "table \"%s.%s\" has columns of type %s, which the live database has not\n"
                "hint: make the type first, or restore all of it into a database of another name",
                table->schema, table->name, PQgetvalue(missing, 0, 0));
    return false;
}

/* Types are taken from the live database: there they must be. */
static bool look_for_types(const SideRun *run, const SideTable *table, GError **error)
{
    g_autoptr(GPtrArray) types = g_ptr_array_new(); /* (transfer none) */
    for (unsigned i = 0; i < table->backup->columns->len; i++)
        g_ptr_array_add(types, ((ShapeColumn *)table->backup->columns->pdata[i])->bare_type);
    g_ptr_array_add(types, NULL);
    g_autofree char *array = list_format((const char *const *)types->pdata);
    g_autoptr(PGresult) missing =
        database_query(run->live, sql_types_missing, (const char *const[]){array}, 1, error);
    return missing != NULL && refuse_types(table, missing, error);
}

/* What the backup says of the table's rows; -1 if it says nothing of it. */
static int64_t expected_rows(const SideRun *run, const SideTable *table)
{
    const Backup *backup = run->from->backup;
    if (backup == NULL || table->backup->kind != 'r' || table->backup->is_member)
        return -1;
    for (unsigned i = 0; i < backup->manifest->tables->len; i++) {
        const TableFingerprint *one = backup->manifest->tables->pdata[i];
        if (g_str_equal(one->schema, table->schema) && g_str_equal(one->name, table->name))
            return one->rows;
    }
    return -1;
}

static bool copy_rows(SideRun *run, SideTable *table, GError **error)
{
    const SidePair pair = side_table_pair(table, run->options->schema);
    const char *encoding = PQparameterStatus(database_connection(run->live), "server_encoding");
    g_autofree char *out = side_sql_copy_out(&pair, encoding);
    g_autofree char *in = side_sql_copy_in(&pair, encoding);
    table->rows = side_copy(scratch_database(run->scratch), out, run->live, in, &run->bytes,
                            run->options->progress, run->options->data, error);
    int64_t expected = expected_rows(run, table);
    if (table->rows < 0 || expected < 0 || expected == table->rows)
        return table->rows >= 0;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "the backup says that it has %" G_GINT64_FORMAT " rows, and %" G_GINT64_FORMAT
                " came",
                (gint64)expected, (gint64)table->rows);
    return false;
}

static bool fill_table(SideRun *run, SideTable *table, GError **error)
{
    const SidePair pair = side_table_pair(table, run->options->schema);
    g_autofree char *create = side_sql_create(&pair);
    g_autofree char *key = side_sql_add_key(&pair);
    g_autoptr(GString) analyze = g_string_new("");
    sql_append(analyze, "ANALYZE %I.%I", run->options->schema, table->name);
    if (look_for_types(run, table, error) && database_execute(run->live, create, error) &&
        copy_rows(run, table, error) && (key == NULL || database_execute(run->live, key, error)) &&
        database_execute(run->live, analyze->str, error))
        return true;
    g_prefix_error(error, "table \"%s.%s\": ", table->schema, table->name);
    return false;
}

static bool make_schema(const SideRun *run, GError **error)
{
    const Backup *backup = run->from->backup;
    g_autofree char *comment =
        g_strdup_printf("%s of %s", SIDE_SCHEMA_MARK, backup != NULL ? backup->id : "a dump");
    g_autoptr(GString) sql = g_string_new("");
    sql_append(sql, "CREATE SCHEMA %I; COMMENT ON SCHEMA %I IS %L", run->options->schema,
               run->options->schema, comment);
    return database_execute(run->live, sql->str, error);
}

/* All or nothing. */
static bool fill(SideRun *run, GError **error)
{
    Database *restored = scratch_database(run->scratch);
    g_autoptr(Transaction) reading = transaction_begin_mode(restored, looking_mode, error);
    g_autoptr(Transaction) writing = reading != NULL ? transaction_begin(run->live, error) : NULL;
    if (writing == NULL || !snapshot_session_settle(restored, error) ||
        !snapshot_session_settle(run->live, error) || !choose(run, error) ||
        !make_schema(run, error))
        return false;
    for (unsigned i = 0; i < run->tables->len; i++)
        if (!fill_table(run, run->tables->pdata[i], error))
            return false;
    return transaction_commit(writing, error);
}

static void free_table(void *table)
{
    side_table_free(table);
}

GPtrArray *side_tables_restore(const SideOptions *options, const RestoreFrom *from, GError **error)
{
    const ScratchOptions place = {
        .config = options->config, .environment = options->environment, .target = options->target};
    g_auto(SideRun) run = {
        .options = options, .from = from, .tables = g_ptr_array_new_with_free_func(free_table)};
    run.live = database_open(options->target, error);
    if (run.live == NULL || !database_lift_limits(run.live, error) ||
        !side_schema_check(run.live, options->schema, error))
        return NULL;
    run.scratch = scratch_new(&place, error);
    if (run.scratch == NULL || !load(&run, error) || !fill(&run, error))
        return NULL;
    if (!side_compare(run.live, options->schema, run.tables, error)) {
        g_prefix_error(
            error, "schema \"%s\" is made and filled, but cannot be compared: ", options->schema);
        return NULL;
    }
    return g_steal_pointer(&run.tables);
}
