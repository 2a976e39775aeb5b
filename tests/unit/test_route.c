#include "api/route.h"

#include <string.h>

static int targets[8]; /* their addresses are what is found */

static Router *make(void)
{
    static const struct {
        HttpMethod method;
        const char *path;
    } routes[] = {
        {HTTP_GET, "/"},
        {HTTP_GET, "/items"},
        {HTTP_POST, "/items"},
        {HTTP_GET, "/items/{id}"},
        {HTTP_POST, "/items/import"},
        {HTTP_GET, "/items/{id}/lines/{line}"},
        {HTTP_GET, "/items/"},
        {HTTP_GET, "/gr%C3%B6\xc3\x9f"
                   "e/a%2Fb"},
    };
    g_autoptr(Router) router = router_new();
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        router_add(router, routes[i].method, routes[i].path, &targets[i], &error);
        g_assert_no_error(error);
    }
    return g_steal_pointer(&router);
}

/* "target methods capture capture", "-" for no target. */
static char *find(const Router *router, HttpMethod method, const char *path)
{
    RouteMatch match;
    memset(&match, 0xff, sizeof match);
    router_find(router, method, path, strlen(path), &match);
    GString *all = g_string_new(NULL);
    if (match.target == NULL)
        g_string_append_c(all, '-');
    else
        g_string_append_printf(all, "%d", (int)((int *)match.target - targets));
    if ((match.methods & 1u << HTTP_GET) != 0)
        g_string_append(all, " GET");
    if ((match.methods & 1u << HTTP_HEAD) != 0)
        g_string_append(all, " HEAD");
    if ((match.methods & 1u << HTTP_POST) != 0)
        g_string_append(all, " POST");
    for (unsigned i = 0; i < match.captures; i++)
        g_string_append_printf(all, " %.*s", (int)match.capture[i].length, match.capture[i].data);
    return g_string_free(all, FALSE);
}

static void paths_are_found(void)
{
    static const struct {
        HttpMethod method;
        const char *path;
        const char *found;
    } cases[] = {
        {HTTP_GET, "/", "0 GET HEAD"},
        {HTTP_GET, "/items", "1 GET HEAD POST"},
        {HTTP_POST, "/items", "2 GET HEAD POST"},
        {HTTP_DELETE, "/items", "- GET HEAD POST"},
        {HTTP_OTHER, "/items", "- GET HEAD POST"},
        {HTTP_HEAD, "/items", "1 GET HEAD POST"},
        {HTTP_GET, "/items/7", "3 GET HEAD 7"},
        {HTTP_GET, "/items/a%2Fb", "3 GET HEAD a%2Fb"},
        {HTTP_GET, "/items/%", "3 GET HEAD %"},
        {HTTP_GET, "/items/..", "3 GET HEAD .."},
        /* the fixed path decides, before its methods are looked at */
        {HTTP_GET, "/items/import", "- POST"},
        {HTTP_HEAD, "/items/import", "- POST"},
        {HTTP_POST, "/items/%69mport", "4 POST"},
        {HTTP_POST, "/items/%69mpor%74", "4 POST"},
        {HTTP_POST, "/items/%69mpor%7", "- GET HEAD %69mpor%7"},
        /* but a fixed segment that leads nowhere does not hide a capture */
        {HTTP_GET, "/items/import/lines/2", "5 GET HEAD import 2"},
        {HTTP_GET, "/items/1/lines/2", "5 GET HEAD 1 2"},
        {HTTP_GET, "/items/", "6 GET HEAD"},
        {HTTP_GET, "/items/1/", "-"},
        {HTTP_GET, "/items/1/lines", "-"},
        {HTTP_GET, "/items/1/lines/", "-"},
        {HTTP_GET, "/items/1/lines/2/3", "-"},
        {HTTP_GET, "/items//lines/2", "-"},
        {HTTP_GET, "//items", "-"},
        {HTTP_GET, "/Items", "-"},
        {HTTP_GET,
         "/gr%c3%b6\xc3\x9f"
         "e/a%2fb",
         "7 GET HEAD"},
        {HTTP_GET,
         "/gr\xc3\xb6%C3%9F"
         "e/a%2Fb",
         "7 GET HEAD"},
        {HTTP_GET,
         "/gr\xc3\xb6%C3%9F"
         "e/a/b",
         "-"},
        {HTTP_GET, "items", "-"},
        {HTTP_OPTIONS, "*", "-"},
        {HTTP_GET, "", "-"},
    };
    g_autoptr(Router) router = make();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].path);
        g_autofree char *found = find(router, cases[i].method, cases[i].path);
        g_assert_cmpstr(found, ==, cases[i].found);
    }
}

static void long_segments_are_not_found(void)
{
    g_autoptr(Router) router = make();
    g_autofree char *filler = g_strnfill(300, 'a');
    g_autofree char *plain = g_strconcat("/items/1/", filler, "/2", NULL);
    g_autofree char *coded = g_strconcat("/items/1/%41", filler, "/2", NULL);
    g_autofree char *first = find(router, HTTP_GET, plain);
    g_autofree char *second = find(router, HTTP_GET, coded);
    g_assert_cmpstr(first, ==, "-");
    g_assert_cmpstr(second, ==, "-");
}

