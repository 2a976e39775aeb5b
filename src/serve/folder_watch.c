#include "serve/folder_watch.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { MOST_LINKS = 1024 /* that are followed; they may lead in a circle */ };

/* Of a folder itself. Its own inode may go, and another one take its name. */
#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD)
#define NAMES (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE)

struct FolderWatch {
    char **folders;
    FolderChanged *changed;
    void *data;
    int inotify;
    unsigned links; /* that were followed since all was last watched */
    LoopWatch *watch;
    GHashTable *watched; /* number of the kernel → names (GPtrArray) that matter there; without
                            any: all do */
};

/* (nullable) (transfer none): the names that matter in @path; %NULL if it is no folder. */
static GPtrArray *watch_path(FolderWatch *watch, const char *path, bool *out_new)
{
    const int number = inotify_add_watch(watch->inotify, path, NAMES | SELF);
    if (number < 0)
        return NULL;
    GPtrArray *names = g_hash_table_lookup(watch->watched, GINT_TO_POINTER(number));
    *out_new = names == NULL;
    if (names == NULL) {
        names = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(watch->watched, GINT_TO_POINTER(number), names);
    }
    return names;
}

/* Of what is in @path, @name matters, if not all of it does. False if it is no folder. */
static bool watch_name(FolderWatch *watch, const char *path, const char *name)
{
    bool is_new = false;
    GPtrArray *names = watch_path(watch, path, &is_new);
    if (names != NULL && (is_new || names->len > 0))
        g_ptr_array_add(names, g_strdup(name));
    return names != NULL;
}

/* The nearest folder above @path that is there, for the name that leads to it. */
static void watch_above(FolderWatch *watch, const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    if (g_str_equal(above, path) || watch_name(watch, above, name))
        return;
    watch_above(watch, above);
    watch_name(watch, above, name); /* it may have come before that was watched */
}

/* (transfer full) (nullable): where @path leads; %NULL if it is no link. */
static char *read_link(const char *path)
{
    g_autofree char *target = g_file_read_link(path, NULL);
    if (target == NULL)
        return NULL;
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *real = realpath(above, NULL);
    return g_canonicalize_filename(target, real != NULL ? real : above);
}

/* Each link on the way to @path may be made anew, and what it leads to may go and come. */
static void watch_links(FolderWatch *watch, const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *target = read_link(path);
    if (target != NULL && watch->links++ < MOST_LINKS) {
        watch_above(watch, path);
        watch_above(watch, target);
        watch_links(watch, target);
    }
    if (!g_str_equal(above, path))
        watch_links(watch, above);
}

/* All in it matters. One that is watched so already may be a link back: it is left alone. */
static void watch_inside(FolderWatch *watch, const char *folder)
{
    bool is_new = false;
    GPtrArray *names = watch_path(watch, folder, &is_new);
    if (names == NULL || (!is_new && names->len == 0))
        return;
    g_ptr_array_set_size(names, 0);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            watch_links(watch, path);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            watch_inside(watch, path);
    }
}

/* Watches all anew: what was watched already keeps its number, and what is gone is let go. What is
 * above comes first, so that a folder that comes meanwhile is seen. */
static void watch_all(FolderWatch *watch)
{
    g_autoptr(GHashTable) before = g_steal_pointer(&watch->watched);
    watch->watched = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    watch->links = 0;
    for (char **folder = watch->folders; *folder != NULL; folder++) {
        watch_above(watch, *folder);
        watch_links(watch, *folder);
    }
    for (char **folder = watch->folders; *folder != NULL; folder++)
        watch_inside(watch, *folder);
    GHashTableIter each;
    void *number = NULL;
    g_hash_table_iter_init(&each, before);
    while (g_hash_table_iter_next(&each, &number, NULL))
        if (!g_hash_table_contains(watch->watched, number))
            inotify_rm_watch(watch->inotify, GPOINTER_TO_INT(number));
}

static bool matters(const FolderWatch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    const GPtrArray *names = g_hash_table_lookup(watch->watched, GINT_TO_POINTER(event->wd));
    return names != NULL &&
           (names->len == 0 || event->len == 0 ||
            g_ptr_array_find_with_equal_func((GPtrArray *)names, event->name, g_str_equal, NULL));
}

static void on_events(unsigned events, void *data)
{
    (void)events;
    FolderWatch *watch = data;
    _Alignas(struct inotify_event) char buffer[4096];
    bool changed = false;
    ssize_t length = 0;
    while ((length = read(watch->inotify, buffer, sizeof buffer)) > 0)
        for (const char *at = buffer; at < buffer + length;) {
            const struct inotify_event *event = (const void *)at;
            changed |= matters(watch, event);
            at += sizeof *event + event->len;
        }
    if (!changed)
        return;
    watch_all(watch);
    watch->changed(watch->data);
}

FolderWatch *folder_watch_new(Loop *loop, const char *const *folders, FolderChanged *changed,
                              void *data)
{
    const int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify < 0)
        return NULL;
    FolderWatch *watch = g_new0(FolderWatch, 1);
    *watch = (FolderWatch){
        .folders = g_strdupv((char **)folders),
        .changed = changed,
        .data = data,
        .inotify = inotify,
        .watched = g_hash_table_new(NULL, NULL),
    };
    for (char **folder = watch->folders; *folder != NULL; folder++) {
        g_autofree char *given = *folder;
        *folder = g_canonicalize_filename(given, NULL);
    }
    watch_all(watch);
    watch->watch = loop_watch_new(loop, inotify, LOOP_READ, on_events, watch);
    return watch;
}

void folder_watch_free(FolderWatch *watch)
{
    if (watch == NULL)
        return;
    loop_watch_free(watch->watch);
    close(watch->inotify);
    g_hash_table_unref(watch->watched);
    g_strfreev(watch->folders);
    g_free(watch);
}
