#include "serve/blame.h"

/* What servers write, by version, language and settings. */
static void parameters_are_read_from_the_context(void)
{
    static const struct {
        const char *context;
        unsigned number;
    } cases[] = {
        {"", 0},
        {"unnamed portal parameter $1 = '...'", 1},
        {"unnamed portal parameter $12", 12},
        {"unnamed portal parameter $2 = 'a $3\nunnamed portal parameter $4'", 2},
        {"PL/pgSQL function f(integer) line 1 at RAISE\nunnamed portal parameter $3 = '...'", 3},
        {"unbenannter Portal-Parameter $2 = '...'", 2},
        {"PL/pgSQL-Funktion f() Zeile 1 bei RAISE\nParameter $65 = '...'", 65},
        {"unnamed portal with parameters: $1 = '...'", 0},
        {"unnamed portal with parameters: $1 = 'a', $2 = '...'", 0},
        {"SQL statement \"SELECT $1\"\nPL/pgSQL function f() line 1 at EXECUTE", 0},
        {"SQL function \"f\" statement 1", 0},
        {"unnamed portal parameter $", 0},
        {"unnamed portal parameter $99999999999999999999", 0},
        {"unnamed portal parameter $-1", 0},
        {"$", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].context);
        g_assert_cmpuint(blame_context(cases[i].context), ==, cases[i].number);
    }
}

static void limits_are_those_of_the_server(void)
{
    static const struct {
        unsigned characters, precision;
        int scale;
        const char *value;
        bool exceeded;
    } cases[] = {
        {3, 0, 0, "abc", false},    {3, 0, 0, "abcd", true},    {3, 0, 0, "abc   ", false},
        {3, 0, 0, "äöü", false},    {3, 0, 0, "äöüß", true},    {0, 5, 2, "999.994", false},
        {0, 5, 2, "999.995", true}, {0, 5, 2, "-1000", true},   {0, 5, 2, "0001.5", false},
        {0, 5, 2, "1e3", true},     {0, 5, 2, "NaN", false},    {0, 5, 2, "Infinity", true},
        {0, 5, 2, "", false},       {0, 5, 2, "x", false},      {0, 2, -3, "99499", false},
        {0, 2, -3, "99500", true},  {0, 1, 3, "0.0094", false}, {0, 1, 3, "0.0096", true},
        {0, 0, 0, "abcd", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ColumnLimit limit = {.characters = cases[i].characters,
                             .precision = cases[i].precision,
                             .scale = cases[i].scale};
        g_test_message("%s", cases[i].value);
        g_assert_cmpint(column_limit_is_exceeded(&limit, cases[i].value), ==, cases[i].exceeded);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/blame/parameters_are_read_from_the_context",
                    parameters_are_read_from_the_context);
    g_test_add_func("/blame/limits_are_those_of_the_server", limits_are_those_of_the_server);
    return g_test_run();
}
