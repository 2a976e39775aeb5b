#include "cli/backup_before.h"

#include "backup/repository.h"
#include "cli/revisions.h"
#include "revision/resolve.h"

#include <string.h>

/* What is looked for, and where. Borrowed. */
typedef struct Search {
    const RevisionGraph *graph;
    const RevisionNode *node;
    const GPtrArray *backups; /* (element-type Backup): oldest first */
    const char *folder;
    const char *database; /* (nullable): the name, where it is known */
} Search;

static RevisionNode *find_revision(Project *project, const RevisionGraph *graph, const char *word,
                                   GError **error)
{
    g_autoptr(GPtrArray) nodes = revisions_named(project, graph, word, error);
    if (nodes == NULL)
        return NULL;
    if (nodes->len == 1)
        return nodes->pdata[0];
    g_set_error(error, APP_ERROR, APP_ERROR_HISTORY,
                "\"%s\" is %u revisions\nhint: --before wants one, which \"retort history\" lists",
                word, nodes->len);
    return NULL;
}

static Backup *find_id(const Search *search, const char *id)
{
    for (unsigned i = 0; i < search->backups->len; i++)
        if (g_str_equal(((Backup *)search->backups->pdata[i])->id, id))
            return search->backups->pdata[i];
    return NULL;
}

/* (nullable) (transfer full): what the history names, if it can be read. */
static char *find_recorded(Project *project, const char *revision)
{
    /* The backups tell, too, and a database that is out of reach is why one restores. */
    g_autoptr(GError) reason = NULL;
    g_autoptr(Standing) standing = revisions_standing(project, true, &reason);
    if (standing != NULL)
        return g_strdup(g_hash_table_lookup(standing->backups, revision));
    g_message("The history cannot be read: %s", reason->message);
    return NULL;
}

/* (nullable) (transfer full): the id that the history names, if that backup is there and good. */
static char *choose_recorded(Project *project, const Search *search)
{
    const char *revision = search->node->revision->id;
    g_autofree char *id = find_recorded(project, revision);
    if (id == NULL)
        return NULL;
    const Backup *backup = find_id(search, id);
    if (backup != NULL && backup->state != BACKUP_BROKEN) {
        g_message("Backup %s was taken before the run that applied %s", id, revision);
        return g_steal_pointer(&id);
    }
    if (backup == NULL)
        g_message("Backup %s, which the history names, is not in \"%s\"", id, search->folder);
    else
        g_message("Backup %s, which the history names, is broken: %s", id, backup->fault);
    return NULL;
}

/* Whether it is of this database, and of a time before the revision, as far as files tell. */
static bool is_before(const Search *search, const Backup *backup)
{
    if (backup->state == BACKUP_BROKEN ||
        (search->database != NULL && !g_str_equal(search->database, backup->manifest->database)))
        return false;
    const GPtrArray *revisions = backup->manifest->revisions;
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    for (unsigned i = 0; i < revisions->len; i++) {
        RevisionNode *node = revision_graph_find(search->graph, revisions->pdata[i]);
        if (node == NULL)
            return false;
        g_ptr_array_add(nodes, node);
    }
    g_autofree NodeSet *applied = revision_graph_ancestors(search->graph, nodes, true);
    return !applied[search->node->index];
}

static char *choose_newest(const Search *search, GError **error)
{
    const char *revision = search->node->revision->id;
    for (unsigned i = search->backups->len; i > 0; i--) {
        const Backup *backup = search->backups->pdata[i - 1];
        if (!is_before(search, backup))
            continue;
        g_message("Backup %s is the newest one without %s", backup->id, revision);
        return g_strdup(backup->id);
    }
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "no good backup in \"%s\" is from before revision \"%s\"\n"
                "hint: \"retort backups\" lists those that there are; \"--folder\" names another "
                "folder",
                search->folder, revision);
    return NULL;
}

char *backup_before(Project *project, const char *folder, const char *word, GError **error)
{
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_HEADER, error);
    const RevisionNode *node = graph != NULL ? find_revision(project, graph, word, error) : NULL;
    const ConnectionSettings *settings = node != NULL ? project_settings(project, error) : NULL;
    g_autoptr(GPtrArray) backups = settings != NULL ? repository_list(folder, error) : NULL;
    if (backups == NULL)
        return NULL;
    const Search search = {graph, node, backups, folder, settings_get(settings, "dbname")};
    char *recorded = choose_recorded(project, &search);
    return recorded != NULL ? recorded : choose_newest(&search, error);
}
