#include "backup/partial.h"

#include "backup/moment.h"
#include "backup/tree.h"
#include "backup/verify.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PREFIX ".partial-"
/* Held while a partial folder is made and gets its lock: none is without one for others. */
#define FOLDER_LOCK ".lock"

struct PartialBackup {
    char *above; /* the folder of backups */
    char *id;
    char *folder;
    int lock;
    bool committed;
};

static bool fail(const char *what, const char *path, int reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s \"%s\": %s", what, path,
                g_strerror(reason));
    return false;
}

char *partial_path(const char *folder, const char *id)
{
    g_autofree char *name = g_strconcat(PREFIX, id, NULL);
    return g_build_filename(folder, name, NULL);
}

static int lock_folder(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, FOLDER_LOCK, NULL);
    return file_lock(path, true, error);
}

/*
 * Whether nobody is at it. One that was renamed meanwhile is not found by its old name, and so not
 * harmed. Without a lock it is of one that died, or of one that has nearly removed it.
 */
static bool is_left(const char *path)
{
    g_autofree char *lock = g_build_filename(path, LOCK_FILE, NULL);
    int file = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT;
    bool left = flock(file, LOCK_SH | LOCK_NB) == 0;
    close(file);
    return left;
}

static bool sweep_one(const char *folder, const char *name, GError **error)
{
    if (!g_str_has_prefix(name, PREFIX) || !backup_id_parse(name + strlen(PREFIX), NULL))
        return true;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return !is_left(path) || file_remove_tree(path, error);
}

static bool sweep(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(folder, &names, error))
        return false;
    for (unsigned i = 0; names != NULL && i < names->len; i++)
        if (!sweep_one(folder, names->pdata[i], error))
            return false;
    return true;
}

bool partial_sweep(const char *folder, GError **error)
{
    if (!g_file_test(folder, G_FILE_TEST_EXISTS))
        return true;
    int lock = lock_folder(folder, error);
    if (lock < 0)
        return false;
    bool swept = sweep(folder, error);
    close(lock);
    return swept;
}

/* The folder of backups, with those above it that are missing. */
static bool make_above(const char *folder, GError **error)
{
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return true;
    g_autofree char *above = g_path_get_dirname(folder);
    return file_make_folder(folder, 0700, error) && tree_sync_folder(above, error);
}

static bool make_folder(PartialBackup *partial, GError **error)
{
    if (g_mkdir(partial->folder, 0700) != 0)
        return fail("create folder", partial->folder, errno, error);
    g_autofree char *lock = g_build_filename(partial->folder, LOCK_FILE, NULL);
    partial->lock = file_lock(lock, false, error);
    if (partial->lock < 0)
        g_rmdir(partial->folder);
    return partial->lock >= 0;
}

PartialBackup *partial_begin(const char *folder, const char *id, GError **error)
{
    g_assert(backup_id_parse(id, NULL));
    if (!make_above(folder, error))
        return NULL;
    int lock = lock_folder(folder, error);
    if (lock < 0)
        return NULL;
    PartialBackup *partial = g_new0(PartialBackup, 1);
    *partial = (PartialBackup){g_strdup(folder), g_strdup(id), partial_path(folder, id), -1};
    bool begun = sweep(folder, error) && make_folder(partial, error);
    close(lock);
    if (!begun)
        g_clear_pointer(&partial, partial_free);
    return partial;
}

const char *partial_folder(const PartialBackup *partial)
{
    return partial->folder;
}

void partial_free(PartialBackup *partial)
{
    if (partial == NULL)
        return;
    if (partial->lock >= 0 && !partial->committed)
        file_remove_tree(partial->folder, NULL); /* else the next one sweeps it */
    if (partial->lock >= 0)
        close(partial->lock);
    g_free(partial->above);
    g_free(partial->id);
    g_free(partial->folder);
    g_free(partial);
}

static bool check_files(const Manifest *manifest, const GPtrArray *entries, GError **error)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) files = verify_names(manifest, entries, faults);
    if (faults->len == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "backup \"%s\" is not whole: %s", manifest->id,
                (const char *)faults->pdata[0]);
    return false;
}

static bool write_manifest(const PartialBackup *partial, const Manifest *manifest, GError **error)
{
    g_autofree char *path = g_build_filename(partial->folder, MANIFEST_FILE, NULL);
    g_autofree char *text = manifest_format(manifest);
    g_autoptr(Manifest) again = manifest_parse(path, text, error); /* what others will read */
    return again != NULL && file_write(path, text, FILE_PRIVATE, error);
}

/* A rename that replaces nothing; a folder of files is never replaced, where there is no such. */
static bool rename_to_new(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ||
           ((errno == EINVAL || errno == ENOSYS) && rename(from, to) == 0);
}

static bool give_name(PartialBackup *partial, GError **error)
{
    g_autofree char *path = g_build_filename(partial->above, partial->id, NULL);
    if (!rename_to_new(partial->folder, path))
        return fail("create folder", path, errno, error);
    /* A name that may be gone after a power cut is none. */
    if (!tree_sync_folder(partial->above, error)) {
        if (rename(path, partial->folder) == 0)
            return false;
        g_clear_error(error);
        g_warning("backup \"%s\" may be lost if the power fails now", partial->id);
    }
    partial->committed = true;
    close(partial->lock);
    partial->lock = -1;
    return true;
}

bool partial_commit(PartialBackup *partial, const Manifest *manifest, GError **error)
{
    g_assert(!partial->committed && g_str_equal(partial->id, manifest->id));
    g_autoptr(GPtrArray) entries = tree_list(partial->folder, error);
    return entries != NULL && check_files(manifest, entries, error) &&
           write_manifest(partial, manifest, error) && tree_sync(partial->folder, entries, error) &&
           give_name(partial, error);
}
