/*
 * retort db: the private server of the project, and psql on the project's database.
 */
#include "cli/options.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"
#include "pg/binaries.h"
#include "pg/find.h"
#include "pg/private_server.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What the actions need. */
typedef struct DbCommand {
    Options *options;
    const Project *project;
    PrivateServer *server;
    gboolean json;
    gboolean app; /* the app role instead of the owner role */
    char **words; /* after the action */
} DbCommand;

typedef bool DbAction(const DbCommand *command, GError **error);

static void print_started(const PrivateServer *server)
{
    g_autoptr(ConnectionSettings) settings = private_server_settings(server, PRIVATE_OWNER);
    g_autofree char *url = settings_url(settings);
    g_message("the private server runs: PostgreSQL %d, process %d, data in %s",
              private_server_major(server), private_server_pid(server),
              private_server_data(server));
    g_print("%s\n", url);
}

static bool db_start(const DbCommand *command, GError **error)
{
    if (!private_server_exists(command->server))
        g_message("making a private server …");
    if (!private_server_start(command->server, error))
        return false;
    print_started(command->server);
    return true;
}

static bool db_stop(const DbCommand *command, GError **error)
{
    bool ran = private_server_pid(command->server) != 0;
    if (!private_server_stop(command->server, error))
        return false;
    if (ran)
        g_message("the private server is stopped; its data stays in %s",
                  private_server_data(command->server));
    else
        g_message("the private server does not run");
    return true;
}

static json_t *describe_server(const PrivateServer *server)
{
    bool exists = private_server_exists(server), running = private_server_is_running(server);
    g_autoptr(ConnectionSettings) settings = private_server_settings(server, PRIVATE_OWNER);
    g_autofree char *url = settings_url(settings);
    json_t *row = json_object();
    json_object_set_new(row, "state",
                        json_string(running  ? "running"
                                    : exists ? "stopped"
                                             : "none"));
    json_object_set_new(row, "version",
                        exists ? json_integer(private_server_major(server)) : json_null());
    json_object_set_new(row, "pid",
                        running ? json_integer(private_server_pid(server)) : json_null());
    json_object_set_new(row, "user", output_string(private_server_user(server)));
    json_object_set_new(row, "data", output_string(exists ? private_server_data(server) : NULL));
    json_object_set_new(row, "log", output_string(exists ? private_server_log(server) : NULL));
    json_object_set_new(row, "socket", output_string(private_server_socket(server)));
    json_object_set_new(row, "url", output_string(url));
    return row;
}

static void print_fact(const char *name, const json_t *value)
{
    if (json_is_string(value))
        g_print("%-9s %s\n", name, json_string_value(value));
    else if (json_is_integer(value))
        g_print("%-9s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
}

static bool db_status(const DbCommand *command, GError **error)
{
    (void)error;
    g_autoptr(json_t) row = describe_server(command->server);
    if (command->json) {
        output_json(row);
        return true;
    }
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach(row, name, value) print_fact(name, value);
    return true;
}

static bool db_url(const DbCommand *command, GError **error)
{
    (void)error;
    g_autoptr(ConnectionSettings) settings =
        private_server_settings(command->server, command->app ? PRIVATE_APP : PRIVATE_OWNER);
    g_autofree char *url = settings_url(settings);
    g_print("%s\n", url);
    if (!private_server_is_running(command->server))
        g_message("the private server does not run\nhint: retort db start");
    return true;
}

/* psql takes the place of this program, so that the terminal is its own. */
static bool become_psql(const char *program, const ConnectionSettings *settings, char **words,
                        GError **error)
{
    g_autofree char *conninfo = settings_conninfo(settings);
    g_autofree char *name = g_strconcat("--dbname=", conninfo, NULL);
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) environment = settings_environment(settings, ours);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, (char *)program);
    g_ptr_array_add(all, name);
    for (char **word = words; *word != NULL; word++)
        g_ptr_array_add(all, *word);
    g_ptr_array_add(all, NULL);
    fflush(stdout);
    execve(program, (char **)all->pdata, environment);
    int reason = errno;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not run \"%s\": %s", program,
                g_strerror(reason));
    return false;
}

/* "db" asks for the private server by its name: it needs no --private where CI is detected. */
static ConnectionSettings *find_settings(const DbCommand *command, GError **error)
{
    const Options *options = command->options;
    FindOptions find = {.database_url = options->database_url,
                        .environment = project_environment(command->project),
                        .config = project_config(command->project)};
    ConnectionSettings *named = NULL;
    if (!options->private_server && !settings_find(&find, &named, error))
        return NULL;
    if (named != NULL)
        return named;
    if (!private_server_start(command->server, error))
        return NULL;
    return private_server_settings(command->server, command->app ? PRIVATE_APP : PRIVATE_OWNER);
}

static bool db_psql(const DbCommand *command, GError **error)
{
    g_autoptr(ConnectionSettings) settings = find_settings(command, error);
    if (settings == NULL)
        return false;
    g_autofree char *program =
        binaries_find_client(project_environment(command->project), "psql", 0, error);
    return program != NULL && become_psql(program, settings, command->words, error);
}

static DbAction *find_action(const char *name, GError **error)
{
    static const struct {
        const char *name;
        DbAction *run;
    } actions[] = {{"start", db_start},
                   {"stop", db_stop},
                   {"status", db_status},
                   {"url", db_url},
                   {"psql", db_psql}};
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (g_str_equal(actions[i].name, name))
            return actions[i].run;
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "unknown action \"%s\"\nhint: it is start, stop, status, url or psql", name);
    return NULL;
}

bool run_db(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    DbCommand command = {.options = &options};
    const GOptionEntry entries[] = {
        OPTION_JSON(command.json),
        {"app", 0, 0, G_OPTION_ARG_NONE, &command.app, "url, psql: as the app role", NULL},
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL)
        return false;
    bool any = words[0] != NULL && g_str_equal(words[0], "psql");
    if (!options_expect("db", words, 1, any ? G_MAXUINT : 1, error))
        return false;
    DbAction *action = find_action(words[0], error);
    g_autoptr(Project) project = action != NULL ? project_open_anywhere(&options, error) : NULL;
    if (project == NULL)
        return false;
    command.project = project;
    command.words = words + 1;
    g_autoptr(PrivateServer) server = project_private_server(project, error);
    command.server = server;
    return server != NULL && action(&command, error);
}
