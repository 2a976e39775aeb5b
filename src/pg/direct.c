#include "pg/direct.h"

/* The identifier of the cluster is set by initdb; the oid of a database is never used again. */
static char *identity(Database *db, GError **error)
{
    return database_query_value(db,
                                "select concat(c.system_identifier, '/', d.oid)"
                                " from pg_catalog.pg_control_system() c, pg_catalog.pg_database d"
                                " where d.datname = pg_catalog.current_database()",
                                NULL, 0, error);
}

static void set_error(const Database *db, const ConnectionSettings *pooled, GError **error)
{
    g_autoptr(ConnectionSettings) direct = database_settings(db);
    g_autofree char *here = settings_describe(direct);
    g_autofree char *there = settings_describe(pooled);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "direct_url leads to %s, which is not the database of %s (from %s)\n"
                "hint: nothing was changed; both must name one database",
                here, there, settings_source(pooled));
}

Database *direct_verify(Database *db, const ConnectionSettings *pooled, GError **error)
{
    g_autoptr(Database) direct = db;
    g_autoptr(Database) other = database_open(pooled, error);
    g_autofree char *there = other != NULL ? identity(other, error) : NULL;
    g_autofree char *here = there != NULL ? identity(direct, error) : NULL;
    if (here == NULL)
        return NULL;
    if (g_str_equal(here, there))
        return g_steal_pointer(&direct);
    set_error(direct, pooled, error);
    return NULL;
}
