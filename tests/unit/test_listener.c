#include "http/listener.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void tcp_listens_where_it_says(void)
{
    g_autoptr(GError) error = NULL;
    const int descriptor = listener_open("127.0.0.1:0", false, &error);
    g_assert_no_error(error);
    g_assert_true(fcntl(descriptor, F_GETFL) & O_NONBLOCK);
    g_assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    g_autofree char *url = listener_url(descriptor);
    g_assert_true(g_str_has_prefix(url, "http://127.0.0.1:"));
    g_assert_cmpint(listener_open(url + strlen("http://"), false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "hint: another program listens there already"));
    close(descriptor);
}

static void shared_ones_have_one_address(void)
{
    g_autoptr(GError) error = NULL;
    const int first = listener_open("localhost:0", true, &error);
    g_assert_no_error(error);
    g_autofree char *url = listener_url(first);
    const int second = listener_open(url + strlen("http://"), true, &error);
    g_assert_no_error(error);
    g_autofree char *again = listener_url(second);
    g_assert_cmpstr(url, ==, again);
    close(first);
    close(second);
}

static void all_addresses_are_listened_on(void)
{
    g_autoptr(GError) error = NULL;
    const int descriptor = listener_open(":0", false, &error);
    g_assert_no_error(error);
    g_autofree char *url = listener_url(descriptor);
    g_assert_true(g_str_has_prefix(url, "http://[::]:") ||
                  g_str_has_prefix(url, "http://0.0.0.0:"));
    close(descriptor);
}

static void a_socket_file_that_nobody_serves_is_replaced(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("listener-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, "s", NULL);
    g_autofree char *address = g_strconcat("unix:", path, NULL);
    const int first = listener_open(address, true, &error);
    g_assert_no_error(error);
    GStatBuf status = {0};
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0660);
    g_autofree char *url = listener_url(first);
    g_assert_cmpstr(url, ==, address);
    g_assert_cmpint(listener_open(address, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_clear_error(&error);
    close(first);
    const int second = listener_open(address, false, &error);
    g_assert_no_error(error);
    close(second);
    g_unlink(path);
    g_rmdir(folder);
}

static void a_socket_file_is_removed_by_its_maker(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("listener-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, "s", NULL);
    g_autofree char *address = g_strconcat("unix:", path, NULL);
    const int first = listener_open(address, true, &error);
    listener_file_remove(listener_file_new(first));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    const int second = listener_open(address, true, &error);
    ListenerFile *file = listener_file_new(second);
    g_assert_cmpint(g_unlink(path), ==, 0);
    const int third = listener_open(address, true, &error);
    g_assert_no_error(error);
    listener_file_remove(file);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    listener_file_remove(listener_file_new(third));
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    const int tcp = listener_open("127.0.0.1:0", false, &error);
    g_assert_null(listener_file_new(tcp));
    close(first);
    close(second);
    close(third);
    close(tcp);
}

static void a_file_that_is_no_socket_stays(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    const int file = g_file_open_tmp("listener-XXXXXX", &path, &error);
    g_assert_no_error(error);
    g_autofree char *address = g_strconcat("unix:", path, NULL);
    g_assert_cmpint(listener_open(address, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    close(file);
    g_unlink(path);
}

static void what_is_no_address_is_refused(void)
{
    const char *const bad[] = {"",       "8000",        "localhost",   "a:b",   "a:65536",
                               "::1:80", "[::1]",       "[::1:80",     "unix:", "unix:relative",
                               "a b:80", "http://a:80", "127.0.0.1:-1"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_cmpint(listener_open(bad[i], false, &error), ==, -1);
        g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
    }
    g_autofree char *many = g_strnfill(200, 'x');
    g_autofree char *path = g_strconcat("unix:/", many, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(listener_open(path, false, &error), ==, -1);
    g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/listener/tcp", tcp_listens_where_it_says);
    g_test_add_func("/listener/shared", shared_ones_have_one_address);
    g_test_add_func("/listener/all", all_addresses_are_listened_on);
    g_test_add_func("/listener/left_over", a_socket_file_that_nobody_serves_is_replaced);
    g_test_add_func("/listener/removed", a_socket_file_is_removed_by_its_maker);
    g_test_add_func("/listener/no_socket", a_file_that_is_no_socket_stays);
    g_test_add_func("/listener/no_address", what_is_no_address_is_refused);
    return g_test_run();
}
