#include "backup/repository.h"

#include "backup/ages.h"
#include "backup/partial.h"
#include "backup/tree.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Far above what a hundred thousand tables need. */
enum { LONGEST_MANIFEST = 256 << 20, LONGEST_REASON = 1 << 16, NAMED_IN_HINT = 5 };

static bool fail(const char *what, const char *path, int reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s \"%s\": %s", what, path,
                g_strerror(reason));
    return false;
}

void backup_free(Backup *backup)
{
    if (backup == NULL)
        return;
    g_free(backup->id);
    g_free(backup->folder);
    manifest_free(backup->manifest);
    g_free(backup->fault);
    backup_result_free(backup->verified);
    backup_result_free(backup->drill);
    g_free(backup->pinned);
    g_free(backup);
}

static void free_backup(void *backup)
{
    backup_free(backup);
}

const char *backup_state_name(BackupState state)
{
    static const char *const names[] = {"broken", "stored", "verified", "proven"};
    return names[state];
}

static bool is_folder(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static Manifest *load_manifest(const Backup *backup, GError **error)
{
    g_autofree char *path = g_build_filename(backup->folder, MANIFEST_FILE, NULL);
    g_autofree char *text = tree_read_text(path, LONGEST_MANIFEST, error);
    g_autoptr(Manifest) manifest = text != NULL ? manifest_parse(path, text, error) : NULL;
    if (manifest == NULL || g_str_equal(manifest->id, backup->id))
        return g_steal_pointer(&manifest);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: this is the manifest of backup \"%s\"",
                path, manifest->id);
    return NULL;
}

/* (transfer full) (nullable): whatever is in the file, it is pinned. */
static char *load_pinned(const Backup *backup)
{
    g_autofree char *path = g_build_filename(backup->folder, PINNED_FILE, NULL);
    struct stat found;
    if (lstat(path, &found) != 0)
        return NULL;
    char *why = tree_read_text(path, LONGEST_REASON, NULL); /* pinned without a reason then */
    return why != NULL ? g_strstrip(why) : g_strdup("");
}

/* What the last verify or drill says is wrong; a later drill that passed knows better than a
 * verify. (transfer none) (nullable) */
static const char *find_fault(const Backup *backup)
{
    const BackupResult *verified = backup->verified, *drill = backup->drill;
    const BackupResult *failed = NULL;
    if (drill != NULL && !drill->good)
        failed = drill;
    else if (verified != NULL && !verified->good &&
             (drill == NULL || strcmp(drill->at, verified->at) <= 0))
        failed = verified;
    if (failed == NULL)
        return NULL;
    return failed->fault != NULL ? failed->fault
           : failed == drill     ? "the drill failed"
                                 : "the checksums were wrong";
}

static void judge(Backup *backup)
{
    if (backup->fault == NULL)
        backup->fault = g_strdup(find_fault(backup));
    backup->state = backup->fault != NULL      ? BACKUP_BROKEN
                    : backup->drill != NULL    ? BACKUP_PROVEN
                    : backup->verified != NULL ? BACKUP_VERIFIED
                                               : BACKUP_STORED;
}

Backup *repository_load(const char *folder, const char *id)
{
    g_autoptr(Backup) backup = g_new0(Backup, 1);
    backup->id = g_strdup(id);
    backup->folder = g_build_filename(folder, id, NULL);
    backup_id_parse(id, &backup->time);
    g_autoptr(GError) error = NULL; /* is the backup's fault, no error of ours */
    backup->manifest = load_manifest(backup, &error);
    if (backup->manifest != NULL &&
        backup_result_load(backup->folder, VERIFIED_FILE, &backup->verified, &error))
        (void)backup_result_load(backup->folder, PROVEN_FILE, &backup->drill, &error);
    if (error != NULL)
        backup->fault = g_strdup(error->message);
    backup->pinned = load_pinned(backup);
    judge(backup);
    return is_folder(backup->folder) ? g_steal_pointer(&backup) : NULL;
}

Backup *backup_reload(const Backup *backup)
{
    g_autofree char *above = g_path_get_dirname(backup->folder);
    return repository_load(above, backup->id);
}

GPtrArray *repository_list(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(folder, &names, error))
        return NULL;
    GPtrArray *backups = g_ptr_array_new_with_free_func(free_backup);
    for (unsigned i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = g_build_filename(folder, name, NULL);
        Backup *backup =
            backup_id_parse(name, NULL) && is_folder(path) ? repository_load(folder, name) : NULL;
        if (backup != NULL)
            g_ptr_array_add(backups, backup);
    }
    return backups;
}

/* One that began later than now, when a clock was wrong, hides none that came after it. */
static Backup *find_latest(const GPtrArray *backups)
{
    const int64_t newest = g_get_real_time() / G_USEC_PER_SEC + BACKUP_AGES_SLACK;
    Backup *found = NULL;
    for (unsigned i = backups->len; i > 0; i--) {
        Backup *backup = backups->pdata[i - 1];
        if (backup->state == BACKUP_BROKEN)
            continue;
        if (backup->time <= newest)
            return backup;
        found = found != NULL ? found : backup;
    }
    return found;
}

static void append_id(GString *ids, const char *id)
{
    g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "", id);
}

/* (transfer full): the newest ids that begin with @name. */
static char *list_ids(const GPtrArray *backups, const char *name)
{
    GString *ids = g_string_new(NULL);
    unsigned named = 0;
    for (unsigned i = backups->len; i > 0; i--) {
        const Backup *backup = backups->pdata[i - 1];
        if (!g_str_has_prefix(backup->id, name))
            continue;
        if (named == NAMED_IN_HINT)
            append_id(ids, "…");
        if (named++ < NAMED_IN_HINT)
            append_id(ids, backup->id);
        else
            break;
    }
    return g_string_free(ids, FALSE);
}