static void many_routes_are_found(void)
{
    g_autoptr(Router) router = router_new();
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < 500; i++) {
        char *path = g_strdup_printf("/table%u/{id}/part%u", i * 7919 % 500, i % 3);
        g_ptr_array_add(paths, path);
        g_assert_true(router_add(router, HTTP_GET, path, path, NULL));
    }
    for (unsigned i = 0; i < paths->len; i++) {
        RouteMatch match;
        router_find(router, HTTP_GET, paths->pdata[i], strlen(paths->pdata[i]), &match);
        g_assert_true(match.target == paths->pdata[i]);
        g_assert_cmpuint(match.captures, ==, 1);
        g_assert_cmpint(strncmp(match.capture[0].data, "{id}", match.capture[0].length), ==, 0);
    }
}

static void malformed_paths_are_refused(void)
{
    static const struct {
        const char *path;
        const char *message;
    } cases[] = {
        {"items", "path \"items\" does not begin with \"/\"\nhint: write it as /items/{id}"},
        {"//", "path \"//\" has an empty segment\nhint: write one \"/\""},
        {"/a//b", "path \"/a//b\" has an empty segment\nhint: write one \"/\""},
        {"/a?b", "path \"/a?b\" has a character that no path may have\n"
                 "hint: write it percent-encoded: \"%20\" for a space"},
        {"/a#b", NULL},
        {"/a\"b", NULL},
        {"/a\tb", NULL},
        {"/a%2", NULL},
        {"/a%zz", NULL},
        {"/a%00", NULL},
        {"/a\\b", NULL},
        {"/%ff", "path \"/%ff\" is not UTF-8\nhint: percent-encode the bytes of UTF-8"},
        {"/a/..", "path \"/a/..\" has \".\" or \"..\" as a segment\nhint: clients resolve those"},
        {"/%2e/b", NULL},
        {"/{id}.csv", "path \"/{id}.csv\" has a malformed capture\n"
                      "hint: a capture takes a whole segment, and its name has letters, digits "
                      "and \"_\": /items/{id}"},
        {"/x{id}", "path \"/x{id}\" has a segment that is neither text nor one {name}\n"
                   "hint: a capture takes a whole segment: /items/{id}"},
        {"/x}", NULL},
        {"/{", NULL},
        {"/{}", NULL},
        {"/{id", NULL},
        {"/{1a}", NULL},
        {"/{a-b}", NULL},
        {"/{a}{b}", NULL},
        {"/{a}/b/{a}", "path \"/{a}/b/{a}\" captures one name twice\n"
                       "hint: give each capture a name of its own"},
        {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}", NULL},
    };
    g_autoptr(Router) router = router_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].path);
        g_autoptr(GError) error = NULL;
        g_assert_false(router_add(router, HTTP_GET, cases[i].path, targets, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        if (cases[i].message != NULL)
            g_assert_cmpstr(error->message, ==, cases[i].message);
    }
    g_autofree char *longest = g_strnfill(256, 'a');
    *longest = '/';
    g_assert_true(route_check(longest, NULL));
    g_autofree char *longer = g_strconcat(longest, "a", NULL);
    g_assert_false(route_check(longer, NULL));
    g_autoptr(GString) deep = g_string_new(NULL);
    for (unsigned i = 0; i < 64; i++)
        g_string_append(deep, "/a");
    g_assert_true(route_check(deep->str, NULL));
    g_string_append(deep, "/a");
    g_assert_false(route_check(deep->str, NULL));
}

static void taken_paths_are_refused(void)
{
    g_autoptr(Router) router = make();
    g_autoptr(GError) error = NULL;
    g_assert_true(router_add(router, HTTP_DELETE, "/items/{id}", targets, NULL));
    g_assert_false(router_add(router, HTTP_GET, "/items/{other}", targets, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, "path \"/items/{other}\" is taken for this method");
}

static void captures_are_listed(void)
{
    const char *at = "/a/{b}/c/{d_1}", *name = NULL;
    size_t length = 0;
    g_assert_true(route_capture(&at, &name, &length));
    g_assert_cmpmem(name, length, "b", 1);
    g_assert_true(route_capture(&at, &name, &length));
    g_assert_cmpmem(name, length, "d_1", 3);
    g_assert_false(route_capture(&at, &name, &length));
    router_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/paths_are_found", paths_are_found);
    g_test_add_func("/route/long_segments_are_not_found", long_segments_are_not_found);
    g_test_add_func("/route/many_routes_are_found", many_routes_are_found);
    g_test_add_func("/route/malformed_paths_are_refused", malformed_paths_are_refused);
    g_test_add_func("/route/taken_paths_are_refused", taken_paths_are_refused);
    g_test_add_func("/route/captures_are_listed", captures_are_listed);
    return g_test_run();
}
