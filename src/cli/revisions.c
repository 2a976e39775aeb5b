#include "cli/revisions.h"

#include "migrate/revision_folder.h"
#include "migrate/version_table.h"
#include "revision/path.h"
#include "revision/resolve.h"

#include <string.h>

RevisionGraph *revisions_load(const Project *project, bool bodies, GError **error)
{
    g_auto(GStrv) folders = config_paths(project_config(project), "retort", "migrations");
    return revision_folder_load(folders, bodies, error);
}

char **revisions_rows(Project *project, GError **error)
{
    const char *name = config_get(project_config(project), "migrate", "version_table");
    g_autoptr(VersionTable) table = version_table_new(name, error);
    if (table == NULL)
        return NULL;
    g_autoptr(Database) db = project_open_database(project, error);
    return db != NULL ? version_table_load(table, db, error) : NULL;
}

GPtrArray *revisions_named(Project *project, const RevisionGraph *graph, const char *word,
                           GError **error)
{
    bool current = strstr(word, "current") != NULL && revision_graph_find(graph, word) == NULL;
    g_auto(GStrv) rows = current ? revisions_rows(project, error) : g_new0(char *, 1);
    if (rows == NULL)
        return NULL;
    if (strchr(word, ':') != NULL)
        return path_history(graph, (const char *const *)rows, word, error);
    if (g_str_equal(word, "current"))
        return resolve_rows(graph, (const char *const *)rows, error);
    return resolve_revisions(graph, word, error);
}
