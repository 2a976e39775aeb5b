#include "pg/private_roles.h"

#include "pg/database.h"

enum { CLOSED = 150000 /* from this version on "public" is closed by itself */ };

/* Runs the statement that @format gives, formatted by the server itself with the names. */
static bool execute_formatted(Database *db, const char *format, const char *first,
                              const char *second, GError **error)
{
    const char *values[] = {format, first, second};
    g_autofree char *sql = database_query_value(
        db, "SELECT pg_catalog.format($1, $2::text, $3::text)", values, 3, error);
    return sql != NULL && database_execute(db, sql, error);
}

/* -1 if it could not be asked. */
static int has_row(Database *db, const char *sql, const char *name, GError **error)
{
    const char *values[] = {name};
    g_autoptr(PGresult) found = database_query(db, sql, values, 1, error);
    return found != NULL ? PQntuples(found) > 0 : -1;
}

/* @attributes: what a role has that is there already, too. */
static bool make_role(Database *db, const char *name, const char *attributes, GError **error)
{
    int has = has_row(db, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", name, error);
    if (has < 0)
        return false;
    g_autofree char *sql =
        g_strconcat(has == 1 ? "ALTER ROLE %I " : "CREATE ROLE %I ", attributes, NULL);
    return execute_formatted(db, sql, name, NULL, error);
}

static bool make_database(Database *db, const PrivatePlace *place, GError **error)
{
    int has = has_row(db, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1",
                      place->database, error);
    return has == 1 || (has == 0 && execute_formatted(db, "CREATE DATABASE %I OWNER %I",
                                                      place->database, place->owner, error));
}

/* The owner of the database can do all in "public", and others nothing but use it. */
static bool close_public(const PrivatePlace *place, const ConnectionSettings *admin,
                         const char *database, GError **error)
{
    g_autoptr(ConnectionSettings) settings = settings_for_database(admin, database);
    g_autoptr(Database) db = database_open(settings, error);
    if (db == NULL)
        return false;
    int has =
        has_row(db, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", "public", error);
    return has == 0 ||
           (has == 1 &&
            execute_formatted(db, "ALTER SCHEMA public OWNER TO %I", place->owner, NULL, error) &&
            database_execute(db, "REVOKE CREATE ON SCHEMA public FROM PUBLIC", error));
}

/* What new databases are made from; scratch databases, which are compared with ours, from the
 * first. Nobody may connect to that one usually. */
static bool close_templates(Database *db, const PrivatePlace *place,
                            const ConnectionSettings *admin, GError **error)
{
    return database_execute(db, "ALTER DATABASE template0 ALLOW_CONNECTIONS true", error) &&
           close_public(place, admin, "template0", error) &&
           database_execute(db, "ALTER DATABASE template0 ALLOW_CONNECTIONS false", error) &&
           close_public(place, admin, "template1", error);
}

bool private_roles_make(const PrivatePlace *place, const ConnectionSettings *admin, GError **error)
{
    g_autoptr(ConnectionSettings) settings = settings_for_database(admin, "postgres");
    g_autoptr(Database) db = database_open(settings, error);
    if (db == NULL || !make_role(db, place->owner, "LOGIN CREATEDB CREATEROLE", error) ||
        !execute_formatted(db, "GRANT pg_signal_backend TO %I", place->owner, NULL, error) ||
        !make_role(db, place->app, "LOGIN", error) || !make_database(db, place, error))
        return false;
    return database_version(db) >= CLOSED || (close_templates(db, place, admin, error) &&
                                              close_public(place, admin, place->database, error));
}
