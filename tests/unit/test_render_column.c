#include "rendered.h"

#define COLUMN(name_, type_, ...)                                                                  \
    make_in(schema, KIND_COLUMN, "item", name_, VALUES([COLUMN_TYPE] = type_, __VA_ARGS__))

#define IDENTITY(letter_, ...)                                                                     \
    [COLUMN_IDENTITY] = letter_, [COLUMN_NOT_NULL] = "t", [COLUMN_IDENTITY_START] = "1",           \
    [COLUMN_IDENTITY_INCREMENT] = "1", [COLUMN_IDENTITY_MINIMUM] = "1",                            \
    [COLUMN_IDENTITY_CACHE] = "1", [COLUMN_IDENTITY_CYCLE] = "f", __VA_ARGS__

#define BIGINT_MAXIMUM [COLUMN_IDENTITY_MAXIMUM] = "9223372036854775807"
#define INTEGER_MAXIMUM [COLUMN_IDENTITY_MAXIMUM] = "2147483647"

static void column_is_added_with_what_it_brings(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *column = COLUMN("a b", "text", [COLUMN_NOT_NULL] = "t", [COLUMN_STORAGE] = "m");
    Object *standard =
        make_in(schema, KIND_DEFAULT, "item", "a b", VALUES([DEFAULT_EXPRESSION] = "'x'::text"));
    Object *check = make_in(
        schema, KIND_CONSTRAINT, "item", "item_a b_check",
        VALUES([CONSTRAINT_TYPE] = "c", [CONSTRAINT_COLUMNS] = "{\"a b\"}",
               [CONSTRAINT_DEFINITION] = "CHECK (\"a b\" <> ''::text)", [CONSTRAINT_VALID] = "t"));
    Object *other =
        make_in(schema, KIND_CONSTRAINT, "item", "once",
                VALUES([CONSTRAINT_TYPE] = "u", [CONSTRAINT_COLUMNS] = "{\"a b\"}",
                       [CONSTRAINT_DEFINITION] = "UNIQUE (\"a b\")", [CONSTRAINT_VALID] = "t"));
    g_autoptr(Change) change = change_new(CHANGE_CREATE, NULL, column);
    change->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, standard));
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, check));
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, other));
    g_ptr_array_add(change->inside, change_new(CHANGE_COMMENT, NULL, column));
    column->comment = "c";
    assert_change(change, "ALTER TABLE item ADD COLUMN \"a b\" text NOT NULL DEFAULT 'x'::text "
                          "CHECK (\"a b\" <> ''::text);\n"
                          "ALTER TABLE item ALTER COLUMN \"a b\" SET STORAGE MAIN;\n"
                          "ALTER TABLE item\n"
                          "    ADD CONSTRAINT once UNIQUE (\"a b\");\n"
                          "COMMENT ON COLUMN item.\"a b\" IS 'c';");
}

static void default_with_operator_words_is_wrapped(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *column = COLUMN("a", "boolean", NULL);
    Object *standard = make_in(schema, KIND_DEFAULT, "item", "a",
                               VALUES([DEFAULT_EXPRESSION] = "f(1) AND NOT 'or' IN ('x')"));
    g_autoptr(Change) change = change_new(CHANGE_CREATE, NULL, column);
    change->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, standard));
    assert_change(change,
                  "ALTER TABLE item ADD COLUMN a boolean DEFAULT (f(1) AND NOT 'or' IN ('x'));");
    assert_create(standard, "ALTER TABLE item ALTER COLUMN a SET DEFAULT f(1) AND NOT 'or' IN "
                            "('x');");
    assert_drop(standard, "ALTER TABLE item ALTER COLUMN a DROP DEFAULT;");
}

