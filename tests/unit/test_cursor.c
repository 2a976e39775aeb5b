#include "api/cursor.h"
#include "api_types.h"

static Endpoint *make(const char *path, const char *after, unsigned keys)
{
    Endpoint *endpoint = api_test_endpoint(HTTP_GET, path);
    endpoint->paging = api_paging_new();
    endpoint->paging->after = g_strdup(after);
    for (unsigned i = 0; i < keys; i++)
        g_array_append_val(endpoint->paging->keys, i);
    return endpoint;
}

static void keys_come_back(void)
{
    g_autofree char *large = g_strnfill(20000, 'x');
    const char *const cases[][2] = {
        {"", ""},
        {"7", "2026-11-22 18:30:00+00"},
        {"\xc3\xa4 | \\ \" \n", "\x01"},
        {large, "127 bytes are the most that a length has in one byte: this has 128 of them, "
                "counted by hand and by the compiler alike: xxxxxxxxxxx."},
    };
    g_autoptr(Endpoint) endpoint = make("/a", "SELECT", 2);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = cursor_write(endpoint, cases[i]);
        for (const char *at = text; *at != '\0'; at++)
            g_assert_true(g_ascii_isalnum(*at) || *at == '-' || *at == '_');
        g_auto(GStrv) keys = cursor_read(endpoint, text, strlen(text));
        g_assert_nonnull(keys);
        g_assert_cmpstr(keys[0], ==, cases[i][0]);
        g_assert_cmpstr(keys[1], ==, cases[i][1]);
        g_assert_null(keys[2]);
    }
}

static void foreign_cursors_are_refused(void)
{
    static const char *const keys[] = {"7", "a"};
    g_autoptr(Endpoint) endpoint = make("/a", "SELECT", 2);
    g_autoptr(Endpoint) path = make("/b", "SELECT", 2);
    g_autoptr(Endpoint) statement = make("/a", "SELECT 1", 2);
    g_autoptr(Endpoint) fewer = make("/a", "SELECT", 1);
    g_autoptr(Endpoint) more = make("/a", "SELECT", 3);
    g_autoptr(Endpoint) none = api_test_endpoint(HTTP_GET, "/a");
    g_autofree char *text = cursor_write(endpoint, keys);
    const Endpoint *const others[] = {path, statement, fewer, more, none};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_null(cursor_read(others[i], text, strlen(text)));
}

static void damaged_cursors_are_refused(void)
{
    static const char *const keys[] = {"some key"};
    g_autoptr(Endpoint) endpoint = make("/a", "SELECT", 1);
    g_autofree char *text = cursor_write(endpoint, keys);
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length; cut++)
        g_assert_null(cursor_read(endpoint, text, cut));
    for (size_t i = 0; i < length; i++) {
        char before = text[i];
        for (const char *other = "Aaz09-_=% \xff"; *other != '\0'; other++) {
            text[i] = *other;
            if (*other != before)
                g_assert_null(cursor_read(endpoint, text, length));
        }
        text[i] = before;
    }
    g_auto(GStrv) good = cursor_read(endpoint, text, length);
    g_assert_nonnull(good);
}

/* The checksum is no secret: what it is right for is looked at, too. */
static void malformed_keys_are_refused(void)
{
    static const char *const keys[] = {"\xff"};
    g_autoptr(Endpoint) endpoint = make("/a", NULL, 1);
    g_autofree char *text = cursor_write(endpoint, keys);
    g_assert_null(cursor_read(endpoint, text, strlen(text)));
    g_autoptr(Endpoint) none = make("/a", NULL, 0);
    g_autofree char *empty = cursor_write(none, keys);
    g_auto(GStrv) nothing = cursor_read(none, empty, strlen(empty));
    g_assert_nonnull(nothing);
    g_assert_null(cursor_read(endpoint, empty, strlen(empty)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cursor/keys_come_back", keys_come_back);
    g_test_add_func("/cursor/foreign_cursors_are_refused", foreign_cursors_are_refused);
    g_test_add_func("/cursor/damaged_cursors_are_refused", damaged_cursors_are_refused);
    g_test_add_func("/cursor/malformed_keys_are_refused", malformed_keys_are_refused);
    return g_test_run();
}
