/*
 * Backups for programs: what include/retort_backups.h promises, by what the commands are made of.
 */
#include "backup/prune.h"
#include "cli/attest.h"
#include "cli/chosen_backup.h"
#include "cli/confirm.h"
#include "cli/pruned.h"
#include "cli/replace.h"
#include "cli/take_backup.h"
#include "retort_backups.h"

#include <stdlib.h>
#include <unistd.h>

struct RetortKeeper {
    char *config;       /* (nullable) */
    char *database_url; /* (nullable) */
    GError *error;      /* (nullable): of the last function */
    GPtrArray *texts;   /* (element-type utf8): given out by the last function */
};

RetortKeeper *retort_keeper_new(const char *config, const char *database_url)
{
    RetortKeeper *keeper = g_new0(RetortKeeper, 1);
    keeper->config = g_strdup(config);
    keeper->database_url = g_strdup(database_url);
    keeper->texts = g_ptr_array_new_with_free_func(g_free);
    return keeper;
}

void retort_keeper_free(RetortKeeper *keeper)
{
    if (keeper == NULL)
        return;
    g_free(keeper->config);
    g_free(keeper->database_url);
    g_clear_error(&keeper->error);
    g_ptr_array_unref(keeper->texts);
    g_free(keeper);
}

const char *retort_keeper_error(const RetortKeeper *keeper)
{
    return keeper->error != NULL ? keeper->error->message : "";
}

int retort_keeper_status(const RetortKeeper *keeper)
{
    if (keeper->error == NULL)
        return EXIT_SUCCESS;
    return keeper->error->domain == APP_ERROR ? keeper->error->code : EXIT_FAILURE;
}

/* Begins a function: (transfer full) (nullable) the project as its files are now. */
static Project *begin(RetortKeeper *keeper)
{
    g_clear_error(&keeper->error);
    g_ptr_array_set_size(keeper->texts, 0);
    const Options options = {.config = keeper->config, .database_url = keeper->database_url};
    Project *project = project_open_anywhere(&options, &keeper->error);
    if (project != NULL)
        project_expect_named(project);
    return project;
}

/* Keeps @text (transfer full) until the next function. */
static const char *keep(RetortKeeper *keeper, char *text)
{
    g_ptr_array_add(keeper->texts, text);
    return text;
}

static const char *or_latest(const char *id)
{
    return id != NULL ? id : "latest";
}

static void describe_manifest(RetortKeeper *keeper, const Manifest *manifest, RetortBackup *out)
{
    out->database = keep(keeper, g_strdup(manifest->database));
    out->revisions = keep(keeper, manifest_join_revisions(manifest));
    out->bytes = manifest->stored_bytes;
    out->rows = manifest_count_rows(manifest);
    out->seconds = manifest->seconds;
}

static RetortBackup describe(RetortKeeper *keeper, const Backup *backup)
{
    RetortBackup out = {
        .id = keep(keeper, g_strdup(backup->id)),
        .folder = keep(keeper, g_strdup(backup->folder)),
        .state = backup_state_name(backup->state),
        .fault = keep(keeper, g_strdup(backup->fault)),
        .pinned = keep(keeper, g_strdup(backup->pinned)),
        .time = backup->time,
    };
    if (backup->manifest != NULL)
        describe_manifest(keeper, backup->manifest, &out);
    return out;
}

static void show(RetortKeeper *keeper, const Backup *backup, RetortSeeBackup *see, void *data)
{
    const RetortBackup shown = describe(keeper, backup);
    see(&shown, data);
    g_ptr_array_set_size(keeper->texts, 0);
}

bool retort_backup(RetortKeeper *keeper, const RetortBackupOptions *options,
                   RetortBackup *out_backup)
{
    static const RetortBackupOptions none;
    g_autoptr(Project) project = begin(keeper);
    if (project == NULL)
        return false;
    options = options != NULL ? options : &none;
    g_autofree char *jobs = options->jobs > 0 ? g_strdup_printf("%u", options->jobs) : NULL;
    const TakeBackup how = {
        .format = options->format,
        .jobs = jobs,
        .compress = options->compress,
        .recipients = options->recipients,
        .folder = options->folder,
        .wait = TAKE_BACKUP_WAIT,
        .quiet = true,
    };
    g_autoptr(Manifest) manifest = take_backup(project, &how, &keeper->error);
    if (manifest == NULL || out_backup == NULL)
        return manifest != NULL;
    g_autofree char *folder = chosen_folder(project, options->folder);
    g_autoptr(Backup) backup = repository_find(folder, manifest->id, &keeper->error);
    if (backup != NULL)
        *out_backup = describe(keeper, backup);
    return backup != NULL;
}

bool retort_backup_stream(RetortKeeper *keeper, int descriptor)
{
    g_autoptr(Project) project = begin(keeper);
    const TakeBackup how = {.wait = TAKE_BACKUP_WAIT, .quiet = true};
    return project != NULL && take_backup_stream(project, &how, descriptor, &keeper->error);
}

bool retort_backups(RetortKeeper *keeper, RetortSeeBackup *see, void *data)
{
    g_autoptr(Project) project = begin(keeper);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    g_autoptr(GPtrArray) backups = repository_list(folder, &keeper->error);
    for (unsigned i = 0; backups != NULL && i < backups->len; i++)
        show(keeper, backups->pdata[i], see, data);
    return backups != NULL;
}

