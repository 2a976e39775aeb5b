/*
 * retort serve: the server of the project's endpoints.
 */
#include "cli/serve.h"

#include "cli/backup_age.h"
#include "cli/library.h"
#include "cli/run.h"
#include "cli/serve_database.h"
#include "pg/find.h"

#include <string.h>

void serve_words_clear(ServeWords *words)
{
    g_strfreev(words->listen);
    g_free(words->log);
    memset(words, 0, sizeof *words);
}

static bool check_words(const ServeWords *words, GError **error)
{
    if (words->threads >= 0 && words->threads <= 256 && words->wait >= 0 && words->wait <= 86400)
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                        "--threads takes 1 to 256, --wait takes 0 to 86400");
    return false;
}

/* @place: where the words stand. */
static bool read_log(const char *words, const char *place, ServerOptions *options, GError **error)
{
    g_auto(GStrv) list = g_strsplit(words, ",", -1);
    for (char **word = list; *word != NULL; word++) {
        if (g_str_equal(*word, "off"))
            options->log_level = ACCESS_LOG_OFF;
        else if (g_str_equal(*word, "errors"))
            options->log_level = ACCESS_LOG_ERRORS;
        else if (g_str_equal(*word, "all"))
            options->log_level = ACCESS_LOG_ALL;
        else if (g_str_equal(*word, "json"))
            options->log_format = ACCESS_LOG_JSON;
        else if (g_str_equal(*word, "text"))
            options->log_format = ACCESS_LOG_TEXT;
        else {
            g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                        "%s takes off, errors or all, and json or text, not \"%s\"", place, *word);
            return false;
        }
    }
    return true;
}

/* Which backups the server knows of. */
typedef struct Known {
    char *folder;
    const char *database; /* (nullable) */
} Known;

/* In a thread of the server. */
static bool look_at_backups(BackupTimes *out_times, void *data, GError **error)
{
    const Known *known = data;
    g_auto(BackupAges) ages = {0};
    if (!backup_ages_read(known->folder, known->database, g_get_real_time() / G_USEC_PER_SEC, &ages,
                          error))
        return false;
    *out_times = (BackupTimes){ages.good_time, ages.proven_time};
    return true;
}

/* @known: outlives the server */
static bool read_backups(const Config *config, Known *known, BackupSource *out_source,
                         GError **error)
{
    BackupLimits limits = {0};
    if (!backup_limits_read(config, &limits, error))
        return false;
    *out_source = (BackupSource){
        .look = look_at_backups,
        .data = known,
        .max_age = (double)limits.age,
        .max_proven_age = (double)limits.proven_age,
    };
    return true;
}

bool serve_project(const Project *project, const ServeWords *words, ConnectionSettings *database,
                   bool develop, GError **error)
{
    g_autoptr(ConnectionSettings) owned = database;
    g_autoptr(ConnectionSettings) reads = NULL;
    FindOptions find = {
        .environment = project_environment(project),
        .config = project_config(project),
    };
    if (!settings_find_in(&find, "serve", "read_urls", &reads, error))
        return false;
    g_auto(ServeSettings) settings = {0};
    g_autofree char *folder = config_path(find.config, "backup", "folder");
    Known known = {folder, settings_get(database, "dbname")};
    ServerOptions options = {
        .config = project_config(project),
        .environment = project_environment(project),
        .database = database,
        .reads = reads,
        .settings = &settings,
        .handlers = library_handlers(),
        .allow_owner = words->allow_owner,
        .develop = develop,
        .wait = (unsigned)words->wait,
    };
    if (!check_words(words, error) ||
        !read_log(config_get(options.config, "serve", "log"), "[serve] log", &options, error) ||
        (words->log != NULL && !read_log(words->log, "--log", &options, error)) ||
        !read_backups(options.config, &known, &options.backups, error) ||
        !serve_settings_load(options.config, &settings, error))
        return false;
    if (words->listen != NULL) {
        g_strfreev(settings.listen);
        settings.listen = g_strdupv(words->listen);
    }
    if (words->threads > 0)
        settings.threads = (unsigned)words->threads;
    return server_run(&options, error);
}

bool run_serve(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(ServeWords) serve = {0};
    const GOptionEntry entries[] = {SERVE_ENTRIES(serve), {NULL}};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("serve", words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    ConnectionSettings *database = serve_database(project, &options, error);
    return database != NULL && serve_project(project, &serve, database, false, error);
}
