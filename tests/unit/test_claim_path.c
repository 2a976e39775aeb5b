#include "access/claim_path.h"

#include <glib.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void assert_path(const char *text, const char *expected)
{
    g_auto(GStrv) path = claim_path_parse(text);
    g_autofree char *joined = path != NULL ? g_strjoinv("|", path) : NULL;
    g_assert_cmpstr(joined, ==, expected);
}

static void paths_are_read(void)
{
    assert_path("role", "role");
    assert_path("realm_access.roles", "realm_access|roles");
    assert_path("cognito:groups", "cognito:groups");
    assert_path("\"https://example.org/roles\"", "https://example.org/roles");
    assert_path("a.\"b.c\".d", "a|b.c|d");
    assert_path("a.b.c.d.e.f.g.h", "a|b|c|d|e|f|g|h");
}

static void other_text_is_no_path(void)
{
    static const char *const texts[] = {"",       ".",    "a.",     ".a",
                                        "a..b",   "\"\"", "\"a",    "a\"",
                                        "\"a\"b", "a b",  "\"a\".", "a.b.c.d.e.f.g.h.i"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_path(texts[i], NULL);
}

static void assert_roles(const char *json, const char *expected)
{
    g_autoptr(json_t) claims = json_loads(json, 0, NULL);
    g_auto(GStrv) path = claim_path_parse("a.roles");
    g_auto(GStrv) roles = claim_roles(claim_path_find(path, claims));
    g_autofree char *joined = roles != NULL ? g_strjoinv("|", roles) : NULL;
    g_assert_cmpstr(joined, ==, expected);
}

static void roles_are_found(void)
{
    assert_roles("{\"a\":{\"roles\":\"x\"}}", "x");
    assert_roles("{\"a\":{\"roles\":\"x y x\"}}", "x|y");
    assert_roles("{\"a\":{\"roles\":[\"x y\",\"z\",\"z\",\"\"]}}", "x y|z");
    assert_roles("{\"a\":{\"roles\":\"\"}}", "");
    assert_roles("{\"a\":{\"roles\":null}}", "");
    assert_roles("{\"a\":{}}", "");
    assert_roles("{\"a\":[\"roles\"]}", "");
    assert_roles("{}", "");
    assert_roles("{\"a\":{\"roles\":{}}}", NULL);
    assert_roles("{\"a\":{\"roles\":true}}", NULL);
    assert_roles("{\"a\":{\"roles\":[\"x\",1]}}", NULL);
}

static void there_are_not_too_many_roles(void)
{
    g_autoptr(json_t) array = json_array();
    for (unsigned i = 0; i < ROLES_MOST; i++) {
        char name[8];
        g_snprintf(name, sizeof(name), "%u", i);
        json_array_append_new(array, json_string(name));
    }
    g_auto(GStrv) roles = claim_roles(array);
    g_assert_cmpuint(g_strv_length(roles), ==, ROLES_MOST);
    json_array_append_new(array, json_string("one more"));
    g_assert_null(claim_roles(array));
    g_autofree char *blanks = g_strnfill(ROLES_MOST * 2, ' ');
    g_autoptr(json_t) text = json_string(blanks);
    g_assert_null(claim_roles(text));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/claim_path/paths", paths_are_read);
    g_test_add_func("/claim_path/no_paths", other_text_is_no_path);
    g_test_add_func("/claim_path/roles", roles_are_found);
    g_test_add_func("/claim_path/many", there_are_not_too_many_roles);
    return g_test_run();
}
