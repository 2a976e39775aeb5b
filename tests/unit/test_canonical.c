#include "schema/canonical.h"

static void assert_canonical(const char *text, const char *expected)
{
    g_autofree char *got = canonical_expression(text);
    g_assert_cmpstr(got, ==, expected);
    if (got != NULL)
        g_assert_null(canonical_expression(got));
}

static void casts_move_into_the_elements(void)
{
    assert_canonical("s::text = ANY (ARRAY['a'::character varying, 'it''s, ]'::character "
                     "varying]::text[])",
                     "s::text = ANY (ARRAY['a'::character varying::text, 'it''s, ]'::character "
                     "varying::text])");
    assert_canonical("(ARRAY['a'::character varying]::text[]) AND (ARRAY['b'::character "
                     "varying]::text[])",
                     "(ARRAY['a'::character varying::text]) AND (ARRAY['b'::character "
                     "varying::text])");
}

static void other_text_is_left_alone(void)
{
    assert_canonical("x > 0", NULL);
    assert_canonical("ARRAY[a, b]::text[]", NULL);
    assert_canonical("ARRAY['a'::character varying, b]::text[]", NULL);
    assert_canonical("'ARRAY[''a''::character varying]::text[]'::text", NULL);
    assert_canonical("ARRAY['a'::text]", NULL);
    assert_canonical("ARRAY['a]::text[]", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/canonical/moves", casts_move_into_the_elements);
    g_test_add_func("/canonical/others", other_text_is_left_alone);
    return g_test_run();
}
