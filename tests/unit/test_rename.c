#include "migrate/rename.h"

static Schema *make_schema(void)
{
    Schema *schema = schema_new();
    schema_add(schema, KIND_TABLE, "public", NULL, "item", NULL);
    schema_add(schema, KIND_COLUMN, "public", "item", "price", NULL);
    schema_add(schema, KIND_TABLE, "app", NULL, "Odd", NULL);
    schema_add(schema, KIND_COLUMN, "app", "Odd", "a b", NULL);
    Object *mood = schema_add(schema, KIND_ENUM, "public", NULL, "mood", NULL);
    mood->values[ENUM_LABELS] = schema_text(schema, "{glad,sad}");
    schema_finish(schema);
    return schema;
}

static void assert_plan(const char *const *words, const char *forward, const char *backward)
{
    g_autoptr(Schema) schema = make_schema();
    g_auto(RenamePlan) plan = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(rename_plan_make(words, schema, &plan, &error));
    g_assert_no_error(error);
    g_autofree char *there = g_strjoinv("; ", plan.forward);
    g_autofree char *back = g_strjoinv("; ", plan.backward);
    g_assert_cmpstr(there, ==, forward);
    g_assert_cmpstr(back, ==, backward);
}

static void parts_are_renamed_before_their_whole(void)
{
    const char *const words[] = {"item=product", "item.price=cost", NULL};
    assert_plan(words,
                "ALTER TABLE item RENAME COLUMN price TO cost; ALTER TABLE item RENAME TO product",
                "ALTER TABLE product RENAME TO item; ALTER TABLE item RENAME COLUMN cost TO price");
}

static void schemas_and_odd_names_are_understood(void)
{
    const char *const words[] = {"app.Odd.a b=app.Odd.c", "public.mood.glad=happy", NULL};
    assert_plan(words,
                "ALTER TABLE app.\"Odd\" RENAME COLUMN \"a b\" TO c; "
                "ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'",
                "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'; "
                "ALTER TABLE app.\"Odd\" RENAME COLUMN c TO \"a b\"");
}

static void place_of_the_new_name_may_be_written(void)
{
    const char *const words[] = {"item=public.product", "item.price=product.cost", NULL};
    assert_plan(words,
                "ALTER TABLE item RENAME COLUMN price TO cost; ALTER TABLE item RENAME TO product",
                "ALTER TABLE product RENAME TO item; ALTER TABLE item RENAME COLUMN cost TO price");
}

static void unknown_names_are_refused(void)
{
    static const char *const bad[] = {"item",
                                      "=x",
                                      "item=",
                                      "none=x",
                                      "item.none=x",
                                      "a.b.c.d=x",
                                      "app.Odd=b.Odd",
                                      "item=app.item",
                                      "app.Odd=public.x",
                                      "app.Odd.a b=b.Odd.c"};
    g_autoptr(Schema) schema = make_schema();
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const words[] = {bad[i], NULL};
        RenamePlan plan = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(rename_plan_make(words, schema, &plan, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rename/order", parts_are_renamed_before_their_whole);
    g_test_add_func("/rename/names", schemas_and_odd_names_are_understood);
    g_test_add_func("/rename/place", place_of_the_new_name_may_be_written);
    g_test_add_func("/rename/unknown", unknown_names_are_refused);
    return g_test_run();
}
