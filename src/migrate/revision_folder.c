#include "migrate/revision_folder.h"

#include "base/file.h"
#include "revision/parse.h"

#include <string.h>

static char *shown_from(const char *current, const char *path)
{
    size_t length = strlen(current);
    bool below = g_str_has_prefix(path, current) && path[length] == '/';
    return g_strdup(below ? path + length + 1 : path);
}

char *revision_folder_shown(const char *path)
{
    g_autofree char *current = g_get_current_dir();
    return shown_from(current, path);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A link is not followed: it may lead back here. */
static bool is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

/* Adds the .sql files of @folder and of the folders in it to @paths. */
static bool list_files(const char *folder, GPtrArray *paths, GError **error)
{
    g_autoptr(GError) failed = NULL; /* turned into an error of ours */
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &failed);
    if (dir == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s", failed->message);
        return false;
    }
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        if (name[0] == '.')
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".sql"))
            g_ptr_array_add(paths, g_steal_pointer(&path));
        else if (is_folder(path) && !list_files(path, paths, error))
            return false;
    }
    return true;
}

static bool list_folder(const char *folder, GPtrArray *paths, GError **error)
{
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return list_files(folder, paths, error);
    g_set_error(
        error, APP_ERROR, APP_ERROR_INPUT,
        "Path doesn't exist: %s.  Please use the 'init' command to create a new scripts "
        "folder.\nhint: \"retort init\" makes it; \"migrations\" in retort.ini names another",
        folder);
    return false;
}

static bool add_file(const char *path, const char *current, bool body, GPtrArray *revisions,
                     GError **error)
{
    size_t length = 0;
    g_autofree char *text = file_read(path, &length, error);
    if (text == NULL)
        return false;
    g_autofree char *shown = shown_from(current, path);
    Revision *revision = body ? revision_parse(text, length, shown, error)
                              : revision_parse_header(text, length, shown, error);
    if (revision == NULL)
        return false;
    g_ptr_array_add(revisions, revision);
    return true;
}

RevisionGraph *revision_folder_load(char **folders, bool bodies, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (; *folders != NULL; folders++)
        if (!list_folder(*folders, paths, error))
            return NULL;
    g_ptr_array_sort(paths, compare_paths);
    g_autofree char *current = g_get_current_dir();
    g_autoptr(GPtrArray) revisions = g_ptr_array_new_with_free_func((GDestroyNotify)revision_free);
    for (unsigned i = 0; i < paths->len; i++)
        if (!add_file(paths->pdata[i], current, bodies, revisions, error))
            return NULL;
    return revision_graph_new(g_steal_pointer(&revisions), error);
}
