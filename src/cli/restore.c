/*
 * retort restore: a database from a backup or a dump, in the place of the one there is.
 */
#include "base/duration.h"
#include "base/interrupt.h"
#include "cli/chosen_backup.h"
#include "cli/confirm.h"
#include "cli/output.h"
#include "cli/replace.h"
#include "cli/restore_preview.h"
#include "cli/restore_tables.h"
#include "cli/run.h"

enum { MOST_JOBS = 64 };

typedef struct RestoreWanted {
    char *identities; /* (nullable) */
    char *folder;     /* (nullable) */
    char *yes;        /* (nullable) */
    char **tables;    /* (nullable): not the database, but these beside the live ones */
    char *into;       /* (nullable): the schema for them */
    char *before;     /* (nullable): a revision */
    gint jobs;
    gboolean dry_run;
    gboolean no_owner;
    gboolean empty;
    gboolean forget;
    gboolean json;
} RestoreWanted;

static void clear_wanted(RestoreWanted *wanted)
{
    g_free(wanted->identities);
    g_free(wanted->folder);
    g_free(wanted->yes);
    g_strfreev(wanted->tables);
    g_free(wanted->into);
    g_free(wanted->before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestoreWanted, clear_wanted)

static void report(const RestoreReport *done, const char *name, bool json)
{
    for (unsigned i = 0; i < done->notes->len; i++)
        g_warning("%s", (const char *)done->notes->pdata[i]);
    if (done->aside != NULL)
        g_message("\"%s\" is restored, in %.1f s; the old one is \"%s\" now\n"
                  "hint: \"retort restore --forget\" drops it",
                  name, done->seconds, done->aside);
    else
        g_message("\"%s\" is made and restored, in %.1f s", name, done->seconds);
    if (!json)
        return;
    g_autoptr(json_t) row = json_object();
    json_object_set_new(row, "database", output_string(name));
    json_object_set_new(row, "aside", output_string(done->aside));
    json_object_set_new(row, "seconds", json_real(done->seconds));
    json_object_set_new(row, "compared", json_boolean(done->compared));
    output_json(row);
}

/* (transfer full): " by backup … of database …, 3 hours old"; "" for a dump, which was named. */
static char *format_origin(const Backup *backup, const char *word)
{
    if (backup == NULL)
        return g_strdup("");
    const int64_t seconds = g_get_real_time() / G_USEC_PER_SEC - backup->time;
    g_autofree char *age = duration_in_words(MAX(seconds, 0));
    return g_strdup_printf(" %s backup %s of database \"%s\", which is %s old", word, backup->id,
                           backup->manifest->database, age);
}

/* Several databases may share a folder of backups. */
static void warn_of_another(const Backup *backup, const char *name)
{
    if (backup != NULL && !g_str_equal(backup->manifest->database, name))
        g_warning("backup \"%s\" is of database \"%s\", not of \"%s\"", backup->id,
                  backup->manifest->database, name);
}

static bool confirm(const RestoreTarget *target, const Backup *backup, const char *yes,
                    GError **error)
{
    const char *name = settings_get(target->settings, "dbname");
    const bool there = target->db != NULL;
    g_autofree char *origin = format_origin(backup, there ? "by" : "from");
    g_autofree char *what =
        g_strdup_printf(there ? "database \"%s\" will be replaced%s"
                              : "database \"%s\" does not exist and will be created%s",
                        name, origin);
    warn_of_another(backup, name);
    return confirm_name(what, name, yes, error);
}

static bool replace(Project *project, NamedDump *named, const RestoreWanted *wanted, bool quiet,
                    GError **error)
{
    g_auto(RestoreTarget) target = {0};
    g_auto(RestoreReport) done = {0};
    const Replace how = {wanted->identities, (unsigned)wanted->jobs, wanted->no_owner,
                         wanted->empty, quiet};
    if (!restore_target_find(project, &target, error) || !replace_expect_no_run(&target, error) ||
        !confirm(&target, named->backup, wanted->yes, error))
        return false;
    if (!interrupt_watch(error))
        return false;
    if (!replace_database(project, named, &target, &how, &done, error))
        return false;
    report(&done, settings_get(target.settings, "dbname"), wanted->json);
    return true;
}

static bool forget(Project *project, const RestoreWanted *wanted, GError **error)
{
    g_autoptr(Database) db = project_open_database(project, error);
    g_auto(GStrv) names = db != NULL ? restore_list_asides(db, database_name(db), error) : NULL;
    if (names == NULL)
        return false;
    for (char **name = names; *name != NULL; name++)
        g_print("%s\n", *name);
    if (wanted->dry_run || *names == NULL)
        return true;
    g_autofree char *what =
        g_strdup_printf("what restores of \"%s\" put aside will be dropped", database_name(db));
    if (!confirm_name(what, database_name(db), wanted->yes, error))
        return false;
    for (char **name = names; *name != NULL; name++)
        if (!restore_drop_aside(db, *name, error))
            return false;
    return true;
}

static bool check_wanted(const RestoreWanted *wanted, char **words, GError **error)
{
    if (wanted->jobs < 1 || wanted->jobs > MOST_JOBS)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "--jobs must be from 1 to %d", MOST_JOBS);
    else if (wanted->tables == NULL && wanted->into != NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "--into goes with --table");
    else if (wanted->tables != NULL && wanted->forget)
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "--table goes without --forget");
    else if (wanted->empty && (wanted->tables != NULL || wanted->forget))
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "--empty goes without --table and without --forget");
    else if (wanted->before != NULL && (wanted->forget || words[0] != NULL))
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "--before goes without a backup and without --forget");
    else if (wanted->before == NULL && wanted->forget != (words[0] == NULL))
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    wanted->forget ? "--forget goes without a backup"
                                   : "which backup or dump is to be restored?\n"
                                     "hint: retort restore latest; \"retort backups\" lists them");
    else if (g_strcmp0(words[0], "-") == 0 && wanted->yes == NULL && wanted->tables == NULL &&
             !wanted->dry_run)
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "a dump that comes through a pipe needs the consent before\n"
                    "hint: say which database is to be replaced: --yes NAME");
    else
        return true;
    return false;
}

