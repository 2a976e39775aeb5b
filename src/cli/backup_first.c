#include "cli/backup_first.h"

#include "base/terminal.h"
#include "cli/output.h"
#include "cli/take_backup.h"

#include <unistd.h>

bool backup_first_read(Migration *migration, const RunOptions *options, BackupFirst *out_first,
                       GError **error)
{
    static const char *const words[] = {
        [BACKUP_ASK] = "ask", [BACKUP_ALWAYS] = "always", [BACKUP_NEVER] = "never"};
    const Config *config = project_config(migration->project);
    if (options->backup && options->no_backup) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "--backup and --no-backup exclude each other");
        return false;
    }
    *out_first = (BackupFirst){migration, options, options->backup ? BACKUP_ALWAYS : BACKUP_NEVER};
    if (options->backup || options->no_backup)
        return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_equal(config_get(config, "migrate", "backup"), words[i])) {
            out_first->when = i;
            return true;
        }
    return config_refuse(config, "migrate", "backup", "must be ask, always or never", error);
}

/* Whether there is anything that a backup would hold: tables of nobody else, or large objects. */
static bool has_content(const Migration *migration, bool *out_has, GError **error)
{
    static const char sql[] =
        "select exists (select from pg_catalog.pg_class c"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'retort'"
        " and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'"
        " and c.oid is distinct from pg_catalog.to_regclass($1)"
        " and not exists (select from pg_catalog.pg_depend d"
        " where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid"
        " and d.deptype = 'e'))"
        " or exists (select from pg_catalog.pg_largeobject_metadata)";
    const char *values[] = {version_table_quoted(migration->table)};
    g_autofree char *found = database_query_value(migration->db, sql, values, 1, error);
    if (found == NULL)
        return false;
    *out_has = g_str_equal(found, "t");
    return true;
}

/* Asks until the answer is one; an empty one is yes. */
static bool ask(bool *out_yes, GError **error)
{
    for (;;) {
        g_autofree char *typed = terminal_ask("Take a backup first? [Y/n] ", error);
        if (typed == NULL)
            return false;
        g_autofree char *answer = g_ascii_strdown(typed, -1);
        bool no = g_str_equal(answer, "n") || g_str_equal(answer, "no");
        if (!no && *answer != '\0' && !g_str_equal(answer, "y") && !g_str_equal(answer, "yes"))
            continue;
        *out_yes = !no;
        return true;
    }
}

static bool is_wanted(const BackupFirst *first, bool *out_wanted, GError **error)
{
    *out_wanted = false;
    if (first->when == BACKUP_NEVER || (first->when == BACKUP_ASK && !terminal_is(STDIN_FILENO)))
        return true;
    bool has = false;
    if (!has_content(first->migration, &has, error))
        return false;
    if (first->when == BACKUP_ASK && has)
        return ask(out_wanted, error);
    if (!has && first->when == BACKUP_ALWAYS)
        g_message("No backup is taken: the database has no tables yet");
    *out_wanted = has;
    return true;
}

bool backup_first(char **out_backup, void *data, GError **error)
{
    const BackupFirst *first = data;
    bool wanted = false;
    *out_backup = NULL;
    if (!is_wanted(first, &wanted, error))
        return false;
    if (!wanted)
        return true;
    const TakeBackup how = {
        .wait = (unsigned)first->options->wait,
        .quiet = first->migration->quiet,
    };
    g_autoptr(Manifest) manifest = take_backup(first->migration->project, &how, error);
    if (manifest == NULL) {
        g_prefix_error(error, "the backup before the run failed: ");
        error_add_hint(error, "nothing was changed; \"--no-backup\" runs without one");
        return false;
    }
    g_autofree char *size = output_bytes(manifest->stored_bytes);
    g_message("Backup %s: %u tables in %s, in %.1f s", manifest->id, manifest->tables->len, size,
              manifest->seconds);
    *out_backup = g_strdup(manifest->id);
    return true;
}
