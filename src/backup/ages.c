#include "backup/ages.h"

#include "backup/tree.h"

void backup_ages_clear(BackupAges *ages)
{
    g_free(ages->good);
    g_free(ages->proven);
    *ages = (BackupAges){0};
}

static bool is_too_new(int64_t time, int64_t now)
{
    return time > now + BACKUP_AGES_SLACK;
}

/* One that is broken may be of any: it does not count anyhow. */
static bool is_of(const Backup *backup, const char *database)
{
    return database == NULL || backup->manifest == NULL ||
           g_str_equal(backup->manifest->database, database);
}

/* @backup is older than all that were added. Whether there is no more to be found. */
static bool add(BackupAges *ages, const Backup *backup)
{
    if (ages->good == NULL && backup->state != BACKUP_BROKEN) {
        ages->good = g_strdup(backup->id);
        ages->good_time = backup->time;
    }
    if (backup->state != BACKUP_PROVEN)
        return false;
    ages->proven = g_strdup(backup->id);
    ages->proven_time = backup->time;
    return true;
}

void backup_ages_find(const GPtrArray *backups, const char *database, int64_t now,
                      BackupAges *out_ages)
{
    for (unsigned i = backups->len; i > 0; i--) {
        const Backup *backup = backups->pdata[i - 1];
        if (!is_too_new(backup->time, now) && is_of(backup, database) && add(out_ages, backup))
            return;
    }
}

/* Whether @id is to be read, since there was no good one yet, or it may be proven. */
static bool matters(const BackupAges *ages, const char *folder, const char *id)
{
    if (ages->good == NULL)
        return true;
    g_autofree char *path = g_build_filename(folder, id, PROVEN_FILE, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

bool backup_ages_read(const char *folder, const char *database, int64_t now, BackupAges *out_ages,
                      GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(folder, &names, error))
        return false;
    for (unsigned i = names != NULL ? names->len : 0; i > 0; i--) {
        const char *id = names->pdata[i - 1];
        int64_t time = 0;
        if (!backup_id_parse(id, &time) || is_too_new(time, now) || !matters(out_ages, folder, id))
            continue;
        g_autoptr(Backup) backup = repository_load(folder, id);
        if (backup != NULL && is_of(backup, database) && add(out_ages, backup))
            break;
    }
    return true;
}
