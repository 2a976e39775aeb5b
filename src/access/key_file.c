#include "access/key_file.h"

#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *fault, const char *path, const char *hint, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s \"%s\"\nhint: %s", fault, path, hint);
    return false;
}

bool key_file_load(const char *path, KeySet *set, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0 && errno == ENOENT)
        return refuse("there is no file of keys", path, "\"retort key NAME\" makes it", error);
    if (stat(path, &status) == 0 && (status.st_mode & S_IWOTH) != 0)
        return refuse("everybody may write", path, "take that right away: chmod o-w", error);
    g_autofree char *text = file_read_text(path, error);
    return text != NULL && key_set_parse(set, path, text, error);
}

static bool write_all(int file, const char *text)
{
    for (size_t length = strlen(text); length > 0;) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return fsync(file) == 0;
}

/* All of @text behind what is there, or nothing. */
static bool append(int file, const char *path, const char *text, GError **error)
{
    off_t end = lseek(file, 0, SEEK_END);
    if (end >= 0 && write_all(file, text))
        return true;
    int reason = errno;
    if (end >= 0 && ftruncate(file, end) != 0)
        g_warning("half a line may be at the end of \"%s\"", path);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not write file \"%s\": %s", path,
                g_strerror(reason));
    return false;
}

static bool add_locked(int file, const char *path, const KeyText *key, GError **error)
{
    g_autofree char *text = file_read_text(path, error);
    g_autoptr(KeySet) set = key_set_new();
    if (text == NULL || !key_set_parse(set, path, text, error))
        return false;
    if (key_set_add(set, key, false, error) == NULL) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    g_autofree char *line = key_line(key);
    bool is_open = *text != '\0' && !g_str_has_suffix(text, "\n");
    g_autofree char *added = g_strconcat(is_open ? "\n" : "", line, NULL);
    return append(file, path, added, error);
}

bool key_file_add(const char *path, const KeyText *key, GError **error)
{
    int file = file_lock(path, true, error);
    if (file < 0)
        return false;
    bool added = add_locked(file, path, key, error);
    close(file);
    return added;
}
