#include "cli/restore_preview.h"

#include "backup/drill.h"
#include "backup/globals.h"
#include "cli/output.h"
#include "cli/restore_target.h"
#include "migrate/version_table.h"

static void add(json_t *rows, const char *what, char *value)
{
    json_t *row = json_object();
    json_object_set_new(row, "what", output_string(what));
    json_object_set_new(row, "value", output_string(value));
    json_array_append_new(rows, row);
    g_free(value);
}

static void add_backup(json_t *rows, const Backup *backup)
{
    const Manifest *manifest = backup->manifest;
    add(rows, "backup", g_strdup_printf("%s (%s)", backup->id, backup_state_name(backup->state)));
    add(rows, "its database", g_strdup(manifest->database));
    add(rows, "its revision",
        manifest->revisions->len > 0 ? manifest_join_revisions(manifest) : g_strdup("none"));
    add(rows, "its server", g_strdup(manifest->server_version_text));
    add(rows, "stored", output_bytes(manifest->stored_bytes));
    add(rows, "needed on the server's disk", output_bytes(manifest->database_bytes));
}

/* The database that is there now. */
static bool add_live(json_t *rows, const Project *project, Database *db, GError **error)
{
    g_autoptr(VersionTable) table =
        version_table_new(config_get(project_config(project), "migrate", "version_table"), error);
    g_autoptr(PGresult) row =
        database_query(db,
                       "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()),"
                       " (SELECT count(*) FROM pg_catalog.pg_stat_activity"
                       " WHERE datname = pg_catalog.current_database()"
                       " AND pid <> pg_catalog.pg_backend_pid()),"
                       " pg_catalog.current_setting('server_version')",
                       NULL, 0, error);
    g_auto(GStrv) heads =
        table != NULL && row != NULL ? version_table_load(table, db, error) : NULL;
    if (heads == NULL)
        return false;
    add(rows, "database", g_strdup(database_name(db)));
    add(rows, "its size", output_bytes(g_ascii_strtoll(PQgetvalue(row, 0, 0), NULL, 10)));
    add(rows, "its revision now", *heads != NULL ? g_strjoinv(", ", heads) : g_strdup("none"));
    add(rows, "its sessions, which end", g_strdup(PQgetvalue(row, 0, 1)));
    add(rows, "server", g_strdup(PQgetvalue(row, 0, 2)));
    return true;
}

static const char *known_or(const char *text, const char *fallback)
{
    return text != NULL && *text != '\0' ? text : fallback;
}

/* The database that there will be. */
static bool add_new(json_t *rows, NamedDump *named, const RestoreTarget *target, GError **error)
{
    g_auto(Origin) origin = {0};
    if (!named_dump_origin(named, &origin, error))
        return false;
    g_auto(GStrv) missing = drill_missing_roles(target->beside, origin.roles, error);
    if (missing == NULL)
        return false;
    add(rows, "database",
        g_strdup_printf("%s (does not exist; will be created)",
                        settings_get(target->settings, "dbname")));
    add(rows, "its encoding", g_strdup(known_or(origin.shape.encoding, "the server's")));
    add(rows, "its locale",
        g_strdup(known_or(origin.shape.locale, known_or(origin.shape.collate, "the server's"))));
    if (*missing != NULL)
        add(rows, "roles that are missing", g_strjoinv(", ", missing));
    g_autofree char *command = named->backup != NULL ? globals_command(named->backup) : NULL;
    if (*missing != NULL && command != NULL)
        add(rows, "how to make them", g_steal_pointer(&command));
    add(rows, "server",
        g_strdup(PQparameterStatus(database_connection(target->beside), "server_version")));
    return true;
}

bool restore_preview(Project *project, NamedDump *named, bool json, GError **error)
{
    static const OutputColumn columns[] = {{"what", "", false}, {"value", "", false}, {NULL}};
    g_auto(RestoreTarget) target = {0};
    g_autoptr(json_t) rows = json_array();
    if (!restore_target_find(project, &target, error) ||
        !(target.db != NULL ? add_live(rows, project, target.db, error)
                            : add_new(rows, named, &target, error)))
        return false;
    if (named->backup != NULL)
        add_backup(rows, named->backup);
    output_rows(rows, columns, json);
    return true;
}