static void default_of_a_view_belongs_to_the_view(void)
{
    g_autoptr(Schema) schema = schema_new();
    make(schema, KIND_VIEW, "item", VALUES(NULL));
    make_in(schema, KIND_VIEW_COLUMN, "item", "a", VALUES(NULL));
    Object *standard =
        make_in(schema, KIND_DEFAULT, "item", "a", VALUES([DEFAULT_EXPRESSION] = "1"));
    schema_finish(schema);
    assert_create(standard, "ALTER VIEW item ALTER COLUMN a SET DEFAULT 1;");
    g_autofree char *what = render_describe(standard);
    g_assert_cmpstr(what, ==, "COLUMN item.a");
}

static void generated_columns_are_wrapped_once(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *stored =
        COLUMN("a", "integer", [COLUMN_GENERATED] = "s", [COLUMN_EXPRESSION] = "(b) * (c)");
    Object *virtual = COLUMN(
        "a", "integer", [COLUMN_GENERATED] = "v", [COLUMN_EXPRESSION] = "(b * ')'::text)");
    assert_create(stored,
                  "ALTER TABLE item ADD COLUMN a integer GENERATED ALWAYS AS ((b) * (c)) STORED;");
    assert_create(
        virtual,
        "ALTER TABLE item ADD COLUMN a integer GENERATED ALWAYS AS (b * ')'::text) VIRTUAL;");
}

static void dropped_values_are_remarked_unless_generated(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain = COLUMN("price", "integer", NULL);
    Object *generated = COLUMN("total", "integer", [COLUMN_GENERATED] = "s");
    g_autoptr(Change) first = change_new(CHANGE_DROP, plain, NULL);
    g_autoptr(Change) second = change_new(CHANGE_DROP, generated, NULL);
    assert_change(first, "ALTER TABLE item DROP COLUMN price;");
    assert_loss(first, "drops column item.price with its values");
    assert_loss(second, "");
    assert_action(CHANGE_RENAME, plain, generated,
                  "ALTER TABLE item RENAME COLUMN price TO total;");
}

static void identity_says_only_what_is_unusual(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *usual = COLUMN("a", "bigint", IDENTITY("a", BIGINT_MAXIMUM));
    Object *odd = COLUMN(
        "b", "integer",
        IDENTITY("d", [COLUMN_IDENTITY_MAXIMUM] = "-1", [COLUMN_IDENTITY_SEQUENCE] = "app.s"));
    odd->values[COLUMN_IDENTITY_INCREMENT] = "-2";
    odd->values[COLUMN_IDENTITY_START] = "-5";
    odd->values[COLUMN_IDENTITY_MINIMUM] = "-100";
    odd->values[COLUMN_IDENTITY_CACHE] = "10";
    odd->values[COLUMN_IDENTITY_CYCLE] = "t";
    assert_create(usual, "ALTER TABLE item ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY;");
    assert_create(odd, "ALTER TABLE item ADD COLUMN b integer GENERATED BY DEFAULT AS IDENTITY "
                       "(SEQUENCE NAME app.s START WITH -5 INCREMENT BY -2 MINVALUE -100 CACHE 10 "
                       "CYCLE);");
}

static void identity_comes_after_not_null_and_goes_before(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain = COLUMN("a", "integer", NULL);
    Object *identity = COLUMN("a", "bigint", IDENTITY("a", BIGINT_MAXIMUM));
    assert_alter(plain, identity,
                 "ALTER TABLE item\n"
                 "    ALTER COLUMN a TYPE bigint,\n"
                 "    ALTER COLUMN a SET NOT NULL;\n"
                 "ALTER TABLE item ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY;\n"
                 "SELECT setval(pg_get_serial_sequence('item', 'a'), max(a))\n"
                 "  FROM item\nHAVING max(a) >= 1;");
    assert_alter(identity, plain,
                 "ALTER TABLE item ALTER COLUMN a DROP IDENTITY;\n"
                 "ALTER TABLE item\n"
                 "    ALTER COLUMN a TYPE integer,\n"
                 "    ALTER COLUMN a DROP NOT NULL;");
}

