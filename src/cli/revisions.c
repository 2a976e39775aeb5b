#include "cli/revisions.h"

#include "migrate/revision_folder.h"
#include "revision/path.h"
#include "revision/resolve.h"

#include <string.h>

RevisionGraph *revisions_load(const Project *project, RevisionPart part, GError **error)
{
    g_auto(GStrv) folders = config_paths(project_config(project), "retort", "migrations");
    return revision_folder_load(folders, part, error);
}

Standing *revisions_standing(Project *project, bool backups, GError **error)
{
    const char *name = config_get(project_config(project), "migrate", "version_table");
    g_autoptr(VersionTable) table = version_table_new(name, error);
    if (table == NULL)
        return NULL;
    g_autoptr(Database) db = project_open_database(project, error);
    g_autoptr(Standing) standing = db != NULL ? standing_load(table, db, error) : NULL;
    if (standing == NULL || (backups && !standing_load_backups(standing, table, db, error)))
        return NULL;
    return g_steal_pointer(&standing);
}

GPtrArray *revisions_named(Project *project, const RevisionGraph *graph, const char *word,
                           GError **error)
{
    static const char *const none[] = {NULL};
    bool current = strstr(word, "current") != NULL && revision_graph_find(graph, word) == NULL;
    g_autoptr(Standing) standing = current ? revisions_standing(project, false, error) : NULL;
    if (current && standing == NULL)
        return NULL;
    const char *const *rows = current ? (const char *const *)standing->rows : none;
    if (strchr(word, ':') != NULL)
        return path_history(graph, rows, word, error);
    if (g_str_equal(word, "current"))
        return resolve_rows(graph, rows, error);
    return resolve_revisions(graph, word, error);
}
