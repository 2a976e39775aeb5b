#include "pool/outcome.h"

#include <glib.h>

static void assert_sqlstate(const char *message, const char *expected)
{
    char found[6];
    outcome_connect_sqlstate(message, found);
    g_assert_cmpstr(found, ==, expected);
}

static void sqlstate_is_found_in_any_language(void)
{
    assert_sqlstate("connection to server on socket \"/run/.s.PGSQL.5432\" failed: FATAL:  53300\n",
                    "53300");
    assert_sqlstate("connection to server at \"x\" failed: \xe8\x87\xb4\xe5\x91\xbd:  57P03\n",
                    "57P03");
    assert_sqlstate("connection to server at \"a\" failed: FATAL:  57P03\n"
                    "connection to server at \"b\" failed: FATAL:  28P01\n",
                    "28P01");
}

static void what_the_server_did_not_say_has_none(void)
{
    assert_sqlstate("", "");
    assert_sqlstate("\n", "");
    assert_sqlstate("53300", "");
    assert_sqlstate(":  5330", "");
    assert_sqlstate("no such host:  gone!", "");
    assert_sqlstate("connection to server on socket \"/x\" failed: No such file or directory\n"
                    "\tIs the server running locally and accepting connections on that socket?\n",
                    "");
}

static void reasons_are_words(void)
{
    g_assert_cmpstr(outcome_reason(""), ==, "lost");
    g_assert_cmpstr(outcome_reason("57P03"), ==, "starting");
    g_assert_cmpstr(outcome_reason("53100"), ==, "disk full");
    g_assert_cmpstr(outcome_reason("53400"), ==, "out of resources");
    g_assert_cmpstr(outcome_reason("28P01"), ==, "not let in");
    g_assert_cmpstr(outcome_reason("XX000"), ==, "refused");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool_outcome/sqlstate_is_found_in_any_language",
                    sqlstate_is_found_in_any_language);
    g_test_add_func("/pool_outcome/what_the_server_did_not_say_has_none",
                    what_the_server_did_not_say_has_none);
    g_test_add_func("/pool_outcome/reasons_are_words", reasons_are_words);
    return g_test_run();
}
