#include "cli/project.h"

#include "pg/direct.h"
#include "pg/find.h"
#include "pg/private_server.h"

struct Project {
    Config *config;
    Environment *environment;
    ConnectionSettings *settings; /* (nullable): found so far */
    ConnectionSettings *pooled;   /* (nullable): settings lead around this pooler */
    ConnectionSettings *offered;  /* (nullable): where none is named */
    char *database_url;           /* (nullable): of the command line */
    bool private_server;          /* asked for */
    bool named_only;              /* the private server is not good enough unless asked for */
    Connecting *connecting;       /* NULL unless begun and not used yet */
};

/* The path of retort.ini; %NULL if there is none and @anywhere. */
static bool find_config(const Options *options, bool anywhere, char **out_path, GError **error)
{
    const char *named = options->config != NULL ? options->config : g_getenv("RETORT_CONFIG");
    if (named != NULL && named[0] != '\0') {
        *out_path = g_strdup(named);
        return true;
    }
    g_autofree char *folder = g_get_current_dir();
    *out_path = config_find(folder);
    if (*out_path != NULL || anywhere)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "there is no " CONFIG_FILE " in this folder or above it\n"
                "hint: \"retort init\" makes one, or name it with --config");
    return false;
}

static Project *open_project(const Options *options, bool anywhere, GError **error)
{
    g_autofree char *path = NULL;
    if (!find_config(options, anywhere, &path, error))
        return NULL;
    g_autoptr(Project) project = g_new0(Project, 1);
    g_autofree char *folder = g_get_current_dir();
    project->config = path == NULL ? config_new(folder) : config_load(path, error);
    if (project->config == NULL)
        return NULL;
    project->environment = environment_load(config_folder(project->config), error);
    if (project->environment == NULL)
        return NULL;
    project->database_url = g_strdup(options->database_url);
    project->private_server = options->private_server;
    return g_steal_pointer(&project);
}

Project *project_open(const Options *options, GError **error)
{
    return open_project(options, false, error);
}

Project *project_open_anywhere(const Options *options, GError **error)
{
    return open_project(options, true, error);
}

void project_free(Project *project)
{
    if (project == NULL)
        return;
    connecting_free(project->connecting);
    config_free(project->config);
    environment_free(project->environment);
    settings_free(project->settings);
    settings_free(project->pooled);
    settings_free(project->offered);
    g_free(project->database_url);
    g_free(project);
}

const Config *project_config(const Project *project)
{
    return project->config;
}

const Environment *project_environment(const Project *project)
{
    return project->environment;
}

const char *project_folder(const Project *project)
{
    return config_folder(project->config);
}

/* A forgotten DATABASE_URL must not let a deployment work on an empty database. */
static bool may_use_private_server(const Project *project, GError **error)
{
    const char *deployment = environment_find_deployment(project->environment);
    if (project->private_server || (deployment == NULL && !project->named_only))
        return true;
    if (project->named_only && deployment == NULL)
        deployment = "the private server is not taken unless that is said";
    g_set_error(error, APP_ERROR, APP_ERROR_CONNECT,
                "no database is named, and %s\n"
                "hint: set DATABASE_URL, or use the private server with --private",
                deployment);
    return false;
}

PrivateServer *project_private_server(const Project *project, GError **error)
{
    const Config *config = project->config;
    long major = 0;
    if (*config_get(config, "private", "major") != '\0' &&
        !config_number(config, "private", "major", 13, 99, &major, error))
        return NULL;
    return private_server_new(config_folder(config), config_get(config, "private", "name"),
                              project->environment, (int)major, error);
}

static ConnectionSettings *start_private_server(Project *project, GError **error)
{
    if (!may_use_private_server(project, error))
        return NULL;
    g_autoptr(PrivateServer) server = project_private_server(project, error);
    if (server == NULL)
        return NULL;
    bool was_running = private_server_is_running(server);
    if (!private_server_start(server, error))
        return NULL;
    if (was_running)
        g_message("Using the private server in %s.", private_server_data(server));
    else
        g_message("Started the private server in %s; \"retort db stop\" stops it.",
                  private_server_data(server));
    return private_server_settings(server, PRIVATE_OWNER);
}

void project_expect_named(Project *project)
{
    project->named_only = true;
}

void project_offer_settings(Project *project, ConnectionSettings *settings)
{
    settings_free(project->offered);
    project->offered = settings;
}

/* What the command line names is meant as it is. */
static bool find_named(Project *project, GError **error)
{
    FindOptions find = {
        .database_url = project->database_url,
        .environment = project->environment,
        .config = project->config,
    };
    ConnectionSettings *direct = NULL;
    if (!settings_find(&find, &project->settings, error))
        return false;
    if (project->settings == NULL || project->database_url != NULL)
        return true;
    if (!settings_find_configured(&find, "direct_url", &direct, error)) {
        g_clear_pointer(&project->settings, settings_free);
        return false;
    }
    if (direct != NULL) {
        project->pooled = project->settings;
        project->settings = direct;
    }
    return true;
}

const ConnectionSettings *project_settings(Project *project, GError **error)
{
    if (project->settings != NULL)
        return project->settings;
    if (project->private_server && project->database_url != NULL) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "--database-url and --private exclude each other");
        return NULL;
    }
    if (project->private_server) /* asked for: whatever else is named */
        project->settings = start_private_server(project, error);
    else if (find_named(project, error) && project->settings == NULL)
        project->settings = project->offered != NULL ? settings_copy(project->offered)
                                                     : start_private_server(project, error);
    return project->settings;
}

void project_begin_connection(Project *project)
{
    g_autoptr(GError) later = NULL; /* project_open_database() meets it again, and tells */
    bool named = !project->private_server && project->settings == NULL &&
                 find_named(project, &later) && project->settings != NULL;
    if (named && project->connecting == NULL)
        project->connecting = database_begin(project->settings);
}

Database *project_open_database(Project *project, GError **error)
{
    const ConnectionSettings *settings = project_settings(project, error);
    if (settings == NULL)
        return NULL;
    Database *db = project->connecting != NULL
                       ? database_finish(g_steal_pointer(&project->connecting), error)
                       : database_open(settings, error);
    return db != NULL && project->pooled != NULL ? direct_verify(db, project->pooled, error) : db;
}
