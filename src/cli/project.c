#include "cli/project.h"

#include "pg/target.h"

void project_close(Project *project)
{
    if (project == NULL)
        return;
    config_free(project->config);
    environment_free(project->environment);
    g_free(project);
}

static Config *open_config(const Options *options, GError **error)
{
    const char *named = options->config != NULL ? options->config : g_getenv("RETORT_CONFIG");
    if (named != NULL && *named != '\0')
        return config_load(named, error);
    g_autofree char *here = g_get_current_dir();
    g_autofree char *path = config_find(here);
    return path != NULL ? config_load(path, error) : config_new(here);
}

Project *project_open(const Options *options, GError **error)
{
    g_autoptr(Project) project = g_new0(Project, 1);
    project->config = open_config(options, error);
    if (project->config == NULL)
        return NULL;
    project->environment = environment_load(config_folder(project->config), error);
    return project->environment != NULL ? g_steal_pointer(&project) : NULL;
}

ConnectionSettings *project_settings(const Project *project, const Options *options, GError **error)
{
    TargetOptions target = {.database_url = options->database_url,
                            .use_private = options->private_server,
                            .allow_private = true};
    ConnectionSettings *settings =
        target_find(project->config, project->environment, &target, error);
    if (settings != NULL && !options->private_server &&
        g_str_equal(settings_source(settings), "private server")) {
        g_autofree char *message = target_describe_private(settings);
        g_message("%s", message);
    }
    return settings;
}

Database *project_connect(const Project *project, const Options *options, GError **error)
{
    g_autoptr(ConnectionSettings) settings = project_settings(project, options, error);
    if (settings == NULL)
        return NULL;
    g_autoptr(Database) db = database_open(settings, error);
    const char *path = config_get(project->config, "migrate", "search_path");
    if (db == NULL || !database_set_search_path(db, path, error))
        return NULL;
    return g_steal_pointer(&db);
}
