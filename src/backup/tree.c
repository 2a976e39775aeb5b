#include "backup/tree.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper than any dump goes. */
enum { DEEPEST = 32 };

static bool fail(const char *what, const char *path, int reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s \"%s\": %s", what, path,
                g_strerror(reason));
    return false;
}

static void free_entry(void *data)
{
    TreeEntry *entry = data;
    g_free(entry->name);
    g_free(entry);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static TreeKind kind_of(const struct stat *found, unsigned depth)
{
    if (S_ISREG(found->st_mode))
        return TREE_FILE;
    if (S_ISDIR(found->st_mode) && depth < DEEPEST)
        return TREE_FOLDER;
    return S_ISLNK(found->st_mode) ? TREE_LINK : TREE_OTHER;
}

/* Whether all names could be read; else errno tells. */
static bool read_names(DIR *dir, GPtrArray *names)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL)
            return errno == 0;
        if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    }
}

bool tree_names(const char *folder, GPtrArray **out_names, GError **error)
{
    DIR *dir = opendir(folder);
    if (dir == NULL && errno == ENOENT) {
        *out_names = NULL;
        return true;
    }
    if (dir == NULL)
        return fail("open folder", folder, errno, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    bool read = read_names(dir, names) || fail("read folder", folder, errno, error);
    closedir(dir);
    if (!read)
        return false;
    g_ptr_array_sort(names, compare_names);
    *out_names = g_steal_pointer(&names);
    return true;
}

/* Adds the file or folder @name, if it is there yet; what it is, is in @out_kind then. */
static bool add_entry(const char *folder, const char *name, unsigned depth, GPtrArray *entries,
                      TreeKind *out_kind, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat found;
    if (lstat(path, &found) != 0)
        return errno == ENOENT || fail("look at", path, errno, error);
    TreeEntry *entry = g_new0(TreeEntry, 1);
    *entry = (TreeEntry){g_strdup(name), kind_of(&found, depth), found.st_size};
    g_ptr_array_add(entries, entry);
    *out_kind = entry->kind;
    return true;
}

static bool list_below(const char *folder, const char *below, unsigned depth, GPtrArray *entries,
                       GError **error)
{
    g_autofree char *path = g_build_filename(folder, below, NULL);
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(path, &names, error))
        return false;
    if (names == NULL)
        return *below != '\0' || fail("open folder", path, ENOENT, error);
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *name = *below != '\0' ? g_strconcat(below, "/", names->pdata[i], NULL)
                                               : g_strdup(names->pdata[i]);
        TreeKind kind = TREE_OTHER;
        if (!add_entry(folder, name, depth, entries, &kind, error) ||
            (kind == TREE_FOLDER && !list_below(folder, name, depth + 1, entries, error)))
            return false;
    }
    return true;
}

GPtrArray *tree_list(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(free_entry);
    return list_below(folder, "", 0, entries, error) ? g_steal_pointer(&entries) : NULL;
}

static bool sync_path(const char *path, int flags, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);
    if (descriptor < 0)
        return fail("open", path, errno, error);
    bool is_folder = (flags & O_DIRECTORY) != 0;
    bool synced = fsync(descriptor) == 0 || (is_folder && (errno == EINVAL || errno == ENOTSUP)) ||
                  fail("sync", path, errno, error);
    close(descriptor);
    return synced;
}

bool tree_sync_folder(const char *folder, GError **error)
{
    return sync_path(folder, O_DIRECTORY, error);
}

bool tree_sync(const char *folder, const GPtrArray *entries, GError **error)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const TreeEntry *entry = entries->pdata[i];
        g_autofree char *path = g_build_filename(folder, entry->name, NULL);
        if (entry->kind == TREE_FILE && !sync_path(path, 0, error))
            return false;
        if (entry->kind == TREE_FOLDER && !sync_path(path, O_DIRECTORY, error))
            return false;
    }
    return sync_path(folder, O_DIRECTORY, error);
}

char *tree_read_text(const char *path, int64_t most, GError **error)
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        fail("open file", path, errno, error);
        return NULL;
    }
    if (S_ISREG(found.st_mode) && found.st_size <= most)
        return file_read_text(path, error);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "\"%s\" is %s", path,
                S_ISREG(found.st_mode) ? "too long" : "not a file");
    return NULL;
}
