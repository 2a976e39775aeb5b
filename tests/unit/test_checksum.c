#include "sql/checksum.h"

static bool is_same(const char *a, const char *b)
{
    g_autofree char *sum_a = checksum_of_statement(a);
    g_autofree char *sum_b = checksum_of_statement(b);
    return g_str_equal(sum_a, sum_b);
}

static void looks_do_not_matter(void)
{
    g_assert_true(is_same("CREATE TABLE t(a int)", "create  table T (\n  a INT -- x\n)"));
    g_assert_true(is_same("select 1 /* x */ + 2", "SELECT 1+2"));
    g_assert_true(is_same("select 0XFF", "select 0xff"));
}

static void meaning_does(void)
{
    g_assert_false(is_same("select 'a'", "select 'A'"));
    g_assert_false(is_same("select \"a\"", "select \"A\""));
    g_assert_false(is_same("select ab", "select a b"));
    g_assert_false(is_same("select $$a -- b$$", "select $$a$$"));
    g_assert_false(is_same("select 'a  b'", "select 'a b'"));
    g_assert_false(is_same("select - -1", "select --1"));
    g_assert_false(is_same("select 'unclosed", "select 'unclosed more"));
}

static void neighbours_are_kept_apart(void)
{
    g_autoptr(GChecksum) one = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GChecksum) two = g_checksum_new(G_CHECKSUM_SHA256);
    checksum_add_word(one, "ab");
    checksum_add_word(one, "c");
    checksum_add_word(two, "a");
    checksum_add_word(two, "bc");
    g_assert_cmpstr(g_checksum_get_string(one), !=, g_checksum_get_string(two));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/checksum/looks", looks_do_not_matter);
    g_test_add_func("/checksum/meaning", meaning_does);
    g_test_add_func("/checksum/neighbours", neighbours_are_kept_apart);
    return g_test_run();
}