static void refuse_name(const char *folder, const char *name, const GPtrArray *backups,
                        unsigned count, GError **error)
{
    g_autofree char *ids = list_ids(backups, count > 1 ? name : "");
    if (backups->len == 0)
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "there are no backups in \"%s\"\nhint: \"retort backup\" makes one", folder);
    else if (count > 1)
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "\"%s\" is the beginning of %u backups\nhint: say more of it: %s", name, count,
                    ids);
    else if (g_str_equal(name, "latest"))
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "all backups in \"%s\" are broken\nhint: \"retort backups\" says why: %s",
                    folder, ids);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "there is no backup \"%s\" in \"%s\"\nhint: there are: %s", name, folder, ids);
}

Backup *repository_find(const char *folder, const char *name, GError **error)
{
    g_autoptr(GPtrArray) backups = repository_list(folder, error);
    if (backups == NULL)
        return NULL;
    Backup *found = NULL;
    unsigned count = 0;
    if (g_str_equal(name, "latest"))
        found = find_latest(backups);
    for (unsigned i = 0; found == NULL && i < backups->len && *name != '\0'; i++)
        count += g_str_has_prefix(((const Backup *)backups->pdata[i])->id, name);
    for (unsigned i = 0; count == 1 && found == NULL && i < backups->len; i++)
        if (g_str_has_prefix(((const Backup *)backups->pdata[i])->id, name))
            found = backups->pdata[i];
    if (found == NULL) {
        refuse_name(folder, name, backups, count, error);
        return NULL;
    }
    g_ptr_array_set_free_func(backups, NULL);
    for (unsigned i = 0; i < backups->len; i++)
        if (backups->pdata[i] != found)
            backup_free(backups->pdata[i]);
    return found;
}

Backup *repository_newest(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) backups = repository_list(folder, error);
    if (backups == NULL)
        return NULL;
    if (backups->len > 0)
        return g_ptr_array_steal_index(backups, backups->len - 1);
    refuse_name(folder, "latest", backups, 0, error);
    return NULL;
}

static int refuse_gone(const Backup *backup, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "backup \"%s\" is there no more", backup->id);
    return -1;
}

/* The lock's file; where nothing can be written, nobody removes a backup either: the folder will
 * do then. */
static int open_lock(const char *path, const Backup *backup, bool alone)
{
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock >= 0 || alone || (errno != EROFS && errno != EACCES))
        return lock;
    lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0 && errno == ENOENT)
        lock = open(backup->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return lock;
}

/* Whether what is locked is still what others find by its name. */
static bool is_still(int lock, const char *path, const Backup *backup)
{
    struct stat held, found;
    return fstat(lock, &held) == 0 &&
           lstat(S_ISDIR(held.st_mode) ? backup->folder : path, &found) == 0 &&
           held.st_ino == found.st_ino && held.st_dev == found.st_dev;
}

int backup_hold(const Backup *backup, bool alone, GError **error)
{
    g_autofree char *path = g_build_filename(backup->folder, LOCK_FILE, NULL);
    int lock = open_lock(path, backup, alone);
    if (lock < 0 && errno == ENOENT)
        return refuse_gone(backup, error);
    if (lock < 0) {
        fail("open file", path, errno, error);
        return -1;
    }
    if (flock(lock, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                        "backup \"%s\" is in use by another process", backup->id);
        else
            fail("lock file", path, errno, error);
        close(lock);
        return -1;
    }
    if (is_still(lock, path, backup))
        return lock;
    close(lock);
    return refuse_gone(backup, error);
}

bool backup_record_verified(const Backup *backup, const BackupResult *result, GError **error)
{
    return backup_result_write(backup->folder, VERIFIED_FILE, result, error);
}

bool backup_record_drill(const Backup *backup, const BackupResult *result, GError **error)
{
    return backup_result_write(backup->folder, PROVEN_FILE, result, error);
}

static bool write_pinned(const Backup *backup, const char *path, const char *why, GError **error)
{
    if (why != NULL) {
        g_autofree char *line = *why != '\0' ? g_strconcat(why, "\n", NULL) : g_strdup("");
        return file_write(path, line, FILE_PRIVATE, error);
    }
    if (g_unlink(path) != 0 && errno != ENOENT)
        return fail("remove file", path, errno, error);
    return tree_sync_folder(backup->folder, error);
}

bool backup_pin(const Backup *backup, const char *why, GError **error)
{
    if (why != NULL && (strpbrk(why, "\r\n") != NULL || !g_utf8_validate(why, -1, NULL))) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "a reason is one line of text");
        return false;
    }
    int lock = backup_hold(backup, false, error);
    if (lock < 0)
        return false;
    g_autofree char *path = g_build_filename(backup->folder, PINNED_FILE, NULL);
    bool done = write_pinned(backup, path, why, error);
    close(lock);
    return done;
}

bool backup_remove_held(const Backup *backup, GError **error)
{
    g_autofree char *above = g_path_get_dirname(backup->folder);
    g_autofree char *partial = partial_path(above, backup->id);
    g_autofree char *pinned = load_pinned(backup);
    if (pinned != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED, "backup \"%s\" is pinned", backup->id);
        return false;
    }
    if (rename(backup->folder, partial) != 0)
        return fail("remove", backup->folder, errno, error);
    return tree_sync_folder(above, error) && file_remove_tree(partial, error);
}

bool backup_remove(const Backup *backup, GError **error)
{
    int lock = backup_hold(backup, true, error);
    if (lock < 0)
        return false;
    bool removed = backup_remove_held(backup, error);
    close(lock);
    return removed;
}
