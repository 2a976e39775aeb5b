#include "base/duration.h"

#include <glib.h>

static void duration_reads_units(void)
{
    static const struct {
        const char *text;
        int64_t milliseconds;
    } good[] = {
        {"0ms", 0},        {"250ms", 250},  {"5s", 5000},
        {"10min", 600000}, {"2h", 7200000}, {"10000d", INT64_C(864000000000)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        int64_t found = -1;
        g_assert_true(duration_parse(good[i].text, &found));
        g_assert_cmpint(found, ==, good[i].milliseconds);
    }
}

static void duration_refuses_the_rest(void)
{
    static const char *const bad[] = {
        "", "5", "s", "5 s", "-1s", "5m", "1.5s", "5S", "10001d", "99999999999999999999s", "5s ",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t found = 7;
        g_assert_false(duration_parse(bad[i], &found));
        g_assert_cmpint(found, ==, 7);
    }
}

static void duration_is_said_in_words(void)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } said[] = {
        {0, "0 seconds"},
        {1, "1 second"},
        {119, "119 seconds"},
        {120, "2 minutes"},
        {7199, "119 minutes"},
        {7200, "2 hours"},
        {172799, "47 hours"},
        {172800, "2 days"},
        {40 * 86400 - 1, "39 days"},
        {-1, "in 1 second"},
        {-7300, "in 2 hours"},
        {INT64_MAX, "106751991167300 days"},
        {INT64_MIN, "in 106751991167300 days"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autofree char *text = duration_in_words(said[i].seconds);
        g_assert_cmpstr(text, ==, said[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duration/reads_units", duration_reads_units);
    g_test_add_func("/duration/refuses_the_rest", duration_refuses_the_rest);
    g_test_add_func("/duration/is_said_in_words", duration_is_said_in_words);
    return g_test_run();
}
