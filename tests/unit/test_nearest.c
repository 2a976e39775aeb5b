#include "base/nearest.h"

static const char *const known[] = {"upgrade", "downgrade", "heads", "history", NULL};

static void slips_are_understood(void)
{
    g_assert_cmpstr(nearest_word("upgarde", known), ==, "upgrade");
    g_assert_cmpstr(nearest_word("hist", known), ==, "history");
    g_assert_cmpstr(nearest_word("head", known), ==, "heads");
    g_assert_cmpstr(nearest_word("downgrad", known), ==, "downgrade");
}

static void other_words_are_not_guessed(void)
{
    g_autofree char *longest = g_strnfill(5000, 'a');
    g_assert_null(nearest_word("xyzzy", known));
    g_assert_null(nearest_word("", known));
    g_assert_null(nearest_word(longest, known));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nearest/slips", slips_are_understood);
    g_test_add_func("/nearest/others", other_words_are_not_guessed);
    return g_test_run();
}
