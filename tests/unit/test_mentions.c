#include "sql/mentions.h"

static void assert_mentions(const char *text, const char *functions, const char *relations)
{
    g_autoptr(Mentions) mentions = mentions_new(text);
    g_assert_true(mentions->known);
    g_ptr_array_add(mentions->functions, NULL);
    g_ptr_array_add(mentions->relations, NULL);
    g_autofree char *found = g_strjoinv(" ", (char **)mentions->functions->pdata);
    g_autofree char *read = g_strjoinv(" ", (char **)mentions->relations->pdata);
    g_assert_cmpstr(found, ==, functions);
    g_assert_cmpstr(read, ==, relations);
}

static void all_places_are_looked_at(void)
{
    assert_mentions("SELECT 1", "", "");
    assert_mentions("SELECT a.f(g(x)) FROM t WHERE h(y) > 1", "f g h", "t");
    assert_mentions("SELECT 1 FROM s.\"T\" JOIN u ON v(1) ORDER BY w(2)", "v w", "s.\"T\" u");
    assert_mentions("WITH a AS (SELECT f()) SELECT (SELECT g() FROM b) FROM a", "f g", "a b");
    assert_mentions("INSERT INTO t SELECT f($1) ON CONFLICT (a) DO UPDATE SET b = g()", "f g", "t");
    assert_mentions("UPDATE t SET a = f() FROM u WHERE g()", "f g", "t u");
    assert_mentions("DELETE FROM t USING u WHERE f() RETURNING g()", "f g", "t u");
    assert_mentions("SELECT * FROM f(1), LATERAL g(2)", "f g", "");
    assert_mentions("CALL p(f())", "f p", "");
    assert_mentions("VALUES (\"Set_Config\"('a', 'b', false))", "Set_Config", "");
}

static void what_is_not_understood_is_not_known(void)
{
    g_autoptr(Mentions) mentions = mentions_new("SELECT (");
    g_assert_false(mentions->known);
    g_assert_cmpuint(mentions->functions->len + mentions->relations->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mentions/all_places_are_looked_at", all_places_are_looked_at);
    g_test_add_func("/mentions/what_is_not_understood_is_not_known",
                    what_is_not_understood_is_not_known);
    return g_test_run();
}
