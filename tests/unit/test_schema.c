#include "schema/schema.h"

static void identity_quotes_what_is_not_plain(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = schema_add(schema, KIND_TABLE, "public", NULL, "Order \"x\"", NULL);
    Object *function = schema_add(schema, KIND_FUNCTION, "app", NULL, "f", "integer, text");
    Object *column = schema_add(schema, KIND_COLUMN, "public", "item", "id", NULL);
    Object *index = schema_add(schema, KIND_INDEX, "public", "item", "item_idx", NULL);
    g_assert_cmpstr(table->identity, ==, "public.\"Order \"\"x\"\"\"");
    g_assert_cmpstr(function->identity, ==, "app.f(integer, text)");
    g_assert_cmpstr(column->identity, ==, "public.item.id");
    g_assert_cmpstr(index->identity, ==, "public.item_idx");
}

static void finish_sorts_and_links(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *column = schema_add(schema, KIND_COLUMN, "public", "item", "id", NULL);
    Object *standard = schema_add(schema, KIND_DEFAULT, "public", "item", "id", NULL);
    Object *second = schema_add(schema, KIND_TABLE, "public", NULL, "item", NULL);
    Object *first = schema_add(schema, KIND_TABLE, "public", NULL, "alpha", NULL);
    Object *index = schema_add(schema, KIND_INDEX, "public", "item", "i", NULL);
    Object *namespace = schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    schema_finish(schema);
    const GPtrArray *tables = schema_objects(schema, KIND_TABLE);
    g_assert_true(g_ptr_array_index(tables, 0) == first);
    g_assert_true(g_ptr_array_index(tables, 1) == second);
    g_assert_true(column->parent == second);
    g_assert_true(standard->parent == column);
    g_assert_true(index->parent == second);
    g_assert_true(g_ptr_array_find(second->depends_on, namespace, NULL));
    g_assert_true(g_ptr_array_find(standard->depends_on, column, NULL));
    g_assert_true(schema_find(schema, KIND_TABLE, "public.item") == second);
    g_assert_cmpuint(schema_count(schema), ==, 6);
}

static void differences_leave_out_column_order(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *a = schema_add(schema, KIND_COLUMN, "public", "a", "x", NULL);
    Object *b = schema_add(schema, KIND_COLUMN, "public", "b", "x", NULL);
    a->values[COLUMN_POSITION] = schema_text(schema, "1");
    b->values[COLUMN_POSITION] = schema_text(schema, "2");
    g_assert_cmpuint(object_differences(a, b), ==, 0);
    b->values[COLUMN_TYPE] = schema_text(schema, "text");
    g_assert_cmpuint(object_differences(a, b), ==, 1U << COLUMN_TYPE);
}

static void grants_are_compared_in_order_of_grantee(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *a = schema_add(schema, KIND_TABLE, "public", NULL, "a", NULL);
    Object *b = schema_add(schema, KIND_TABLE, "public", NULL, "b", NULL);
    schema_add_grant(schema, a, "z", "SELECT", false, false);
    schema_add_grant(schema, a, "a", "SELECT", false, false);
    schema_add_grant(schema, b, "a", "SELECT", false, false);
    schema_add_grant(schema, b, "z", "SELECT", false, false);
    schema_finish(schema);
    g_assert_true(object_grants_equal(a, b));
    schema_add_grant(schema, b, "z", "UPDATE", false, true);
    g_assert_false(object_grants_equal(a, b));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/identity", identity_quotes_what_is_not_plain);
    g_test_add_func("/schema/finish", finish_sorts_and_links);
    g_test_add_func("/schema/differences", differences_leave_out_column_order);
    g_test_add_func("/schema/grants", grants_are_compared_in_order_of_grantee);
    return g_test_run();
}
