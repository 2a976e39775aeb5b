#include "backup/prune.h"

#include "backup/partial.h"

#include <unistd.h>

/* A backup on which the removal of others rests. */
typedef struct Guard {
    const Backup *backup;
    int lock;
} Guard;

typedef struct Pruning {
    const PruneOptions *options;
    PruneTell *tell;
    void *data;
    GArray *guards; /* Guard: of each database the newest good one, the newest proven one */
} Pruning;

static bool refuse_change(const Backup *backup, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                "backup \"%s\", for which others may go, is no longer %s: no more are removed\n"
                "hint: \"retort backups\" says why; then prune again",
                backup->id, backup_state_name(backup->state));
    return false;
}

/* What may go was found before the locks were had: both are as good as they were then. */
static bool check_guards(const Pruning *pruning, GError **error)
{
    for (unsigned i = 0; i < pruning->guards->len; i++) {
        const Backup *backup = g_array_index(pruning->guards, Guard, i).backup;
        g_autoptr(Backup) now = backup_reload(backup);
        if (now == NULL || now->state < backup->state)
            return refuse_change(backup, error);
    }
    return true;
}

/* Of those of at least @state that count the newest of each database. */
static bool hold_newest(const Pruning *pruning, const GPtrArray *backups, BackupState state,
                        GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = backups->len; i > 0; i--) {
        const Backup *backup = backups->pdata[i - 1];
        if (backup->state < state || backup->time > pruning->options->now ||
            !g_hash_table_add(seen, backup->manifest->database))
            continue;
        const Guard guard = {backup, backup_hold(backup, false, error)};
        if (guard.lock < 0)
            return false;
        g_array_append_val(pruning->guards, guard);
    }
    return true;
}

static bool hold_guards(const Pruning *pruning, const GPtrArray *backups, GError **error)
{
    return hold_newest(pruning, backups, BACKUP_STORED, error) &&
           hold_newest(pruning, backups, BACKUP_PROVEN, error);
}

static void release_guards(const Pruning *pruning)
{
    for (unsigned i = 0; i < pruning->guards->len; i++)
        close(g_array_index(pruning->guards, Guard, i).lock);
    g_array_unref(pruning->guards);
}

/* What becomes of a backup that could not be had, or not be removed: no error if another process
 * uses, pins or removes it meanwhile. */
static bool judge_failure(const Pruning *pruning, const Backup *backup, bool held, GError *fault,
                          GError **error)
{
    if (fault->code == APP_ERROR_LOCKED)
        pruning->tell(backup, PRUNE_IN_USE, NULL, pruning->data);
    else if (fault->code == APP_ERROR_REFUSED)
        pruning->tell(backup, PRUNE_KEPT, "pinned", pruning->data);
    else if (!held && !g_file_test(backup->folder, G_FILE_TEST_EXISTS))
        pruning->tell(backup, PRUNE_GONE, NULL, pruning->data);
    else {
        g_propagate_error(error, fault);
        return false;
    }
    g_error_free(fault);
    return true;
}

static bool remove_one(const Pruning *pruning, const Backup *backup, GError **error)
{
    if (!check_guards(pruning, error))
        return false;
    GError *fault = NULL; /* judged below */
    int lock = backup_hold(backup, true, &fault);
    bool removed = lock >= 0 && backup_remove_held(backup, &fault);
    if (lock >= 0)
        close(lock);
    if (!removed)
        return judge_failure(pruning, backup, lock >= 0, fault, error);
    pruning->tell(backup, PRUNE_REMOVED, NULL, pruning->data);
    return true;
}

static bool prune_listed(const Pruning *pruning, const GPtrArray *backups, GError **error)
{
    g_autoptr(GPtrArray) reasons =
        retention_explain(backups, pruning->options->retention, pruning->options->now);
    for (unsigned i = 0; i < backups->len; i++) {
        if (reasons->pdata[i] != NULL)
            pruning->tell(backups->pdata[i], PRUNE_KEPT, reasons->pdata[i], pruning->data);
        else if (pruning->options->dry_run)
            pruning->tell(backups->pdata[i], PRUNE_REMOVED, NULL, pruning->data);
        else if (!remove_one(pruning, backups->pdata[i], error))
            return false;
    }
    return true;
}

bool prune(const PruneOptions *options, PruneTell *tell, void *data, GError **error)
{
    if (!options->dry_run && !partial_sweep(options->folder, error))
        return false;
    g_autoptr(GPtrArray) backups = repository_list(options->folder, error);
    if (backups == NULL)
        return false;
    const Pruning pruning = {options, tell, data, g_array_new(FALSE, FALSE, sizeof(Guard))};
    bool pruned = (options->dry_run || hold_guards(&pruning, backups, error)) &&
                  prune_listed(&pruning, backups, error);
    release_guards(&pruning);
    return pruned;
}
