#include "migrate/revision_folder.h"

#include "base/file.h"
#include "base/thread.h"

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

static Revision *read_revision(const char *path, const char *current, RevisionPart part,
                               GError **error)
{
    size_t length = 0;
    g_autofree char *text = file_read(path, &length, error);
    if (text == NULL)
        return NULL;
    g_autofree char *shown = shown_from(current, path);
    return revision_parse_part(text, length, shown, part, error);
}

/* Many files, read by several threads: a slot each for what came of a file. */
typedef struct Reading {
    const GPtrArray *paths;
    const char *current; /* the folder that messages leave out */
    RevisionPart part;
    int taken; /* how many files somebody reads or has read */
    Revision **revisions;
    GError **errors;
} Reading;

#define FILES_AT_ONCE 16 /* that a thread takes */
#define THREADS_MOST 8
#define FILES_A_THREAD 128 /* for fewer it is not worth a thread */

static void *read_some(void *data)
{
    Reading *reading = data;
    unsigned count = reading->paths->len;
    for (;;) {
        unsigned first = (unsigned)g_atomic_int_add(&reading->taken, FILES_AT_ONCE);
        if (first >= count)
            return NULL;
        for (unsigned i = first; i < MIN(first + FILES_AT_ONCE, count); i++)
            reading->revisions[i] = read_revision(reading->paths->pdata[i], reading->current,
                                                  reading->part, &reading->errors[i]);
    }
}

static void read_in_threads(Reading *reading)
{
    GThread *threads[THREADS_MOST] = {0};
    unsigned others = MIN(reading->paths->len / FILES_A_THREAD, g_get_num_processors() - 1);
    others = MIN(others, THREADS_MOST);
    for (unsigned i = 0; i < others; i++)
        threads[i] = thread_start("read", read_some, reading, NULL); /* fewer will do, too */
    read_some(reading);
    for (unsigned i = 0; i < others; i++)
        if (threads[i] != NULL)
            g_thread_join(threads[i]);
}

/* (transfer full): in the order of @paths; NULL with the error of the first that has one. */
static GPtrArray *read_all(const GPtrArray *paths, RevisionPart part, GError **error)
{
    g_autofree char *current = g_get_current_dir();
    g_autofree Revision **revisions = g_new0(Revision *, paths->len);
    g_autofree GError **errors = g_new0(GError *, paths->len);
    Reading reading = {paths, current, part, 0, revisions, errors};
    read_in_threads(&reading);
    g_autoptr(GPtrArray) all = g_ptr_array_new_full(paths->len, (GDestroyNotify)revision_free);
    GError *first = NULL; /* handed on below */
    for (unsigned i = 0; i < paths->len; i++) {
        g_ptr_array_add(all, revisions[i]);
        if (first == NULL)
            first = errors[i];
        else
            g_clear_error(&errors[i]);
    }
    if (first == NULL)
        return g_steal_pointer(&all);
    g_propagate_error(error, first);
    return NULL;
}

RevisionGraph *revision_folder_load(char **folders, RevisionPart part, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (; *folders != NULL; folders++)
        if (!list_folder(*folders, paths, error))
            return NULL;
    g_ptr_array_sort(paths, compare_paths);
    g_autoptr(GPtrArray) revisions = read_all(paths, part, error);
    return revisions != NULL ? revision_graph_new(g_steal_pointer(&revisions), error) : NULL;
}
