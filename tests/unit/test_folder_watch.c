#include "serve/folder_watch.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* A folder of its own, with "one" and "deep/two" to be watched; neither is there yet. */
typedef struct Case {
    Loop *loop;
    char *top;
    FolderWatch *watch;
    LoopTimer timer;
    unsigned changes;
} Case;

static void on_change(void *data)
{
    Case *test = data;
    test->changes++;
    loop_stop(test->loop);
}

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    test->loop = loop_new(&error);
    g_assert_no_error(error);
    test->top = g_dir_make_tmp("folder-watch-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *one = g_build_filename(test->top, "one", NULL);
    g_autofree char *two = g_build_filename(test->top, "deep", "two", NULL);
    const char *const folders[] = {one, two, NULL};
    test->watch = folder_watch_new(test->loop, folders, on_change, test);
    g_assert_nonnull(test->watch);
}

static void act(const Case *test, const char *what, const char *name, const char *other)
{
    g_autofree char *path = g_build_filename(test->top, name, NULL);
    g_autofree char *to = other == NULL ? NULL : g_build_filename(test->top, other, NULL);
    if (g_str_equal(what, "mkdir"))
        g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    else if (g_str_equal(what, "write"))
        g_assert_true(g_file_set_contents_full(path, "x", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    else if (g_str_equal(what, "remove"))
        g_assert_cmpint(g_remove(path), ==, 0);
    else if (g_str_equal(what, "link"))
        g_assert_cmpint(symlink(other, path), ==, 0);
    else
        g_assert_cmpint(g_rename(path, to), ==, 0);
}

/* Waits until it has been told. */
static void is_seen(Case *test, const char *what, const char *name, const char *other)
{
    const unsigned before = test->changes;
    act(test, what, name, other);
    while (test->changes == before)
        loop_run(test->loop);
}

static void stop_now(LoopTimer *timer, void *data)
{
    (void)timer;
    loop_stop(((Case *)data)->loop);
}

/* What the kernel has to tell is there at once: one turn is enough. */
static void is_unseen(Case *test, const char *what, const char *name, const char *other)
{
    const unsigned before = test->changes;
    act(test, what, name, other);
    loop_timer_start(test->loop, &test->timer, loop_now(test->loop), stop_now, test);
    loop_run(test->loop);
    g_assert_cmpuint(test->changes, ==, before);
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    static const char *const left[] = {
        "one/file", "one/in/file", "one/in",     "one",        "old/file", "old",  "deep/two/x",
        "deep/two", "deep",        "gone/two/x", "gone/two/y", "gone/two", "gone", "other",
        "far/file", "far",         "way/two/x",  "way/two",    "way",      ""};
    folder_watch_free(test->watch);
    loop_free(test->loop);
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        g_autofree char *path = g_build_filename(test->top, left[i], NULL);
        g_remove(path);
    }
    g_assert_false(g_file_test(test->top, G_FILE_TEST_EXISTS));
    g_free(test->top);
}

static void sees_a_folder_that_comes(Case *test, const void *unused)
{
    (void)unused;
    is_seen(test, "mkdir", "one", NULL);
    is_seen(test, "write", "one/file", NULL);
    is_seen(test, "mkdir", "one/in", NULL);
    is_seen(test, "write", "one/in/file", NULL);
}

static void sees_a_folder_that_is_replaced(Case *test, const void *unused)
{
    (void)unused;
    is_seen(test, "mkdir", "one", NULL);
    is_seen(test, "rename", "one", "old");
    is_unseen(test, "write", "old/file", NULL);
    is_seen(test, "mkdir", "one", NULL);
    is_seen(test, "write", "one/file", NULL);
    is_seen(test, "remove", "one/file", NULL);
    is_seen(test, "remove", "one", NULL);
}

static void sees_what_is_above_go_and_come(Case *test, const void *unused)
{
    (void)unused;
    is_seen(test, "mkdir", "deep", NULL);
    is_seen(test, "mkdir", "deep/two", NULL);
    is_seen(test, "rename", "deep", "gone");
    is_unseen(test, "write", "gone/two/y", NULL);
    is_seen(test, "mkdir", "deep", NULL);
    is_seen(test, "mkdir", "deep/two", NULL);
    is_seen(test, "write", "deep/two/x", NULL);
}

static void sees_the_target_of_a_link_come_again(Case *test, const void *unused)
{
    (void)unused;
    is_seen(test, "link", "one", "far");
    is_seen(test, "mkdir", "far", NULL);
    is_seen(test, "write", "far/file", NULL);
    is_seen(test, "remove", "far/file", NULL);
    is_seen(test, "remove", "far", NULL);
    is_seen(test, "mkdir", "far", NULL);
    is_seen(test, "write", "one/file", NULL);
    is_seen(test, "rename", "far", "old");
    is_unseen(test, "write", "old/file", NULL);
    is_seen(test, "mkdir", "far", NULL);
    is_seen(test, "remove", "one", NULL);
    is_unseen(test, "write", "far/file", NULL);
}

static void sees_links_on_the_way(Case *test, const void *unused)
{
    (void)unused;
    act(test, "mkdir", "way", NULL);
    is_seen(test, "link", "deep", "way/.");
    is_seen(test, "mkdir", "way/two", NULL);
    is_seen(test, "write", "way/two/x", NULL);
    is_seen(test, "rename", "way", "gone");
    is_unseen(test, "write", "gone/two/y", NULL);
    is_seen(test, "mkdir", "way", NULL);
    is_seen(test, "mkdir", "way/two", NULL);
    is_seen(test, "remove", "deep", NULL);
    is_seen(test, "link", "deep", "gone");
    is_seen(test, "write", "gone/two/y", NULL);
    is_unseen(test, "write", "way/two/x", NULL);
}

static void sees_a_linked_file(Case *test, const void *unused)
{
    (void)unused;
    act(test, "write", "other", NULL);
    is_seen(test, "mkdir", "one", NULL);
    is_seen(test, "link", "one/file", "../other");
    is_seen(test, "write", "other", NULL);
    is_seen(test, "write", "one/in", NULL);
    is_seen(test, "remove", "one/file", NULL);
    is_unseen(test, "write", "other", NULL);
}

static void a_link_in_a_circle_does_no_harm(Case *test, const void *unused)
{
    (void)unused;
    is_seen(test, "link", "one", "one");
    is_seen(test, "remove", "one", NULL);
    is_seen(test, "link", "one", "one/in");
    is_seen(test, "remove", "one", NULL);
    is_seen(test, "link", "one", "far");
    is_seen(test, "link", "far", "one");
    is_seen(test, "remove", "far", NULL);
    is_seen(test, "mkdir", "far", NULL);
}

static void passes_over_what_is_beside(Case *test, const void *unused)
{
    (void)unused;
    is_unseen(test, "write", "other", NULL);
    is_unseen(test, "remove", "other", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/folder_watch/comes", Case, NULL, set_up, sees_a_folder_that_comes, tear_down);
    g_test_add("/folder_watch/replaced", Case, NULL, set_up, sees_a_folder_that_is_replaced,
               tear_down);
    g_test_add("/folder_watch/above", Case, NULL, set_up, sees_what_is_above_go_and_come,
               tear_down);
    g_test_add("/folder_watch/link", Case, NULL, set_up, sees_the_target_of_a_link_come_again,
               tear_down);
    g_test_add("/folder_watch/links_above", Case, NULL, set_up, sees_links_on_the_way, tear_down);
    g_test_add("/folder_watch/linked_file", Case, NULL, set_up, sees_a_linked_file, tear_down);
    g_test_add("/folder_watch/circle", Case, NULL, set_up, a_link_in_a_circle_does_no_harm,
               tear_down);
    g_test_add("/folder_watch/beside", Case, NULL, set_up, passes_over_what_is_beside, tear_down);
    return g_test_run();
}
