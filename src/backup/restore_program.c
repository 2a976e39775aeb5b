#include "backup/restore_program.h"

#include "pg/binaries.h"

/* (transfer full): what database_lift_limits() does, for a program; pg_restore itself does the
 * rest.
 */
static ConnectionSettings *lift_limits(const LoadOptions *options, const Database *db)
{
    const bool knows_idle = database_version(db) >= 140000;
    g_autoptr(ConnectionSettings) resolved = database_settings(db);
    const char *said = settings_get(resolved, "options");
    g_autofree char *words =
        g_strconcat(said != NULL ? said : "", " -c default_transaction_read_only=off",
                    knows_idle ? " -c idle_session_timeout=0" : "", NULL);
    ConnectionSettings *lifted = settings_copy(options->settings);
    settings_set(lifted, "options", words);
    return lifted;
}

/* @out_settings: (transfer full): for it */
static char *find_program(const LoadOptions *options, ConnectionSettings **out_settings,
                          GError **error)
{
    g_autoptr(Database) db = database_open(options->settings, error);
    if (db == NULL)
        return NULL;
    char *program = binaries_find_client(options->environment, "pg_restore",
                                         database_version(db) / 10000, error);
    if (program != NULL)
        *out_settings = lift_limits(options, db);
    return program;
}

static void add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

Child *restore_program_start(const LoadOptions *options, const char *path, unsigned jobs,
                             const char *list, GError **error)
{
    g_autoptr(ConnectionSettings) settings = NULL;
    g_autofree char *program = find_program(options, &settings, error);
    if (program == NULL)
        return NULL;
    g_autofree char *conninfo = settings_conninfo(settings);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    add(words, program);
    add(words, "--exit-on-error");
    add(words, "--no-password");
    g_ptr_array_add(words, g_strconcat("--dbname=", conninfo, NULL));
    if (options->without_owners) {
        add(words, "--no-owner");
        add(words, "--no-privileges");
    }
    if (list != NULL)
        add(words, "--use-list=" PROCESS_LIST);
    if (path != NULL) {
        g_ptr_array_add(words, g_strdup_printf("--jobs=%u", jobs));
        add(words, path);
    }
    g_ptr_array_add(words, NULL);
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) variables = settings_environment(settings, ours);
    const ProcessStart how = {
        .words = (const char *const *)words->pdata, .environment = variables, .list = list};
    return child_start(&how, path == NULL ? CHILD_IN : CHILD_OUT, error);
}

bool restore_program_end(Child *child, GError **error)
{
    bool ended = child_end(child, error);
    if (!ended && error != NULL && child_refused(child))
        (*error)->code = APP_ERROR_SQL;
    return ended;
}
