#include "backup/facts.h"

#include "backup_queries.h"

static char *value(const PGresult *result, int column)
{
    return g_strdup(PQgetvalue(result, 0, column));
}

static char *value_or_null(const PGresult *result, int column)
{
    return PQgetisnull(result, 0, column) ? NULL : value(result, column);
}

static bool read_server(Database *db, Manifest *manifest, GError **error)
{
    g_autoptr(PGresult) row = database_query(db, sql_server_facts, NULL, 0, error);
    if (row == NULL)
        return false;
    manifest->encoding = value(row, 0);
    manifest->collate = value(row, 1);
    manifest->ctype = value(row, 2);
    manifest->locale_provider = value(row, 3);
    manifest->icu_locale = value_or_null(row, 4);
    manifest->collation_version = value_or_null(row, 5);
    manifest->timezone = value(row, 6);
    manifest->database_bytes = g_ascii_strtoll(PQgetvalue(row, 0, 7), NULL, 10);
    manifest->server_version_text = value(row, 8);
    manifest->database = value(row, 9);
    manifest->server_version = database_version(db);
    return true;
}

static bool read_roles(Database *db, Manifest *manifest, GError **error)
{
    g_autoptr(PGresult) rows = database_query(db, sql_roles_needed, NULL, 0, error);
    for (int i = 0; rows != NULL && i < PQntuples(rows); i++)
        g_ptr_array_add(manifest->roles, g_strdup(PQgetvalue(rows, i, 0)));
    return rows != NULL;
}

static bool read_extensions(Database *db, Manifest *manifest, GError **error)
{
    g_autoptr(PGresult) rows = database_query(db, sql_extensions_there, NULL, 0, error);
    for (int i = 0; rows != NULL && i < PQntuples(rows); i++) {
        ManifestExtension *extension = g_new0(ManifestExtension, 1);
        extension->name = g_strdup(PQgetvalue(rows, i, 0));
        extension->version = g_strdup(PQgetvalue(rows, i, 1));
        extension->schema = g_strdup(PQgetvalue(rows, i, 2));
        g_ptr_array_add(manifest->extensions, extension);
    }
    return rows != NULL;
}

static bool read_revisions(Database *db, const VersionTable *table, Manifest *manifest,
                           GError **error)
{
    g_auto(GStrv) heads = version_table_load(table, db, error);
    for (char **head = heads; heads != NULL && *head != NULL; head++)
        g_ptr_array_add(manifest->revisions, g_strdup(*head));
    return heads != NULL;
}

bool facts_read(Database *db, const VersionTable *table, Manifest *manifest, GError **error)
{
    return read_server(db, manifest, error) && read_roles(db, manifest, error) &&
           read_extensions(db, manifest, error) && read_revisions(db, table, manifest, error);
}
