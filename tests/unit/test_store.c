#include "schema/store.h"

#include <string.h>

static Schema *sample(void)
{
    Schema *schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    Object *table = schema_add(schema, KIND_TABLE, "public", NULL, "It\"em é", NULL);
    table->values[TABLE_PERSISTENCE] = schema_text(schema, "p");
    table->comment = schema_text(schema, "");
    schema_add_grant(schema, table, "public", "SELECT", false, false);
    schema_add_grant(schema, table, "", "TRUNCATE", true, false);
    schema_add_grant(schema, table, "app", "SELECT", false, true);
    Object *column = schema_add(schema, KIND_COLUMN, "public", "It\"em é", "id", NULL);
    column->values[COLUMN_TYPE] = schema_text(schema, "bigint");
    Object *function = schema_add(schema, KIND_FUNCTION, "public", NULL, "f", "integer, text");
    g_autofree char *body = g_strnfill(100000, 'x');
    function->values[FUNCTION_BODY] = schema_text(schema, body);
    function->comment = schema_text(schema, "says\nthings");
    schema_add_dependency(schema, function, table);
    schema_add_dependency(schema, table, function);
    schema_finish(schema);
    return schema;
}

static void assert_objects_equal(const Object *a, const Object *b)
{
    g_assert_cmpstr(a->identity, ==, b->identity);
    g_assert_cmpstr(a->schema, ==, b->schema);
    g_assert_cmpstr(a->relation, ==, b->relation);
    g_assert_cmpstr(a->arguments, ==, b->arguments);
    g_assert_cmpstr(a->comment, ==, b->comment);
    g_assert_cmpuint(object_differences(a, b), ==, 0);
    g_assert_true(object_grants_equal(a, b));
    g_assert_cmpstr(a->parent == NULL ? NULL : a->parent->identity, ==,
                    b->parent == NULL ? NULL : b->parent->identity);
    g_assert_cmpuint(a->depends_on == NULL ? 0 : a->depends_on->len, ==,
                     b->depends_on == NULL ? 0 : b->depends_on->len);
    for (unsigned i = 0; a->depends_on != NULL && i < a->depends_on->len; i++) {
        const Object *left = g_ptr_array_index(a->depends_on, i);
        const Object *right = g_ptr_array_index(b->depends_on, i);
        g_assert_cmpint(left->kind, ==, right->kind);
        g_assert_cmpstr(left->identity, ==, right->identity);
    }
}

static void gives_back_what_was_stored(void)
{
    g_autoptr(Schema) schema = sample();
    g_autoptr(GBytes) bytes = store_format(schema);
    g_autoptr(Schema) copy = store_parse(bytes);
    g_assert_nonnull(copy);
    g_assert_cmpuint(schema_count(copy), ==, schema_count(schema));
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const GPtrArray *left = schema_objects(schema, kind);
        const GPtrArray *right = schema_objects(copy, kind);
        g_assert_cmpuint(left->len, ==, right->len);
        for (unsigned i = 0; i < left->len; i++)
            assert_objects_equal(g_ptr_array_index(left, i), g_ptr_array_index(right, i));
    }
}

static void same_schema_gives_same_bytes(void)
{
    g_autoptr(Schema) schema = sample();
    g_autoptr(Schema) other = sample();
    g_autoptr(GBytes) bytes = store_format(schema);
    g_autoptr(GBytes) others = store_format(other);
    g_assert_true(g_bytes_equal(bytes, others));
    g_autoptr(Schema) copy = store_parse(bytes);
    g_autoptr(GBytes) again = store_format(copy);
    g_assert_true(g_bytes_equal(bytes, again));
}

static void empty_schema_is_stored(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_finish(schema);
    g_autoptr(GBytes) bytes = store_format(schema);
    g_autoptr(Schema) copy = store_parse(bytes);
    g_assert_nonnull(copy);
    g_assert_cmpuint(schema_count(copy), ==, 0);
}

static void damage_is_noticed(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = schema_add(schema, KIND_TABLE, "public", NULL, "item", NULL);
    schema_add_grant(schema, table, "public", "SELECT", false, false);
    schema_finish(schema);
    g_autoptr(GBytes) bytes = store_format(schema);
    size_t size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    for (size_t i = 0; i < size; i++) {
        g_autofree guint8 *other = g_memdup2(data, size);
        other[i] ^= 0x41;
        g_autoptr(GBytes) damaged = g_bytes_new(other, size);
        g_assert_null(store_parse(damaged));
        g_autoptr(GBytes) cut = g_bytes_new(data, i);
        g_assert_null(store_parse(cut));
    }
    g_autofree char *longer = g_malloc0(size + 1);
    memcpy(longer, data, size);
    g_autoptr(GBytes) more = g_bytes_new(longer, size + 1);
    g_assert_null(store_parse(more));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/gives_back_what_was_stored", gives_back_what_was_stored);
    g_test_add_func("/store/same_schema_gives_same_bytes", same_schema_gives_same_bytes);
    g_test_add_func("/store/empty_schema_is_stored", empty_schema_is_stored);
    g_test_add_func("/store/damage_is_noticed", damage_is_noticed);
    return g_test_run();
}
