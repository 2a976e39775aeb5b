#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>

/* "could not VERB "path": reason", from errno. */
static void set_file_error(GError **error, const char *what, const char *path)
{
    int reason = errno;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s \"%s\": %s", what, path,
                g_strerror(reason));
}

static bool read_all(int file, GByteArray *bytes)
{
    uint8_t buffer[65536];
    for (;;) {
        ssize_t count = read(file, buffer, sizeof(buffer));
        if (count == 0)
            return true;
        if (count > 0)
            g_byte_array_append(bytes, buffer, (unsigned)count);
        else if (errno != EINTR)
            return false;
    }
}

char *file_read(const char *path, size_t *out_length, GError **error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        set_file_error(error, "open file", path);
        return NULL;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!read_all(file, bytes)) {
        set_file_error(error, "read file", path);
        close(file);
        return NULL;
    }
    close(file);
    if (out_length != NULL)
        *out_length = bytes->len;
    g_byte_array_append(bytes, (const uint8_t *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

static unsigned line_at(const char *text, const char *place)
{
    unsigned line = 1;
    for (const char *p = text; p < place; p++)
        line += *p == '\n';
    return line;
}

char *file_read_text(const char *path, GError **error)
{
    size_t length = 0;
    g_autofree char *text = file_read(path, &length, error);
    if (text == NULL)
        return NULL;
    const char *bad = NULL;
    if (!g_utf8_validate(text, (gssize)length, &bad)) {
        bool binary = bad < text + length && *bad == '\0';
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s", path, line_at(text, bad),
                    binary ? "the file holds a NUL byte" : "the text is not UTF-8");
        return NULL;
    }
    if (g_str_has_prefix(text, "\xef\xbb\xbf"))
        memmove(text, text + 3, length - 2);
    return g_steal_pointer(&text);
}

static bool write_all(int file, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t count = write(file, text, left);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            text += count;
            left -= (size_t)count;
        }
    }
    return fsync(file) == 0;
}

/* A rename that replaces nothing; by a hard link where the file system knows no such rename. */
static bool rename_to_new(const char *from, const char *path)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return true;
    if ((errno != EINVAL && errno != ENOSYS) || link(from, path) != 0)
        return false;
    g_unlink(from);
    return true;
}

static bool move_into_place(const char *from, const char *path, FileWrite how, GError **error)
{
    if (how == FILE_CREATE ? rename_to_new(from, path) : rename(from, path) == 0)
        return true;
    set_file_error(error, "create file", path);
    return false;
}

/* A rename is on disk only when the folder is. Some file systems cannot; then it is soon. */
static void sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    (void)fsync(file);
    close(file);
}

/* A file keeps its mode when it is replaced; a new one gets what the umask leaves, unless it is
 * nobody else's business. */
static mode_t mode_for(const char *path, FileWrite how)
{
    GStatBuf old;
    if (g_stat(path, &old) == 0)
        return old.st_mode & 07777;
    if (how == FILE_PRIVATE)
        return 0600;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

bool file_write(const char *path, const char *text, FileWrite how, GError **error)
{
    g_autofree char *beside = g_strconcat(path, ".XXXXXX", NULL);
    int file = g_mkstemp_full(beside, O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        set_file_error(error, "create file", path);
        return false;
    }
    bool written = write_all(file, text) && fchmod(file, mode_for(path, how)) == 0;
    if (!written)
        set_file_error(error, "write file", path);
    close(file);
    written = written && move_into_place(beside, path, how, error);
    if (!written)
        g_unlink(beside);
    if (written)
        sync_folder(path);
    return written;
}

bool file_make_folder(const char *path, int mode, GError **error)
{
    if (g_mkdir_with_parents(path, mode) == 0)
        return true;
    set_file_error(error, "create folder", path);
    return false;
}

bool file_make_private_folder(const char *path, unsigned owner, unsigned group, GError **error)
{
    if (g_mkdir(path, 0700) == 0 && owner != geteuid() && lchown(path, owner, group) != 0) {
        set_file_error(error, "give away folder", path);
        return false;
    }
    GStatBuf found;
    if (g_lstat(path, &found) != 0) {
        set_file_error(error, "create folder", path);
        return false;
    }
    if (S_ISDIR(found.st_mode) && found.st_uid == owner && (found.st_mode & 0077) == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "\"%s\" is not a folder that only user %u can enter\n"
                "hint: somebody else may have made it; remove it",
                path, owner);
    return false;
}

/* The next name in a folder; NULL at the end, or with errno. */
static const char *next_name(DIR *entries)
{
    const struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(entries);
    } while (entry != NULL &&
             (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, "..")));
    return entry != NULL ? entry->d_name : NULL;
}

/*
 * Goes by descriptors, so that a link put in place of a folder meanwhile is not followed; and on
 * after what it cannot remove. Returns: 0, or the errno of the first of those; that something is
 * gone is fine.
 */
static int remove_named(int above, const char *name)
{
    int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_none = folder < 0 && (errno == ENOTDIR || errno == ELOOP);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    int first = entries == NULL && !is_none ? errno : 0;
    if (folder >= 0 && entries == NULL)
        close(folder);
    if (entries != NULL) {
        for (const char *inner; (inner = next_name(entries)) != NULL;) {
            int reason = remove_named(folder, inner);
            first = first != 0 ? first : reason;
        }
        first = first != 0 ? first : errno;
        closedir(entries);
    }
    if (first == 0 && unlinkat(above, name, is_none ? 0 : AT_REMOVEDIR) != 0)
        first = errno;
    return first == ENOENT ? 0 : first;
}

bool file_remove_tree(const char *path, GError **error)
{
    int reason = remove_named(AT_FDCWD, path);
    if (reason == 0)
        return true;
    errno = reason;
    set_file_error(error, "remove", path);
    return false;
}

int file_lock(const char *path, bool wait, GError **error)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        set_file_error(error, "open file", path);
        return -1;
    }
    int got = -1;
    do
        got = flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (got != 0 && errno == EINTR);
    if (got == 0)
        return file;
    if (errno == EWOULDBLOCK)
        g_set_error(error, APP_ERROR, APP_ERROR_LOCKED, "\"%s\" is locked by another process",
                    path);
    else
        set_file_error(error, "lock file", path);
    close(file);
    return -1;
}

bool file_is_locked(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return false;
    bool held = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(file);
    return held;
}
