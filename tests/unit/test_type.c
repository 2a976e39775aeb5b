#include "sample_types.h"

static const ApiField *field(const ApiType *type, unsigned index)
{
    return &g_array_index(type->fields, ApiField, index);
}

static void forms_follow_base_and_kind(void)
{
    static const struct {
        unsigned oid;
        ApiForm form;
    } wanted[] = {
        {16, FORM_BOOLEAN},
        {17, FORM_BYTEA},
        {20, FORM_BIGINT},
        {23, FORM_INTEGER},
        {25, FORM_TEXT},
        {26, FORM_INTEGER},
        {701, FORM_FLOAT},
        {1700, FORM_NUMERIC},
        {2950, FORM_UUID},
        {1082, FORM_DATE},
        {1083, FORM_TIME},
        {1266, FORM_TIMETZ},
        {1114, FORM_TIMESTAMP},
        {1184, FORM_TIMESTAMPTZ},
        {1186, FORM_INTERVAL},
        {114, FORM_JSON},
        {3802, FORM_JSON},
        {603, FORM_TEXT},
        {2278, FORM_VOID},
        {22, FORM_ARRAY},
        {1007, FORM_ARRAY},
        {3904, FORM_RANGE},
        {4451, FORM_MULTIRANGE},
        {SAMPLE_MOOD, FORM_ENUM},
        {SAMPLE_POINT, FORM_COMPOSITE},
        {SAMPLE_PRICE, FORM_NUMERIC},
        {SAMPLE_POINTS, FORM_ARRAY},
    };
    g_autoptr(ApiTypes) types = sample_types();
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_cmpint(api_types_find(types, wanted[i].oid)->form, ==, wanted[i].form);
}

static void types_of_users_named_as_in_the_catalog_are_text(void)
{
    g_autoptr(ApiTypes) types = api_types_new();
    ApiTypeRow row = {.oid = 70000, .name = "mine.int4", .base = "", .kind = 'b'};
    api_types_add(types, &row);
    api_types_finish(types);
    g_assert_cmpint(api_types_find(types, 70000)->form, ==, FORM_TEXT);
}

static void integers_know_their_size(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_assert_cmpuint(api_types_find(types, 21)->bytes, ==, 2);
    g_assert_cmpuint(api_types_find(types, 23)->bytes, ==, 4);
    g_assert_cmpuint(api_types_find(types, 20)->bytes, ==, 8);
    g_assert_false(api_types_find(types, 23)->is_unsigned);
    g_assert_true(api_types_find(types, 26)->is_unsigned);
}

static void composite_may_hold_an_array_of_itself(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    const ApiType *tree = api_types_find(types, SAMPLE_TREE);
    g_assert_cmpuint(tree->fields->len, ==, 2);
    g_assert_cmpstr(field(tree, 1)->name, ==, "children");
    g_assert_cmpstr(field(tree, 1)->key, ==, "\"children\":");
    g_assert_true(field(tree, 1)->type->element == tree);
}

static void domain_keeps_its_own_name_and_the_form_of_its_base(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    const ApiType *price = api_types_find(types, SAMPLE_PRICE);
    g_assert_cmpstr(price->name, ==, "price");
    g_assert_true(price->domain);
    g_assert_true(price->not_null);
    const ApiType *points = api_types_find(types, SAMPLE_POINTS);
    g_assert_true(points->element == api_types_find(types, SAMPLE_POINT));
}

static void elements_are_separated_as_their_type_says(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_assert_cmpint(api_types_find(types, 1007)->delimiter, ==, ',');
    g_assert_cmpint(api_types_find(types, 1020)->delimiter, ==, ';');
    g_assert_cmpint(api_types_find(types, 22)->delimiter, ==, ' ');
}

static void missing_type_is_named_and_stands_as_text(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_autoptr(GArray) missing = api_types_missing(types);
    g_assert_cmpuint(missing->len, ==, 1);
    g_assert_cmpuint(g_array_index(missing, unsigned, 0), ==, SAMPLE_MISSING);
    const ApiType *unknown = api_types_find(types, SAMPLE_UNKNOWN);
    g_assert_cmpint(field(unknown, 0)->type->form, ==, FORM_TEXT);
    g_assert_cmpint(api_types_find(types, 4242)->form, ==, FORM_TEXT);
}

static void second_row_of_one_type_changes_nothing(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    ApiTypeRow row = {.oid = 23, .name = "other", .base = "text", .kind = 'b'};
    api_types_add(types, &row);
    api_types_finish(types);
    g_assert_cmpstr(api_types_find(types, 23)->name, ==, "integer");
    g_assert_cmpint(api_types_find(types, 23)->form, ==, FORM_INTEGER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/type/forms_follow_base_and_kind", forms_follow_base_and_kind);
    g_test_add_func("/type/types_of_users_named_as_in_the_catalog_are_text",
                    types_of_users_named_as_in_the_catalog_are_text);
    g_test_add_func("/type/integers_know_their_size", integers_know_their_size);
    g_test_add_func("/type/composite_may_hold_an_array_of_itself",
                    composite_may_hold_an_array_of_itself);
    g_test_add_func("/type/domain_keeps_its_own_name_and_the_form_of_its_base",
                    domain_keeps_its_own_name_and_the_form_of_its_base);
    g_test_add_func("/type/elements_are_separated_as_their_type_says",
                    elements_are_separated_as_their_type_says);
    g_test_add_func("/type/missing_type_is_named_and_stands_as_text",
                    missing_type_is_named_and_stands_as_text);
    g_test_add_func("/type/second_row_of_one_type_changes_nothing",
                    second_row_of_one_type_changes_nothing);
    return g_test_run();
}
