#include "http/trusted.h"

static bool has(const HttpTrusted *trusted, const char *address)
{
    return http_trusted_has(trusted, (HttpText){address, strlen(address)});
}

static void networks_hold_their_addresses(void)
{
    const char *entries[] = {"10.1.0.0/15", "192.0.2.7", "2001:db8::/33", "::1", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(HttpTrusted) trusted = http_trusted_new(entries, &error);
    g_assert_no_error(error);
    g_assert_true(has(trusted, "10.0.0.0"));
    g_assert_true(has(trusted, "10.1.255.255"));
    g_assert_false(has(trusted, "10.2.0.0"));
    g_assert_true(has(trusted, "192.0.2.7"));
    g_assert_false(has(trusted, "192.0.2.6"));
    g_assert_true(has(trusted, "2001:db8:7fff::1"));
    g_assert_false(has(trusted, "2001:db8:8000::1"));
    g_assert_true(has(trusted, "::1"));
    g_assert_true(has(trusted, "::ffff:10.0.0.1"));
    g_assert_false(has(trusted, "unix"));
}

static void what_is_no_address_is_not_trusted(void)
{
    const char *entries[] = {"0.0.0.0/0", "::/0", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(HttpTrusted) trusted = http_trusted_new(entries, &error);
    g_assert_no_error(error);
    const char *const odd[] = {"",
                               "1.2.3",
                               "1.2.3.4:80",
                               "[::1]",
                               "localhost",
                               "unix",
                               "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"};
    for (unsigned i = 0; i < G_N_ELEMENTS(odd); i++)
        g_assert_false(has(trusted, odd[i]));
    g_assert_false(http_trusted_has(trusted, (HttpText){"1.2.3.4\0x", 9}));
    g_assert_true(has(trusted, "1.2.3.4"));
    g_assert_false(has(NULL, "1.2.3.4"));
}

static void bad_entries_are_refused(void)
{
    const char *const bad[] = {"",          "x",      "10.0.0.0/33",  "10.0.0.0/-1",
                               "10.0.0.0/", "::/129", "10.0.0.0/8/8", "10.0.0/8",
                               "unix/1",    "/8"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *entries[] = {bad[i], NULL};
        g_autoptr(GError) error = NULL;
        g_assert_null(http_trusted_new(entries, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
    }
}

static void a_socket_file_is_trusted_by_its_word(void)
{
    const char *entries[] = {"unix", NULL};
    g_autoptr(HttpTrusted) trusted = http_trusted_new(entries, NULL);
    g_assert_true(has(trusted, "unix"));
    g_assert_false(has(trusted, "127.0.0.1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trusted/networks", networks_hold_their_addresses);
    g_test_add_func("/trusted/no_address", what_is_no_address_is_not_trusted);
    g_test_add_func("/trusted/bad_entries", bad_entries_are_refused);
    g_test_add_func("/trusted/unix", a_socket_file_is_trusted_by_its_word);
    return g_test_run();
}
