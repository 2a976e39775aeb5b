#include "sql/syntax.h"

#include <glib.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void statements_have_trees(void)
{
    g_autoptr(json_t) tree = syntax_parse("SELECT 1; DROP TABLE a");
    g_assert_cmpuint(json_array_size(json_object_get(tree, "stmts")), ==, 2);
    g_autoptr(json_t) empty = syntax_parse("");
    g_assert_nonnull(empty);
}

static void what_is_no_sql_has_none(void)
{
    g_assert_null(syntax_parse("SELEKT 1"));
    g_assert_null(syntax_parse("SELECT 'unclosed"));
}

/* Of each shape as deep as the longest statement can be: without the limit some of them overrun
 * the stack. */
static void depth_has_a_limit(void)
{
    static const struct {
        const char *begin, *level, *end;
    } shapes[] = {
        {"SELECT 1", "+1", ""},
        {"SELECT a", " or a", ""},
        {"SELECT ", "+ ", "1"},
        {"SELECT ", "(", "1"},
        {"SELECT array", "[", "1"},
        {"SELECT a", "[1]", ""},
        {"SELECT a", "::a", ""},
        {"SELECT 1", " union select 1", ""},
        {"SELECT 1 FROM a", " join a on a", ""},
        {"ALTER TABLE t ADD CHECK (1", "+1", " > 0)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        for (unsigned length = SYNTAX_LENGTH_MOST; length < 3000000; length *= 80) {
            g_autoptr(GString) sql = g_string_new(shapes[i].begin);
            while (sql->len + strlen(shapes[i].level) + strlen(shapes[i].end) <= length)
                g_string_append(sql, shapes[i].level);
            g_string_append(sql, shapes[i].end);
            g_autoptr(json_t) tree = syntax_parse(sql->str);
            g_assert_true(tree == NULL || length == SYNTAX_LENGTH_MOST);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/syntax/trees", statements_have_trees);
    g_test_add_func("/syntax/errors", what_is_no_sql_has_none);
    g_test_add_func("/syntax/depth", depth_has_a_limit);
    return g_test_run();
}
