/*
 * retort ensure_version: makes the tables that hold the version, if they are missing.
 */
#include "cli/migration.h"
#include "cli/run.h"
#include "migrate/offline.h"
#include "migrate/state.h"

bool run_ensure_version(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean sql = FALSE;
    const GOptionEntry entries[] = {
        {"sql", 0, 0, G_OPTION_ARG_NONE, &sql, "print a script for psql, run nothing", NULL},
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_auto(Migration) migration = {0};
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error) ||
        !migration_open(&migration, &options, error))
        return false;
    if (!sql)
        return migration_connect(&migration, error) &&
               state_ensure(migration.db, migration.table, error);
    g_autoptr(GString) script = g_string_new(NULL);
    offline_append_state(script, migration.table);
    g_print("%s", script->str);
    return true;
}