/* The server moves the limits with the type, if they are the type's. */
static void identity_is_altered_by_option(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *small = COLUMN("a", "integer", IDENTITY("a", INTEGER_MAXIMUM));
    Object *large = COLUMN("a", "bigint", IDENTITY("a", BIGINT_MAXIMUM));
    Object *limited = COLUMN("a", "bigint",
                             IDENTITY("d", INTEGER_MAXIMUM, [COLUMN_IDENTITY_SEQUENCE] = "\"S.\""));
    limited->values[COLUMN_IDENTITY_CYCLE] = "t";
    assert_alter(small, large, "ALTER TABLE item ALTER COLUMN a TYPE bigint;");
    assert_alter(small, limited,
                 "ALTER TABLE item ALTER COLUMN a TYPE bigint;\n"
                 "ALTER TABLE item ALTER COLUMN a SET GENERATED BY DEFAULT SET MAXVALUE 2147483647 "
                 "SET CYCLE;\n"
                 "ALTER SEQUENCE item_a_seq RENAME TO \"S.\";");
    assert_alter(limited, large,
                 "ALTER TABLE item ALTER COLUMN a SET GENERATED ALWAYS SET MAXVALUE "
                 "9223372036854775807 SET NO CYCLE;\n"
                 "ALTER SEQUENCE \"S.\" RENAME TO item_a_seq;");
}

static void type_change_names_a_cast_where_needed(void)
{
    static const struct {
        const char *from;
        const char *to;
        const char *using;
    } cases[] = {
        {"integer", "bigint", ""},
        {"character varying(20)", "text", ""},
        {"text", "integer", " USING a::integer"},
        {"uuid", "bytea", " USING a::text::bytea"},
        {"color", "color", " USING a::text::color"},
        {"color[]", "color[]", " USING a::text[]::color[]"},
        {"color", "text", ""},
        {"text", "color", " USING a::color"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Schema) schema = schema_new();
        Object *from = COLUMN("a", cases[i].from, NULL);
        Object *to = COLUMN("a", cases[i].to, NULL);
        g_autoptr(Change) change = change_new(CHANGE_ALTER, from, to);
        change->attributes = 1U << COLUMN_TYPE;
        g_autofree char *expected = g_strdup_printf("ALTER TABLE item ALTER COLUMN a TYPE %s%s;",
                                                    cases[i].to, cases[i].using);
        assert_change(change, expected);
    }
}

/* The successor of a domain takes the values by the cast of what both stand for. */
static void domain_is_cast_as_its_base_type(void)
{
    g_autoptr(Schema) before = schema_new();
    g_autoptr(Schema) schema = schema_new();
    Object *old = make(before, KIND_DOMAIN, "amount", VALUES([DOMAIN_TYPE] = "integer"));
    Object *new = make(schema, KIND_DOMAIN, "amount", VALUES([DOMAIN_TYPE] = "bigint"));
    Object *from = make_in(before, KIND_COLUMN, "item", "a", VALUES([COLUMN_TYPE] = "amount"));
    Object *to = COLUMN("a", "amount", NULL);
    Object *plain = COLUMN("a", "numeric(10,2)", NULL);
    schema_add_dependency(before, from, make(before, KIND_TABLE, "item", VALUES("p")));
    schema_add_dependency(before, from, old);
    schema_add_dependency(schema, to, new);
    g_autoptr(Change) change = change_new(CHANGE_ALTER, from, to);
    change->attributes = 1U << COLUMN_TYPE;
    assert_change(change, "ALTER TABLE item ALTER COLUMN a TYPE amount;");
    g_autoptr(Change) rounding = change_new(CHANGE_ALTER, plain, to);
    rounding->attributes = 1U << COLUMN_TYPE;
    assert_change(rounding, "ALTER TABLE item ALTER COLUMN a TYPE amount;");
    assert_loss(rounding, "may round or cut the values of column item.a (numeric(10,2) to amount)");
}

