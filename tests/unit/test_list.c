#include "schema/list.h"

static void assert_words(const char *literal, const char *joined)
{
    g_auto(GStrv) words = list_parse(literal);
    g_autofree char *text = g_strjoinv("|", words);
    g_assert_cmpstr(text, ==, joined);
}

static void parses_what_the_server_prints(void)
{
    assert_words(NULL, "");
    assert_words("{}", "");
    assert_words("{a}", "a");
    assert_words("{a,\"b c\",\"d\\\"e\",\"\\\\\"}", "a|b c|d\"e|\\");
    assert_words("{NULL,\"NULL\"}", "|NULL");
    assert_words("{\"\",b}", "|b");
    assert_words("{a,", "a|");
}

static void format_is_parsed_back(void)
{
    const char *const words[] = {"a", "b,c", "\"", "\\", "", NULL};
    g_autofree char *literal = list_format(words);
    assert_words(literal, "a|b,c|\"|\\|");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/list/parse", parses_what_the_server_prints);
    g_test_add_func("/list/format", format_is_parsed_back);
    return g_test_run();
}
