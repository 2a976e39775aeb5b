#include "cli/serve_database.h"

#include "pg/find.h"

ConnectionSettings *serve_private_database(Project *project, GError **error)
{
    g_autoptr(PrivateServer) server = project_private_server(project, error);
    if (server == NULL || !private_server_start(server, error))
        return NULL;
    return private_server_settings(server, PRIVATE_APP);
}

static bool have_same(const ConnectionSettings *a, const ConnectionSettings *b, const char *key)
{
    return g_strcmp0(settings_get(a, key), settings_get(b, key)) == 0;
}

ConnectionSettings *serve_as_app(Project *project, ConnectionSettings *named, GError **error)
{
    g_autoptr(ConnectionSettings) settings = named;
    g_autoptr(GError) elsewhere = NULL; /* no user for one: then none is named */
    g_autoptr(PrivateServer) server = project_private_server(project, &elsewhere);
    if (server == NULL || !private_server_exists(server))
        return g_steal_pointer(&settings);
    g_autoptr(ConnectionSettings) owner = private_server_settings(server, PRIVATE_OWNER);
    if (!have_same(settings, owner, "host") || !have_same(settings, owner, "user") ||
        !have_same(settings, owner, "dbname"))
        return g_steal_pointer(&settings);
    return serve_private_database(project, error);
}

ConnectionSettings *serve_database(Project *project, const Options *options, GError **error)
{
    if (options->private_server && options->database_url == NULL)
        return serve_private_database(project, error);
    FindOptions find = {
        .database_url = options->database_url,
        .environment = project_environment(project),
        .config = project_config(project),
    };
    ConnectionSettings *settings = NULL;
    if (options->database_url == NULL &&
        !settings_find_configured(&find, "serve_database_url", &settings, error))
        return NULL;
    if (settings == NULL && !settings_find(&find, &settings, error))
        return NULL;
    if (settings != NULL)
        return serve_as_app(project, settings, error);
    g_set_error_literal(error, APP_ERROR, APP_ERROR_CONNECT,
                        "no database is named\n"
                        "hint: set SERVE_DATABASE_URL or DATABASE_URL, or serve the private "
                        "server with --private; \"retort dev\" does that for you");
    return NULL;
}
