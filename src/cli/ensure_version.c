/*
 * retort ensure_version: makes the tables that hold the version, if they are missing.
 */
#include "cli/migration.h"
#include "cli/run.h"
#include "migrate/offline.h"
#include "migrate/state.h"

static void print_script(const VersionTable *table)
{
    g_autoptr(GString) script = g_string_new(NULL);
    offline_append_state(script, table);
    g_print("%s", script->str);
}

static bool ensure(const Migration *migration, bool dry_run, GError **error)
{
    bool exists = false;
    if (!dry_run)
        return state_ensure(migration->db, migration->table, error);
    if (!state_exists(migration->db, migration->table, &exists, error))
        return false;
    if (exists)
        g_message("Nothing to do.");
    else
        print_script(migration->table);
    return true;
}

bool run_ensure_version(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean sql = FALSE, dry_run = FALSE;
    const GOptionEntry entries[] = {
        {"sql", 0, 0, G_OPTION_ARG_NONE, &sql, "print a script for psql, run nothing", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
         "print the script if a table is missing, run nothing", NULL},
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_auto(Migration) migration = {0};
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error) ||
        !migration_open(&migration, &options, error))
        return false;
    if (!sql)
        return migration_connect(&migration, error) && ensure(&migration, dry_run, error);
    print_script(migration.table);
    return true;
}