static bool take_tables(Project *project, const NamedDump *named, const RestoreWanted *wanted,
                        bool quiet, GError **error)
{
    const RestoreFrom from = {named->backup, named->source, named->directory};
    const TablesWanted tables = {
        .tables = (const char *const *)wanted->tables,
        .into = wanted->into,
        .identities = chosen_identities(project, wanted->identities),
        .jobs = (unsigned)wanted->jobs,
        .dry_run = wanted->dry_run,
        .json = wanted->json,
        .quiet = quiet,
    };
    return restore_tables(project, &from, &tables, error);
}

static bool restore(Project *project, const char *name, const RestoreWanted *wanted, bool quiet,
                    GError **error)
{
    project_expect_named(project);
    if (project_settings(project, error) == NULL)
        return false;
    if (wanted->forget)
        return forget(project, wanted, error);
    g_auto(NamedDump) named = {.held = -1};
    const DumpName dump = {name, wanted->before, wanted->folder, wanted->identities};
    if (!named_dump_find(project, &dump, &named, error))
        return false;
    if (wanted->tables != NULL)
        return take_tables(project, &named, wanted, quiet, error);
    if (wanted->dry_run)
        return restore_preview(project, &named, wanted->json, error);
    return replace(project, &named, wanted, quiet, error);
}

bool run_restore(int argc, char **argv, GError **error)
{
    g_auto(RestoreWanted) wanted = {.jobs = 1};
    const GOptionEntry entries[] = {
        {"yes", 'y', 0, G_OPTION_ARG_STRING, &wanted.yes,
         "the name of the database that may be replaced, instead of asking", "NAME"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wanted.dry_run, "only say what would be done", NULL},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &wanted.jobs,
         "connections at once, for the format directory", "N"},
        {"identity", 'i', 0, G_OPTION_ARG_FILENAME, &wanted.identities,
         "file of age's private key, for what is encrypted (or RETORT_IDENTITY)", "FILE"},
        {"folder", 0, 0, G_OPTION_ARG_FILENAME, &wanted.folder,
         "folder of backups (default: of retort.ini)", "FOLDER"},
        {"no-owner", 'O', 0, G_OPTION_ARG_NONE, &wanted.no_owner,
         "all belongs to your role, and rights are left out: where roles are missing", NULL},
        {"empty", 0, 0, G_OPTION_ARG_NONE, &wanted.empty,
         "a dump without any row may replace the database", NULL},
        {"table", 't', 0, G_OPTION_ARG_STRING_ARRAY, &wanted.tables,
         "only this table (several times: these), into a schema beside the live ones", "TABLE"},
        {"into", 0, 0, G_OPTION_ARG_STRING, &wanted.into,
         "schema for --table (default: restored_ and the time)", "SCHEMA"},
        {"before", 0, 0, G_OPTION_ARG_STRING, &wanted.before,
         "the backup from before this revision was applied, in the place of BACKUP", "REVISION"},
        {"forget", 0, 0, G_OPTION_ARG_NONE, &wanted.forget,
         "drop the databases that restores put aside", NULL},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 1, error) ||
        !check_wanted(&wanted, words, error))
        return false;
    g_autoptr(Project) project = project_open_anywhere(&options, error);
    return project != NULL && restore(project, words[0], &wanted, options.quiet, error);
}
