#include "sql/words.h"

static void assert_text(const Words *words, const char *expected)
{
    g_autofree char *text = words_text(words);
    g_assert_cmpstr(text, ==, expected);
}

static void phrases_are_taken_whole_or_not(void)
{
    g_auto(Words) words = words_read("ALTER /* x */ Table t");
    g_assert_false(words_take(&words, "alter view"));
    g_assert_true(words_see(&words, "alter"));
    g_assert_true(words_see_any(&words, "drop|alter"));
    g_assert_false(words_see_any(&words, "drop|alt"));
    g_assert_true(words_take(&words, "alter table"));
    g_assert_true(words_see(&words, "t"));
    g_assert_false(words_take(&words, "t u"));
    g_assert_true(words_take(&words, "t"));
    g_assert_true(words_at_end(&words));
    g_assert_false(words_see(&words, ""));
    assert_text(&words, "");
}

static void quoted_names_are_no_words(void)
{
    g_auto(Words) words = words_read("\"table\" 'table'");
    g_assert_false(words_see(&words, "table"));
    g_autofree char *name = words_take_name(&words);
    g_assert_cmpstr(name, ==, "\"table\"");
    g_assert_null(words_take_name(&words));
}

static void names_have_their_schema(void)
{
    g_auto(Words) words = words_read("a.\"B b\".c. (");
    g_autofree char *name = words_take_name(&words);
    g_assert_cmpstr(name, ==, "a.\"B b\".c");
    g_assert_true(words_see(&words, "."));
}

static void groups_and_items_know_parentheses(void)
{
    g_auto(Words) words = words_read("(a, f(b, c), d[1, 2]) where x");
    Words inside = {0};
    g_assert_true(words_take_group(&words, &inside));
    g_assert_true(words_see(&words, "where"));
    g_assert_false(words_take_group(&words, &inside));
    Words first = words_take_item(&inside);
    Words second = words_take_item(&inside);
    Words third = words_take_item(&inside);
    assert_text(&first, "a");
    assert_text(&second, "f(b, c)");
    assert_text(&third, "d[1, 2]");
    g_assert_true(words_at_end(&inside));
}

static void what_is_not_closed_ends_with_the_text(void)
{
    g_auto(Words) words = words_read("(a");
    Words inside = {0};
    g_assert_true(words_take_group(&words, &inside));
    assert_text(&inside, "a");
    g_auto(Words) broken = words_read("alter 'x");
    g_assert_true(words_at_end(&broken));
}

static void words_are_found_outside_parentheses(void)
{
    g_auto(Words) words = words_read("int (using) collate x using a");
    Words type = words_take_until(&words, "collate|using");
    assert_text(&type, "int (using)");
    Words rest = words_take_until(&words, "nothing");
    assert_text(&rest, "collate x using a");
    g_assert_true(words_at_end(&words));
}

static void bare_names_are_as_the_server_stores_them(void)
{
    static const char *const pairs[][2] = {
        {"Item", "item"}, {"a.\"B \"\"b\"", "B \"b"}, {"\"a\".B", "b"}, {"", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *bare = words_bare_name(pairs[i][0]);
        g_assert_cmpstr(bare, ==, pairs[i][1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/words/phrases", phrases_are_taken_whole_or_not);
    g_test_add_func("/words/quoted", quoted_names_are_no_words);
    g_test_add_func("/words/names", names_have_their_schema);
    g_test_add_func("/words/groups", groups_and_items_know_parentheses);
    g_test_add_func("/words/open", what_is_not_closed_ends_with_the_text);
    g_test_add_func("/words/until", words_are_found_outside_parentheses);
    g_test_add_func("/words/bare", bare_names_are_as_the_server_stores_them);
    return g_test_run();
}