/* Returns: whether nothing was wrong; else it is said, and the error is set. */
static bool judge(RetortKeeper *keeper, const Backup *backup, const GPtrArray *faults,
                  RetortSay *say, void *data)
{
    for (unsigned i = 0; say != NULL && i < faults->len; i++)
        say(faults->pdata[i], data);
    if (faults->len > 0)
        g_set_error(&keeper->error, APP_ERROR, APP_ERROR_VERIFY,
                    "backup \"%s\": %u things are wrong: %s …", backup->id, faults->len,
                    (const char *)faults->pdata[0]);
    return faults->len == 0;
}

bool retort_verify(RetortKeeper *keeper, const char *id, RetortSay *say, void *data)
{
    g_autoptr(Project) project = begin(keeper);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    const bool newest = g_str_equal(or_latest(id), "latest");
    g_autoptr(Backup) backup = newest ? repository_newest(folder, &keeper->error)
                                      : repository_find(folder, id, &keeper->error);
    g_autoptr(GPtrArray) faults = NULL;
    double seconds = 0;
    return backup != NULL && attest_files(backup, NULL, NULL, &faults, &seconds, &keeper->error) &&
           judge(keeper, backup, faults, say, data);
}

bool retort_drill(RetortKeeper *keeper, const char *id, const char *identities, RetortSay *say,
                  void *data)
{
    g_autoptr(Project) project = begin(keeper);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    int held = -1;
    g_autoptr(Backup) backup = chosen_backup(folder, or_latest(id), &held, &keeper->error);
    g_auto(DrillReport) found = {0};
    bool good = backup != NULL &&
                attest_content(project, backup, chosen_identities(project, identities), true,
                               &found, &keeper->error) &&
                judge(keeper, backup, found.faults, say, data);
    if (held >= 0)
        close(held);
    return good;
}

/* Who is shown what goes. */
typedef struct Seeing {
    RetortKeeper *keeper;
    RetortSeeBackup *see; /* (nullable) */
    void *data;
} Seeing;

static void see_fate(const Backup *backup, PruneFate fate, const char *why, void *data)
{
    (void)why;
    const Seeing *seeing = data;
    if (fate == PRUNE_REMOVED && seeing->see != NULL)
        show(seeing->keeper, backup, seeing->see, seeing->data);
}

bool retort_prune(RetortKeeper *keeper, const char *keep_text, bool dry_run, RetortSeeBackup *see,
                  void *data)
{
    g_autoptr(Project) project = begin(keeper);
    Retention retention = {0};
    if (project == NULL ||
        !pruned_read_keep(project_config(project), keep_text, &retention, &keeper->error))
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    Seeing seeing = {keeper, see, data};
    const PruneOptions options = {folder, &retention, g_get_real_time() / G_USEC_PER_SEC, dry_run};
    return prune(&options, see_fate, &seeing, &keeper->error);
}

bool retort_pin(RetortKeeper *keeper, const char *id, const char *why)
{
    g_autoptr(Project) project = begin(keeper);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    g_autoptr(Backup) backup = repository_find(folder, or_latest(id), &keeper->error);
    return backup != NULL && backup_pin(backup, why, &keeper->error);
}

/* Nobody is asked: what is not said is refused. */
static bool agree(RetortKeeper *keeper, const char *name, const char *said)
{
    return confirm_name("database", name, said != NULL ? said : "", &keeper->error);
}

bool retort_restore(RetortKeeper *keeper, const char *what, const RetortRestoreOptions *options,
                    const char **out_aside)
{
    g_autoptr(Project) project = begin(keeper);
    g_auto(NamedDump) named = {.held = -1};
    g_auto(RestoreTarget) target = {0};
    g_auto(RestoreReport) done = {0};
    const DumpName dump = {what, NULL, options->folder, options->identities};
    const Replace how = {options->identities, MAX(options->jobs, 1), options->without_owners,
                         options->may_be_empty, true};
    if (project == NULL || !named_dump_find(project, &dump, &named, &keeper->error) ||
        !restore_target_find(project, &target, &keeper->error) ||
        !replace_expect_no_run(&target, &keeper->error) ||
        !agree(keeper, settings_get(target.settings, "dbname"), options->database) ||
        !replace_database(project, &named, &target, &how, &done, &keeper->error))
        return false;
    for (unsigned i = 0; i < done.notes->len; i++)
        g_warning("%s", (const char *)done.notes->pdata[i]);
    if (out_aside != NULL)
        *out_aside = keep(keeper, g_strdup(done.aside));
    return true;
}

bool retort_restore_forget(RetortKeeper *keeper, const char *database)
{
    g_autoptr(Project) project = begin(keeper);
    g_autoptr(Database) db =
        project != NULL ? project_open_database(project, &keeper->error) : NULL;
    if (db == NULL || !agree(keeper, database_name(db), database))
        return false;
    g_auto(GStrv) names = restore_list_asides(db, database_name(db), &keeper->error);
    for (char **name = names; name != NULL && *name != NULL; name++)
        if (!restore_drop_aside(db, *name, &keeper->error))
            return false;
    return names != NULL;
}
