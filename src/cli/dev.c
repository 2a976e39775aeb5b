/*
 * retort dev: the server for the one who writes the endpoints.
 */
#include "cli/revisions.h"
#include "cli/run.h"
#include "cli/serve.h"
#include "cli/serve_database.h"
#include "pg/find.h"
#include "revision/resolve.h"

/* (nullable) (transfer full): what is named for server or project; with an error if it is broken.
 */
static bool find_named(Project *project, const Options *options, ConnectionSettings **out_settings,
                       GError **error)
{
    FindOptions find = {
        .database_url = options->database_url,
        .environment = project_environment(project),
        .config = project_config(project),
    };
    if (options->private_server)
        return true;
    if (options->database_url == NULL &&
        !settings_find_configured(&find, "serve_database_url", out_settings, error))
        return false;
    return *out_settings != NULL || settings_find(&find, out_settings, error);
}

/* Revisions that have not run, oldest first; how they are run. */
static bool show_pending(Project *project, GError **error)
{
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_HEADER, error);
    g_autoptr(Standing) standing = graph == NULL ? NULL : revisions_standing(project, false, error);
    g_autoptr(GPtrArray) nodes =
        standing == NULL ? NULL : resolve_rows(graph, (const char *const *)standing->rows, error);
    if (nodes == NULL)
        return false;
    g_autofree NodeSet *set = revision_graph_ancestors(graph, nodes, true);
    unsigned all = revision_graph_nodes(graph)->len, pending = 0;
    for (unsigned i = 0; i < all; i++)
        set[i] = !set[i];
    g_autoptr(GPtrArray) missing = revision_graph_sort(graph, set);
    for (unsigned i = 0; i < missing->len; i++, pending++) {
        const Revision *revision = ((const RevisionNode *)missing->pdata[i])->revision;
        g_message("pending: %s, %s", revision->id, revision->message);
    }
    if (pending > 0)
        g_message("\"retort upgrade head\" runs %s", pending == 1 ? "it" : "them");
    return true;
}

bool run_dev(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(ServeWords) serve = {0};
    const GOptionEntry entries[] = {SERVE_ENTRIES(serve), {NULL}};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("dev", words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    ConnectionSettings *database = NULL;
    if (project == NULL || !find_named(project, &options, &database, error))
        return false;
    /* Asked as the owner, who can read the version; without a database this starts the server. */
    if (!show_pending(project, error)) {
        settings_free(database);
        return false;
    }
    serve.allow_owner = serve.allow_owner || database != NULL;
    database = database == NULL ? serve_private_database(project, error)
                                : serve_as_app(project, database, error);
    if (serve.log == NULL)
        serve.log = g_strdup("all,text");
    return database != NULL && serve_project(project, &serve, database, true, error);
}
