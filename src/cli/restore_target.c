#include "cli/restore_target.h"

#include "backup/restore.h"

void restore_target_clear(RestoreTarget *target)
{
    settings_free(target->settings);
    database_close(target->db);
    database_close(target->beside);
    *target = (RestoreTarget){0};
}

/* (transfer full) (nullable): a session that says that the server has no such database. */
static Database *open_beside(const ConnectionSettings *resolved, const char *neighbour)
{
    const char *name = settings_get(resolved, "dbname");
    g_autoptr(ConnectionSettings) settings = settings_for_database(resolved, neighbour);
    g_autoptr(Database) db = database_open(settings, NULL); /* what failed first is told */
    g_autofree char *missing =
        db == NULL ? NULL
                   : database_query_value(db,
                                          "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_database"
                                          " WHERE datname = $1::pg_catalog.text)",
                                          &name, 1, NULL);
    return g_strcmp0(missing, "t") == 0 ? g_steal_pointer(&db) : NULL;
}

static bool find_missing(Project *project, RestoreTarget *target)
{
    const ConnectionSettings *settings = project_settings(project, NULL);
    g_autoptr(ConnectionSettings) resolved = settings != NULL ? database_resolve(settings) : NULL;
    const char *name = resolved != NULL ? settings_get(resolved, "dbname") : NULL;
    if (name == NULL)
        return false;
    target->beside = open_beside(resolved, restore_neighbour(name));
    if (target->beside == NULL)
        target->beside = open_beside(resolved, "template1");
    if (target->beside == NULL)
        return false;
    target->settings = g_steal_pointer(&resolved);
    return true;
}

bool restore_target_find(Project *project, RestoreTarget *out_target, GError **error)
{
    g_autoptr(GError) failed = NULL; /* the answer is to ask another database of the server */
    out_target->db = project_open_database(project, &failed);
    if (out_target->db != NULL) {
        out_target->settings = database_settings(out_target->db);
        return true;
    }
    if (g_error_matches(failed, APP_ERROR, APP_ERROR_CONNECT) && find_missing(project, out_target))
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}
