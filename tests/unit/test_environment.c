#include "base/environment.h"

#define PREFIX "RETORT_TEST_"

static Environment *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Environment *environment = environment_parse("/p/.env", text, &error);
    g_assert_no_error(error);
    return environment;
}

static void assert_refused(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Environment) environment = environment_parse("/p/.env", text, &error);
    g_assert_null(environment);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
}

static void values_are_read_as_dotenv_reads_them(void)
{
    static const char *const cases[][2] = {
        {"A=x", "x"},
        {"export A = x y \r\n", "x y"},
        {"# note\n\n  A=x # note", "x"},
        {"A=x#y", "x#y"},
        {"A=", ""},
        {"A= # note", ""},
        {"A='a \"b\" ${X} \\n'", "a \"b\" ${X} \\n"},
        {"A=\"a\\tb\\\"c\\\\\" # note", "a\tb\"c\\"},
        {"A=\"two\nlines\"", "two\nlines"},
        {"A=1\nA=2", "2"},
        {"RETORT_TEST_B=in\nA=${RETORT_TEST_B}${RETORT_TEST_C:-out}${RETORT_TEST_C}", "inout"},
        {"RETORT_TEST_B=in\nA=\"<${RETORT_TEST_B}>\"", "<in>"},
        {"A=a${", "a${"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat(cases[i][0], NULL);
        /* the variable has a name that the real environment lacks */
        g_autoptr(GRegex) name = g_regex_new("\\bA ?(?==)", 0, 0, NULL);
        g_autofree char *named = g_regex_replace_literal(name, text, -1, 0, PREFIX "A", 0, NULL);
        g_autoptr(Environment) environment = parse(named);
        g_assert_cmpstr(environment_get(environment, PREFIX "A"), ==, cases[i][1]);
    }
}

static void environment_wins_even_when_empty(void)
{
    g_setenv(PREFIX "SET", "", TRUE);
    g_autoptr(Environment) environment = parse(PREFIX "SET=file\n" PREFIX "OTHER=file\n");
    g_assert_cmpstr(environment_get(environment, PREFIX "SET"), ==, "");
    g_assert_false(environment_is_from_file(environment, PREFIX "SET"));
    g_assert_cmpstr(environment_get(environment, PREFIX "OTHER"), ==, "file");
    g_assert_true(environment_is_from_file(environment, PREFIX "OTHER"));
    g_assert_null(g_getenv(PREFIX "OTHER"));
    g_unsetenv(PREFIX "SET");
}

#define NOT_A_PAIR "this is not KEY=VALUE\nhint: a comment begins with #"

static void faults_are_named_without_values(void)
{
    assert_refused("A=1\nsecret words\n", "/p/.env:2: " NOT_A_PAIR);
    assert_refused("A='1\nsecret", "/p/.env:1: the closing quote is missing");
    assert_refused("A=\"1\n2\" secret", "/p/.env:2: text follows the closing quote");
    assert_refused("1A=secret", "/p/.env:1: " NOT_A_PAIR);
}

static void a_lone_name_is_refused(void)
{
    assert_refused("A=1\n\nB\nC=1", "/p/.env:3: " NOT_A_PAIR);
    assert_refused("export A\n", "/p/.env:1: " NOT_A_PAIR);
    assert_refused("A", "/p/.env:1: " NOT_A_PAIR);
    assert_refused("export\n", "/p/.env:1: " NOT_A_PAIR);
    g_autoptr(Environment) environment = parse("# x\n \nexport " PREFIX "B=1\n" PREFIX "C=");
    g_assert_cmpstr(environment_get(environment, PREFIX "B"), ==, "1");
    g_assert_cmpstr(environment_get(environment, PREFIX "C"), ==, "");
}

static void missing_file_is_empty(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Environment) environment = environment_load("/nonexistent", &error);
    g_assert_no_error(error);
    g_assert_null(environment_get(environment, PREFIX "A"));
}

static void ci_is_told(void)
{
    g_autoptr(Environment) environment = parse("CI=true");
    g_unsetenv("CI");
    g_assert_cmpstr(environment_find_deployment(environment), ==, "CI is set");
    g_setenv("CI", "false", TRUE);
    g_assert_cmpstr(environment_find_deployment(environment), !=, "CI is set");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/environment/values", values_are_read_as_dotenv_reads_them);
    g_test_add_func("/environment/order", environment_wins_even_when_empty);
    g_test_add_func("/environment/faults", faults_are_named_without_values);
    g_test_add_func("/environment/name", a_lone_name_is_refused);
    g_test_add_func("/environment/missing", missing_file_is_empty);
    g_test_add_func("/environment/ci", ci_is_told);
    return g_test_run();
}
