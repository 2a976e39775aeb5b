#include "base/file.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct Folder {
    char *path;
} Folder;

static void folder_make(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    folder->path = g_dir_make_tmp("retort-XXXXXX", NULL);
    g_assert_nonnull(folder->path);
}

static void folder_remove(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_assert_true(file_remove_tree(folder->path, NULL));
    g_free(folder->path);
}

static char *in(const Folder *folder, const char *name)
{
    return g_build_filename(folder->path, name, NULL);
}

static unsigned count_entries(const char *path)
{
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(entries) != NULL)
        count++;
    return count;
}

static void write_replaces_and_keeps_the_mode(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "a file");
    g_assert_true(file_write(path, "one", FILE_REPLACE, &error));
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    g_assert_true(file_write(path, "two\n", FILE_REPLACE, &error));
    g_autofree char *text = file_read_text(path, &error);
    GStatBuf found;
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, "two\n");
    g_assert_cmpint(g_stat(path, &found), ==, 0);
    g_assert_cmpint(found.st_mode & 0777, ==, 0640);
    g_assert_cmpuint(count_entries(folder->path), ==, 1);
}

static void create_takes_the_place_of_nothing(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "a");
    g_assert_true(file_write(path, "one", FILE_CREATE, &error));
    g_assert_false(file_write(path, "two", FILE_CREATE, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_suffix(error->message, "/a\": File exists"));
    g_autofree char *text = file_read_text(path, NULL);
    g_assert_cmpstr(text, ==, "one");
    g_assert_cmpuint(count_entries(folder->path), ==, 1);
}

static void text_that_is_none_is_named_with_its_line(Folder *folder,
                                                     const void *unused G_GNUC_UNUSED)
{
    static const struct {
        const char *bytes;
        gssize length;
        const char *message;
    } cases[] = {
        {"a\nb\xff", 4, ":2: the text is not UTF-8"},
        {"a\n\nb\0c", 6, ":3: the file holds a NUL byte"},
    };
    g_autofree char *path = in(folder, "a");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(path, cases[i].bytes, cases[i].length, NULL));
        g_assert_null(file_read_text(path, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_assert_true(g_str_has_suffix(error->message, cases[i].message));
    }
}

static void byte_order_mark_is_left_out(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autofree char *path = in(folder, "a");
    g_assert_true(g_file_set_contents(path, "\xef\xbb\xbfx", -1, NULL));
    g_autofree char *text = file_read_text(path, NULL);
    g_assert_cmpstr(text, ==, "x");
}

static void missing_file_is_named(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "a");
    g_assert_null(file_read(path, NULL, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "could not open file \""));
    g_assert_true(g_str_has_suffix(error->message, "/a\": No such file or directory"));
}

static void private_file_is_its_owners_alone(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autofree char *path = in(folder, "a");
    GStatBuf found;
    g_assert_true(file_write(path, "x", FILE_PRIVATE, NULL));
    g_assert_cmpint(g_stat(path, &found), ==, 0);
    g_assert_cmpuint(found.st_mode & 07777, ==, 0600);
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    g_assert_true(file_write(path, "y", FILE_PRIVATE, NULL));
    g_assert_cmpint(g_stat(path, &found), ==, 0);
    g_assert_cmpuint(found.st_mode & 07777, ==, 0640);
}

static void what_keeps_a_tree_is_told(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "a");
    g_autofree char *below = g_build_filename(path, "b", NULL);
    g_assert_true(file_write(path, "x", FILE_CREATE, NULL));
    g_assert_false(file_remove_tree(below, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_suffix(error->message, "/a/b\": Not a directory"));
}

static void tree_is_removed_and_links_are_not_followed(Folder *folder,
                                                       const void *unused G_GNUC_UNUSED)
{
    g_autofree char *kept = in(folder, "kept");
    g_autofree char *tree = in(folder, "tree/deep/er");
    g_autofree char *top = in(folder, "tree");
    g_autofree char *link = g_build_filename(tree, "link", NULL);
    g_assert_true(file_make_folder(kept, 0700, NULL));
    g_assert_true(file_make_folder(tree, 0700, NULL));
    g_assert_cmpint(symlink(kept, link), ==, 0);
    g_autofree char *inside = g_build_filename(kept, "file", NULL);
    g_assert_true(file_write(inside, "", FILE_CREATE, NULL));
    g_assert_true(file_remove_tree(top, NULL));
    g_assert_false(g_file_test(top, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(inside, G_FILE_TEST_EXISTS));
    g_assert_true(file_remove_tree(top, NULL));
}

static void private_folder_lets_in_nobody_else(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "private");
    g_autofree char *link = in(folder, "link");
    g_assert_true(file_make_private_folder(path, geteuid(), getegid(), &error));
    g_assert_true(file_make_private_folder(path, geteuid(), getegid(), &error));
    g_assert_no_error(error);
    g_assert_cmpint(symlink(path, link), ==, 0);
    g_assert_false(file_make_private_folder(link, geteuid(), getegid(), &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_cmpint(g_chmod(path, 0750), ==, 0);
    g_assert_false(file_make_private_folder(path, geteuid(), getegid(), &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
}

static void lock_is_held_once(Folder *folder, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in(folder, "lock");
    g_assert_false(file_is_locked(path));
    int lock = file_lock(path, true, &error);
    g_assert_cmpint(lock, >=, 0);
    g_assert_true(file_is_locked(path));
    g_assert_cmpint(file_lock(path, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    close(lock);
    g_assert_false(file_is_locked(path));
}

static void add(const char *path, void (*test)(Folder *, const void *))
{
    g_test_add(path, Folder, NULL, folder_make, test, folder_remove);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/file/replace", write_replaces_and_keeps_the_mode);
    add("/file/create", create_takes_the_place_of_nothing);
    add("/file/not_text", text_that_is_none_is_named_with_its_line);
    add("/file/mark", byte_order_mark_is_left_out);
    add("/file/missing", missing_file_is_named);
    add("/file/own", private_file_is_its_owners_alone);
    add("/file/kept", what_keeps_a_tree_is_told);
    add("/file/tree", tree_is_removed_and_links_are_not_followed);
    add("/file/private", private_folder_lets_in_nobody_else);
    add("/file/lock", lock_is_held_once);
    return g_test_run();
}