/* A new type takes away what was set of the old one. */
static void settings_are_set_again_with_a_new_type(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = COLUMN("a", "character varying(10)", [COLUMN_STORAGE] = "e",
                          [COLUMN_COMPRESSION] = "p", [COLUMN_COLLATION] = "\"C\"");
    Object *to = COLUMN(
        "a",
        "text", [COLUMN_STORAGE] = "e", [COLUMN_COMPRESSION] = "p", [COLUMN_COLLATION] = "\"C\"");
    assert_alter(from, to,
                 "ALTER TABLE item\n"
                 "    ALTER COLUMN a TYPE text COLLATE \"C\",\n"
                 "    ALTER COLUMN a SET STORAGE EXTERNAL,\n"
                 "    ALTER COLUMN a SET COMPRESSION pglz;");
}

static void settings_are_altered_one_by_one(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *usual = COLUMN("a", "text", NULL);
    Object *number = COLUMN("a", "numeric", NULL);
    Object *plain_number = COLUMN("a", "numeric", [COLUMN_STORAGE] = "p");
    Object *set = COLUMN(
        "a", "text", [COLUMN_STORAGE] = "x", [COLUMN_COMPRESSION] = "l", [COLUMN_STATISTICS] = "0",
        [COLUMN_OPTIONS] = "{n_distinct=5,n_distinct_inherited=3}");
    assert_alter(usual, set,
                 "ALTER TABLE item\n"
                 "    ALTER COLUMN a SET STORAGE EXTENDED,\n"
                 "    ALTER COLUMN a SET COMPRESSION lz4,\n"
                 "    ALTER COLUMN a SET STATISTICS 0,\n"
                 "    ALTER COLUMN a SET (n_distinct = 5, n_distinct_inherited = 3);");
    assert_alter(set, usual,
                 "ALTER TABLE item\n"
                 "    ALTER COLUMN a SET STORAGE EXTENDED,\n"
                 "    ALTER COLUMN a SET COMPRESSION DEFAULT,\n"
                 "    ALTER COLUMN a SET STATISTICS -1,\n"
                 "    ALTER COLUMN a RESET (n_distinct, n_distinct_inherited);");
    assert_alter(plain_number, number, "ALTER TABLE item ALTER COLUMN a SET STORAGE MAIN;");
    assert_alter(number, plain_number, "ALTER TABLE item ALTER COLUMN a SET STORAGE PLAIN;");
}

static void collation_changes_with_the_type(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = COLUMN("a", "text", [COLUMN_COLLATION] = "\"C\"");
    Object *to = COLUMN("a", "text", NULL);
    assert_alter(from, to, "ALTER TABLE item ALTER COLUMN a TYPE text;");
    assert_alter(to, from, "ALTER TABLE item ALTER COLUMN a TYPE text COLLATE \"C\";");
}

static void expression_is_dropped_before_the_type_changes(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = COLUMN("a", "text", [COLUMN_GENERATED] = "s", [COLUMN_EXPRESSION] = "b");
    Object *to = COLUMN("a", "integer", NULL);
    assert_alter(from, to,
                 "ALTER TABLE item ALTER COLUMN a DROP EXPRESSION;\n"
                 "ALTER TABLE item ALTER COLUMN a TYPE integer USING a::integer;");
}

/* The server refuses USING there: it generates the values again. */
static void generated_column_is_retyped_without_using(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = COLUMN("a", "text", [COLUMN_GENERATED] = "s", [COLUMN_EXPRESSION] = "b");
    Object *to = COLUMN("a", "integer", [COLUMN_GENERATED] = "s", [COLUMN_EXPRESSION] = "b");
    assert_alter(from, to, "ALTER TABLE item ALTER COLUMN a TYPE integer;");
}

