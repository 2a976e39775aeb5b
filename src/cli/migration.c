#include "cli/migration.h"

#include "base/terminal.h"
#include "cli/revisions.h"

#include <unistd.h>

#define LINE_LONGEST 76 /* characters: a line that wraps cannot be wiped */

/* A line of still() is on the terminal: it is wiped before another. */
static void wipe_line(Migration *migration)
{
    if (migration->line)
        fputs("\r\033[K", stderr);
    migration->line = false;
}

void migration_clear(Migration *migration)
{
    wipe_line(migration);
    g_clear_pointer(&migration->db, database_close);
    g_clear_pointer(&migration->graph, revision_graph_free);
    g_clear_pointer(&migration->table, version_table_free);
    g_clear_pointer(&migration->project, project_free);
    g_clear_pointer(&migration->name, g_free);
}

void run_options_clear(RunOptions *options)
{
    g_clear_pointer(&options->tag, g_free);
    g_clear_pointer(&options->lock_timeout, g_free);
}

bool migration_open(Migration *migration, const Options *options, GError **error)
{
    migration->quiet = options->quiet;
    migration->project = project_open(options, error);
    if (migration->project == NULL)
        return false;
    const Config *config = project_config(migration->project);
    migration->table = version_table_new(config_get(config, "migrate", "version_table"), error);
    migration->name = runner_name();
    return migration->table != NULL;
}

bool migration_load_graph(Migration *migration, RevisionPart part, GError **error)
{
    migration->graph = revisions_load(migration->project, part, error);
    return migration->graph != NULL;
}

bool migration_connect(Migration *migration, GError **error)
{
    migration->db = project_open_database(migration->project, error);
    return migration->db != NULL;
}

static void say(const char *message, void *data)
{
    wipe_line(data);
    g_message("%s", message);
}

static void still(const char *message, void *data)
{
    Migration *migration = data;
    if (migration->quiet || !terminal_is(STDERR_FILENO))
        return;
    wipe_line(migration);
    g_autofree char *start =
        g_utf8_substring(message, 0, MIN(g_utf8_strlen(message, -1), LINE_LONGEST));
    fprintf(stderr, "  %s", start);
    fflush(stderr);
    migration->line = true;
}

static void warn(const char *message, void *unused G_GNUC_UNUSED)
{
    g_warning("%s", message);
}

/* What a revision raises, as psql would show it. */
static void tell_notice(const char *severity, const char *message, void *data)
{
    wipe_line(data);
    if (g_str_equal(severity, "WARNING"))
        g_warning("%s", message);
    else if (!g_str_equal(severity, "DEBUG") && !g_str_equal(severity, "LOG"))
        g_message("%s: %s", g_str_equal(severity, "INFO") ? "info" : "notice", message);
}

static char *list_losses(char **losses)
{
    g_autofree char *joined = g_strjoinv("\n  ", losses);
    return g_strconcat("  ", joined, NULL);
}

/* On a terminal the name of the database must be typed; elsewhere the option is the consent. */
static bool ask_for_consent(char **losses, void *data, GError **error)
{
    const Migration *migration = data;
    const char *name = database_name(migration->db);
    g_autofree char *list = list_losses(losses);
    if (!terminal_is(STDIN_FILENO)) {
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "rows or values would be lost with\n%s\n"
                    "hint: nothing was changed; \"--allow-data-loss\" allows it",
                    list);
        return false;
    }
    g_autofree char *question = g_strdup_printf("Rows or values will be lost with\n%s\n"
                                                "Type the name of the database, \"%s\", to go on: ",
                                                list, name);
    g_autofree char *answer = terminal_ask(question, error);
    if (answer == NULL)
        return false;
    if (g_str_equal(answer, name))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "that is not the name of the database; nothing was changed\n"
                "hint: it is \"%s\"",
                name);
    return false;
}

static bool check_numbers(const RunOptions *options, GError **error)
{
    if (options->lock_retries >= 0 && options->wait >= 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "%s wants a number from 0",
                options->wait < 0 ? "--wait" : "--lock-retries");
    return false;
}

bool migration_runner(Migration *migration, const RunOptions *options, Runner *out_runner,
                      GError **error)
{
    const Config *config = project_config(migration->project);
    long seconds = 0;
    if (!check_numbers(options, error) ||
        !config_number(config, "migrate", "lease_seconds", 1, 86400, &seconds, error))
        return false;
    const ConnectionSettings *settings = project_settings(migration->project, error);
    if (settings == NULL)
        return false;
    database_set_notice(migration->db, tell_notice, migration);
    *out_runner = (Runner){
        .db = migration->db,
        .settings = settings,
        .table = migration->table,
        .graph = migration->graph,
        .lease_seconds = (unsigned)seconds,
        .wait = (unsigned)options->wait,
        .no_row_check = options->no_row_check,
        .consent = ask_for_consent,
        .consent_data = migration,
        .warn = warn,
        .apply =
            {
                .runner = migration->name,
                .search_path = config_get(config, "migrate", "search_path"),
                .lock_timeout = options->lock_timeout != NULL
                                    ? options->lock_timeout
                                    : config_get(config, "migrate", "lock_timeout"),
                .long_timeout = config_get(config, "migrate", "long_timeout"),
                .lock_retries = (unsigned)options->lock_retries,
                .single_transaction = options->single_transaction,
                .allow_data_loss = options->allow_data_loss,
                .say = say,
                .still = still,
                .data = migration,
            },
    };
    return true;
}
