#include "render/document.h"

static void add(GPtrArray *statements, const char *sql, const char *group, const char *flags)
{
    RenderedStatement *statement = g_new0(RenderedStatement, 1);
    statement->sql = g_strdup(sql);
    statement->group = g_strdup(group);
    statement->outside_transaction = strchr(flags, 'o') != NULL;
    statement->ends_step = strchr(flags, 'e') != NULL;
    if (strchr(flags, 'l') != NULL)
        statement->loss = g_strdup("drops \"a\nb\"");
    g_ptr_array_add(statements, statement);
}

static GPtrArray *statements_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)rendered_statement_free);
}

/* "ab|c": the statements' first letters, steps apart. */
static char *steps_of(const GPtrArray *statements)
{
    g_autoptr(GPtrArray) steps = document_steps(statements);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < steps->len; i++) {
        const GPtrArray *step = g_ptr_array_index(steps, i);
        g_assert_cmpuint(step->len, >, 0);
        if (i > 0)
            g_string_append_c(text, '|');
        for (unsigned j = 0; j < step->len; j++)
            g_string_append(text, ((RenderedStatement *)g_ptr_array_index(step, j))->sql);
    }
    return g_string_free(text, FALSE);
}

static void steps_are_few_but_never_too_few(void)
{
    static const struct {
        const char *flags; /* one letter a statement; - for none */
        const char *steps;
    } cases[] = {
        {"", ""},   {"---", "abc"},   {"-o-", "a|b|c"},   {"oo", "a|b"}, {"-ee--", "abc|de"},
        {"e", "a"}, {"eo-", "a|b|c"}, {"e-e-", "a|bc|d"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) statements = statements_new();
        for (size_t j = 0; cases[i].flags[j] != '\0'; j++) {
            char sql[] = {(char)('a' + j), '\0'};
            char flags[] = {cases[i].flags[j], '\0'};
            add(statements, sql, "g", flags);
        }
        g_autofree char *steps = steps_of(statements);
        g_assert_cmpstr(steps, ==, cases[i].steps);
    }
}

static void script_keeps_together_what_belongs_together(void)
{
    g_autoptr(GPtrArray) statements = statements_new();
    add(statements, "CREATE TABLE a (\n    b integer\n)", "a", "");
    add(statements, "COMMENT ON TABLE a IS 'x'", "a", "");
    add(statements, "GRANT SELECT ON a TO b", "a", "");
    add(statements, "COMMENT ON TABLE c IS 'x'", "c", "");
    add(statements, "DROP TABLE \"a\nb\"", "c", "l");
    add(statements, "DROP TABLE d", "c", "");
    g_autofree char *script = document_script(statements);
    g_assert_cmpstr(script, ==,
                    "CREATE TABLE a (\n    b integer\n);\n"
                    "\n"
                    "COMMENT ON TABLE a IS 'x';\n"
                    "GRANT SELECT ON a TO b;\n"
                    "\n"
                    "COMMENT ON TABLE c IS 'x';\n"
                    "\n"
                    "-- drops \"a b\"\n"
                    "DROP TABLE \"a\nb\";\n"
                    "\n"
                    "DROP TABLE d;\n");
    rendered_statement_free(NULL);
}

static void script_of_nothing_is_empty(void)
{
    g_autoptr(GPtrArray) statements = statements_new();
    g_autofree char *script = document_script(statements);
    g_assert_cmpstr(script, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/document/steps", steps_are_few_but_never_too_few);
    g_test_add_func("/document/script", script_keeps_together_what_belongs_together);
    g_test_add_func("/document/empty", script_of_nothing_is_empty);
    return g_test_run();
}