static void sequence_is_made_altered_and_owned(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *usual = make(schema, KIND_SEQUENCE, "s",
                         VALUES("p", "bigint", "1", "1", "1", "9223372036854775807", "1", "f"));
    Object *odd = make(schema, KIND_SEQUENCE, "s",
                       VALUES("u", "smallint", "-1", "-1", "-32768", "-1", "1", "f"));
    Object *other =
        make(schema, KIND_SEQUENCE, "s", VALUES("p", "smallint", "5", "2", "1", "100", "20", "t"));
    Object *owned = make(schema, KIND_OWNED_BY, "s", VALUES("item.id"));
    assert_create(usual, "CREATE SEQUENCE s;");
    assert_create(odd, "CREATE UNLOGGED SEQUENCE s\n    AS smallint\n    INCREMENT BY -1;");
    assert_create(other, "CREATE SEQUENCE s\n"
                         "    AS smallint\n"
                         "    START WITH 5\n"
                         "    INCREMENT BY 2\n"
                         "    MAXVALUE 100\n"
                         "    CACHE 20\n"
                         "    CYCLE;");
    assert_alter(usual, odd,
                 "ALTER SEQUENCE s AS smallint START WITH -1 INCREMENT BY -1 MINVALUE "
                 "-32768 MAXVALUE -1 RESTART WITH -1;\n"
                 "ALTER SEQUENCE s SET UNLOGGED;");
    assert_alter(odd, usual,
                 "ALTER SEQUENCE s AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 "
                 "MAXVALUE 9223372036854775807 RESTART WITH 1;\n"
                 "ALTER SEQUENCE s SET LOGGED;");
    assert_drop(usual, "DROP SEQUENCE s;");
    assert_create(owned, "ALTER SEQUENCE s OWNED BY item.id;");
    assert_action(CHANGE_ALTER, owned, owned, "ALTER SEQUENCE s OWNED BY item.id;");
    assert_drop(owned, "ALTER SEQUENCE s OWNED BY NONE;");
}

static void sequence_keeps_limits_that_are_not_its_type_s(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make(schema, KIND_SEQUENCE, "s",
                        VALUES("p", "integer", "1", "1", "1", "2147483647", "1", "f"));
    Object *to = make(schema, KIND_SEQUENCE, "s",
                      VALUES("p", "bigint", "1", "1", "1", "2147483647", "1", "f"));
    Object *free = make(schema, KIND_SEQUENCE, "s",
                        VALUES("p", "bigint", "1", "1", "1", "9223372036854775807", "1", "f"));
    Object *unlogged = make(schema, KIND_SEQUENCE, "s",
                            VALUES("u", "bigint", "1", "1", "1", "9223372036854775807", "1", "f"));
    assert_alter(from, to, "ALTER SEQUENCE s AS bigint MAXVALUE 2147483647;");
    assert_alter(from, free, "ALTER SEQUENCE s AS bigint;");
    assert_alter(free, unlogged, "ALTER SEQUENCE s SET UNLOGGED;");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/column/add", column_is_added_with_what_it_brings);
    g_test_add_func("/column/default", default_with_operator_words_is_wrapped);
    g_test_add_func("/column/default_of_view", default_of_a_view_belongs_to_the_view);
    g_test_add_func("/column/generated", generated_columns_are_wrapped_once);
    g_test_add_func("/column/drop", dropped_values_are_remarked_unless_generated);
    g_test_add_func("/column/identity", identity_says_only_what_is_unusual);
    g_test_add_func("/column/identity_order", identity_comes_after_not_null_and_goes_before);
    g_test_add_func("/column/identity_options", identity_is_altered_by_option);
    g_test_add_func("/column/cast", type_change_names_a_cast_where_needed);
    g_test_add_func("/column/domain", domain_is_cast_as_its_base_type);
    g_test_add_func("/column/settings_again", settings_are_set_again_with_a_new_type);
    g_test_add_func("/column/settings", settings_are_altered_one_by_one);
    g_test_add_func("/column/collation", collation_changes_with_the_type);
    g_test_add_func("/column/drop_expression", expression_is_dropped_before_the_type_changes);
    g_test_add_func("/column/generated_type", generated_column_is_retyped_without_using);
    g_test_add_func("/sequence/all", sequence_is_made_altered_and_owned);
    g_test_add_func("/sequence/limits", sequence_keeps_limits_that_are_not_its_type_s);
    return g_test_run();
}
