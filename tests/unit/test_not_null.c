#include "rendered.h"

#define COLUMN(...)                                                                                \
    make_in(schema, KIND_COLUMN, "item", "a", VALUES([COLUMN_TYPE] = "text", __VA_ARGS__))

#define PLAIN COLUMN([COLUMN_NOT_NULL] = "t")
#define FREE COLUMN([COLUMN_NOT_NULL] = "f")
#define NAMED(name_) COLUMN([COLUMN_NOT_NULL] = "t", [COLUMN_NOT_NULL_NAME] = name_)
#define LOCAL COLUMN([COLUMN_NOT_NULL] = "t", [COLUMN_NOT_NULL_LOCAL] = "t")
#define UNCHECKED COLUMN([COLUMN_NOT_NULL] = "t", [COLUMN_NOT_NULL_UNCHECKED] = "t")

static void line_says_only_what_is_unusual(void)
{
    g_autoptr(Schema) schema = schema_new();
    assert_create(PLAIN, "ALTER TABLE item ADD COLUMN a text NOT NULL;");
    assert_create(NAMED("Must"),
                  "ALTER TABLE item ADD COLUMN a text CONSTRAINT \"Must\" NOT NULL;");
    assert_create(LOCAL, "ALTER TABLE item ADD COLUMN a text NOT NULL NO INHERIT;");
    assert_create(UNCHECKED, "ALTER TABLE item ADD COLUMN a text;\n"
                             "ALTER TABLE item ADD NOT NULL a NOT VALID;");
}

static void primary_key_needs_no_words_but_for_a_name(void)
{
    static const char *const key_values[ATTRIBUTES_MAX] = {[CONSTRAINT_TYPE] = "p",
                                                           [CONSTRAINT_COLUMNS] = "{a}",
                                                           [CONSTRAINT_DEFINITION] =
                                                               "PRIMARY KEY (a)",
                                                           [CONSTRAINT_VALID] = "t"};
    g_autoptr(Schema) schema = schema_new();
    Object *key = make_in(schema, KIND_CONSTRAINT, "item", "item_pkey", key_values);
    g_autoptr(Change) plain = change_new(CHANGE_CREATE, NULL, PLAIN);
    plain->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    g_ptr_array_add(plain->inside, change_new(CHANGE_CREATE, NULL, key));
    assert_change(plain, "ALTER TABLE item ADD COLUMN a text PRIMARY KEY;");
    g_autoptr(Change) named = change_new(CHANGE_CREATE, NULL, NAMED("must"));
    named->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    g_ptr_array_add(named->inside, change_new(CHANGE_CREATE, NULL, key));
    assert_change(named, "ALTER TABLE item ADD COLUMN a text CONSTRAINT must NOT NULL "
                         "PRIMARY KEY;");
}

static void name_is_changed_in_place(void)
{
    g_autoptr(Schema) schema = schema_new();
    assert_alter(PLAIN, NAMED("must"),
                 "ALTER TABLE item RENAME CONSTRAINT item_a_not_null TO must;");
    assert_alter(NAMED("must"), PLAIN,
                 "ALTER TABLE item RENAME CONSTRAINT must TO item_a_not_null;");
    assert_alter(FREE, NAMED("must"), "ALTER TABLE item ADD CONSTRAINT must NOT NULL a;");
    assert_alter(NAMED("must"), FREE, "ALTER TABLE item ALTER COLUMN a DROP NOT NULL;");
}

static void inheritance_is_altered(void)
{
    g_autoptr(Schema) schema = schema_new();
    assert_alter(PLAIN, LOCAL, "ALTER TABLE item ALTER CONSTRAINT item_a_not_null NO INHERIT;");
    assert_alter(LOCAL, PLAIN, "ALTER TABLE item ALTER CONSTRAINT item_a_not_null INHERIT;");
    assert_alter(FREE, LOCAL, "ALTER TABLE item ADD NOT NULL a NO INHERIT;");
}

static void unchecked_is_validated_or_made_again(void)
{
    g_autoptr(Schema) schema = schema_new();
    assert_alter(UNCHECKED, PLAIN, "ALTER TABLE item VALIDATE CONSTRAINT item_a_not_null;");
    assert_alter(PLAIN, UNCHECKED,
                 "ALTER TABLE item ALTER COLUMN a DROP NOT NULL;\n"
                 "ALTER TABLE item ADD NOT NULL a NOT VALID;");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/not_null/line", line_says_only_what_is_unusual);
    g_test_add_func("/not_null/primary_key", primary_key_needs_no_words_but_for_a_name);
    g_test_add_func("/not_null/name", name_is_changed_in_place);
    g_test_add_func("/not_null/inheritance", inheritance_is_altered);
    g_test_add_func("/not_null/unchecked", unchecked_is_validated_or_made_again);
    return g_test_run();
}
