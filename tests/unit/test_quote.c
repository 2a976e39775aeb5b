#include "sql/quote.h"

static void identifier_is_quoted_only_where_needed(void)
{
    static const char *const cases[][2] = {
        {"item", "item"}, {"_x1", "_x1"},         {"Item", "\"Item\""},       {"a b", "\"a b\""},
        {"1a", "\"1a\""}, {"a\"b", "\"a\"\"b\""}, {"order", "\"order\""},     {"user", "\"user\""},
        {"name", "name"}, {"naïve", "\"naïve\""}, {"between", "\"between\""}, {"", "\"\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *quoted = sql_quote_identifier(cases[i][0]);
        g_assert_cmpstr(quoted, ==, cases[i][1]);
    }
}

static void literal_survives_quotes_and_backslashes(void)
{
    g_autofree char *plain = sql_quote_literal("it's");
    g_autofree char *slash = sql_quote_literal("a\\'b");
    g_assert_cmpstr(plain, ==, "'it''s'");
    g_assert_cmpstr(slash, ==, "E'a\\\\''b'");
}

static void append_fills_in_words(void)
{
    g_autoptr(GString) sql = g_string_new("-- ");
    sql_append(sql, "COMMENT ON TABLE %I.%I IS %L; %s 100%%", "public", "Order", NULL, "x");
    g_assert_cmpstr(sql->str, ==, "-- COMMENT ON TABLE public.\"Order\" IS NULL; x 100%");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quote/identifier", identifier_is_quoted_only_where_needed);
    g_test_add_func("/quote/literal", literal_survives_quotes_and_backslashes);
    g_test_add_func("/quote/append", append_fills_in_words);
    return g_test_run();
}
