#include "migrate/state.h"

#include "migrate/lease.h"
#include "sql/quote.h"

/* Serialises runners that make the tables at the same time: the bytes of "retort". */
#define STATE_LOCK "125780070724212"

static const char history_table[] = "CREATE TABLE IF NOT EXISTS retort.history (\n"
                                    "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
                                    "    version_table text NOT NULL,\n"
                                    "    revision text NOT NULL,\n"
                                    "    direction text NOT NULL,\n"
                                    "    outcome text NOT NULL,\n"
                                    "    step integer NOT NULL,\n"
                                    "    steps integer NOT NULL,\n"
                                    "    checksum text,\n"
                                    "    step_checksum text,\n"
                                    "    started_at timestamptz NOT NULL,\n"
                                    "    finished_at timestamptz,\n"
                                    "    role text NOT NULL DEFAULT session_user,\n"
                                    "    runner text NOT NULL,\n"
                                    "    fence bigint,\n"
                                    "    message text,\n"
                                    "    backup text\n"
                                    ")";

static const char lease_table[] = "CREATE TABLE IF NOT EXISTS retort.lease (\n"
                                  "    id smallint PRIMARY KEY CHECK (id = 1),\n"
                                  "    fence bigint NOT NULL,\n"
                                  "    holder text,\n"
                                  "    backend_pid integer,\n"
                                  "    backend_start timestamptz,\n"
                                  "    since timestamptz,\n"
                                  "    expires timestamptz\n"
                                  ")";

char **state_statements(const VersionTable *table)
{
    g_autoptr(GString) version = g_string_new(NULL);
    g_autofree char *constraint = g_strconcat(version_table_name(table), "_pkc", NULL);
    sql_append(version,
               "CREATE TABLE IF NOT EXISTS %s (\n"
               "    version_num varchar(32) NOT NULL,\n"
               "    CONSTRAINT %I PRIMARY KEY (version_num)\n"
               ")",
               version_table_quoted(table), constraint);
    g_autoptr(GString) readable = g_string_new(NULL);
    sql_append(readable, "GRANT SELECT ON %s TO PUBLIC", version_table_quoted(table));
    g_autoptr(GStrvBuilder) statements = g_strv_builder_new();
    g_strv_builder_add(statements, "CREATE SCHEMA IF NOT EXISTS retort");
    g_strv_builder_add(statements, "GRANT USAGE ON SCHEMA retort TO PUBLIC");
    g_strv_builder_add(statements, version->str);
    if (g_str_equal(version_table_schema(table), "retort"))
        g_strv_builder_add(statements, readable->str);
    g_strv_builder_add(statements, history_table);
    g_strv_builder_add(statements, lease_table);
    return g_strv_builder_end(statements);
}

bool state_exists(Database *db, const VersionTable *table, bool *out_exists, GError **error)
{
    g_autofree char *found = database_query_value(
        db,
        "select to_regclass($1) is not null and to_regclass('retort.history') is not null"
        " and to_regclass('retort.lease') is not null",
        (const char *const[]){version_table_quoted(table)}, 1, error);
    if (found == NULL)
        return false;
    *out_exists = g_str_equal(found, "t");
    return true;
}

/* CREATE SCHEMA IF NOT EXISTS wants the right to create one even if it exists, and what is there
 * has the rights that its owner gave it: leave both statements of the schema out then. */
static char *missing_statements(Database *db, const VersionTable *table, GError **error)
{
    g_autofree char *schema =
        database_query_value(db, "select to_regnamespace('retort') is not null", NULL, 0, error);
    if (schema == NULL)
        return NULL;
    g_auto(GStrv) statements = state_statements(table);
    return g_strjoinv(";\n", statements + (g_str_equal(schema, "t") ? 2 : 0));
}

bool state_ensure(Database *db, const VersionTable *table, GError **error)
{
    bool exists = false;
    if (!state_exists(db, table, &exists, error))
        return false;
    if (exists)
        return true;
    g_autofree char *sql = missing_statements(db, table, error);
    if (sql == NULL)
        return false;
    g_autofree char *whole = g_strconcat("begin; set local client_min_messages = warning;"
                                         " select pg_advisory_xact_lock(" STATE_LOCK ");\n",
                                         sql, ";\n", lease_seed, ";\ncommit", NULL);
    if (database_execute(db, whole, error))
        return true;
    g_autoptr(GError) ignored = NULL; /* the first error is the one to tell */
    database_execute(db, "rollback", &ignored);
    g_prefix_error(error, "the tables of the version cannot be made: ");
    return false;
}
