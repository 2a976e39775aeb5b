#include "archive/sequence_set.h"

/* "name value called", or "-" */
static void check(const char *statement, const char *expected)
{
    g_autoptr(SequenceSet) set = sequence_set_parse(statement);
    g_autofree char *text = set == NULL ? g_strdup("-")
                                        : g_strdup_printf("%s %" G_GINT64_FORMAT " %s", set->name,
                                                          set->value, set->called ? "t" : "f");
    g_assert_cmpstr(text, ==, expected);
}

static void reads_what_pg_dump_writes(void)
{
    check("SELECT pg_catalog.setval('public.t_id_seq', 7, true);", "public.t_id_seq 7 t");
    check("SELECT pg_catalog.setval('public.t_id_seq', 1, false);\n", "public.t_id_seq 1 f");
    check("\nSELECT pg_catalog.setval('a.b', -5, true)", "a.b -5 t");
}

static void undoes_quotes_of_the_string_alone(void)
{
    check("SELECT pg_catalog.setval('public.\"Order''s \"\"x\"\"_seq\"', 2, true);",
          "public.\"Order's \"\"x\"\"_seq\" 2 t");
    check("SELECT pg_catalog.setval('a.\"b\\c\"', 2, true);", "a.\"b\\c\" 2 t");
}

static void reads_all_values_of_a_bigint(void)
{
    check("SELECT pg_catalog.setval('a.b', 9223372036854775807, true);",
          "a.b 9223372036854775807 t");
    check("SELECT pg_catalog.setval('a.b', -9223372036854775808, true);",
          "a.b -9223372036854775808 t");
    check("SELECT pg_catalog.setval('a.b', 9223372036854775808, true);", "-");
}

static void refuses_what_is_another_statement(void)
{
    static const char *const others[] = {
        "",
        "SELECT 1;",
        "SELECT pg_catalog.setval(",
        "SELECT pg_catalog.setval('a.b",
        "SELECT pg_catalog.setval('a.b''",
        "SELECT pg_catalog.setval('a.b'",
        "SELECT pg_catalog.setval('a.b', , true);",
        "SELECT pg_catalog.setval('a.b', 7);",
        "SELECT pg_catalog.setval('a.b', 7-, true);",
        "SELECT pg_catalog.setval('a.b', 7 8, true);",
        "SELECT pg_catalog.setval('a.b', 7, maybe);",
        "SELECT pg_catalog.setval('a.b', 7, truefalse);",
        "SELECT pg_catalog.setval('a.b', 7, true);;",
        "SELECT pg_catalog.setval('a.b', 7, true); DROP TABLE t",
        "SELECT pg_catalog.setval(E'a.b', 7, true);",
        "SELECT setval('a.b', 7, true);",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        check(others[i], "-");
    sequence_set_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence_set/reads", reads_what_pg_dump_writes);
    g_test_add_func("/sequence_set/quotes", undoes_quotes_of_the_string_alone);
    g_test_add_func("/sequence_set/values", reads_all_values_of_a_bigint);
    g_test_add_func("/sequence_set/others", refuses_what_is_another_statement);
    return g_test_run();
}
