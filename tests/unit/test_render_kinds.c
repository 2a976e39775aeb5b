#include "rendered.h"

#define FUNCTION(name_, arguments_, ...)                                                           \
    make_function(schema, name_, arguments_,                                                       \
                  VALUES([FUNCTION_VOLATILITY] = "v", [FUNCTION_PARALLEL] = "u", __VA_ARGS__))

static Object *make_function(Schema *schema, const char *name, const char *arguments,
                             const char *const *values)
{
    Object *function = schema_add(schema, KIND_FUNCTION, "public", NULL, name, arguments);
    set_values(schema, function, values);
    return function;
}

static void schema_is_made_and_dropped(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *app = schema_add(schema, KIND_SCHEMA, NULL, NULL, "App", NULL);
    app->comment = "x";
    assert_create(app, "CREATE SCHEMA \"App\";");
    assert_drop(app, "DROP SCHEMA \"App\";");
    assert_action(CHANGE_COMMENT, NULL, app, "COMMENT ON SCHEMA \"App\" IS 'x';");
}

/* The catalog reader compares public with what it is in every new database. */
static void public_has_a_usual_comment_and_grant(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *usual = schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    Object *bare = schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    bare->comment = "";
    assert_create(usual, "CREATE SCHEMA public;\n"
                         "COMMENT ON SCHEMA public IS 'standard public schema';\n"
                         "GRANT USAGE ON SCHEMA public TO PUBLIC;");
    assert_create(bare, "CREATE SCHEMA public;\n"
                        "GRANT USAGE ON SCHEMA public TO PUBLIC;");
    assert_action(CHANGE_COMMENT, usual, bare, "COMMENT ON SCHEMA public IS NULL;");
    assert_action(CHANGE_COMMENT, bare, usual,
                  "COMMENT ON SCHEMA public IS 'standard public schema';");
}

static void extension_is_made_moved_and_dropped(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *in_public = schema_add(schema, KIND_EXTENSION, NULL, NULL, "uuid-ossp", NULL);
    Object *elsewhere = schema_add(schema, KIND_EXTENSION, NULL, NULL, "uuid-ossp", NULL);
    in_public->values[EXTENSION_SCHEMA] = "public";
    elsewhere->values[EXTENSION_SCHEMA] = "app";
    assert_create(in_public, "CREATE EXTENSION \"uuid-ossp\";");
    assert_create(elsewhere, "CREATE EXTENSION \"uuid-ossp\" WITH SCHEMA app;");
    assert_alter(in_public, elsewhere, "ALTER EXTENSION \"uuid-ossp\" SET SCHEMA app;");
    g_autoptr(Change) drop = change_new(CHANGE_DROP, in_public, NULL);
    assert_change(drop, "DROP EXTENSION \"uuid-ossp\";");
    assert_loss(drop, "drops extension \"uuid-ossp\" with the data of its own tables");
}

static void enum_fits_on_a_line_or_has_many(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *none = make(schema, KIND_ENUM, "none", VALUES("{}"));
    Object *color = make(schema, KIND_ENUM, "color", VALUES("{red,\"it's, green\"}"));
    Object *many = make(schema, KIND_ENUM, "many",
                        VALUES("{a123456789012345678901234567890123456789,"
                               "b123456789012345678901234567890123456789,c}"));
    assert_create(none, "CREATE TYPE \"none\" AS ENUM ();");
    assert_create(color, "CREATE TYPE color AS ENUM ('red', 'it''s, green');");
    assert_create(many, "CREATE TYPE many AS ENUM (\n"
                        "    'a123456789012345678901234567890123456789',\n"
                        "    'b123456789012345678901234567890123456789',\n"
                        "    'c'\n"
                        ");");
    assert_drop(color, "DROP TYPE color;");
}

static void enum_values_are_added_in_their_place(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make(schema, KIND_ENUM, "color", VALUES("{red,green}"));
    Object *to = make(schema, KIND_ENUM, "color", VALUES("{a,b,red,c,green,d,e}"));
    assert_alter(from, to,
                 "ALTER TYPE color ADD VALUE 'a' BEFORE 'red';\n"
                 "ALTER TYPE color ADD VALUE 'b' AFTER 'a';\n"
                 "ALTER TYPE color ADD VALUE 'c' AFTER 'red';\n"
                 "ALTER TYPE color ADD VALUE 'd';\n"
                 "ALTER TYPE color ADD VALUE 'e';");
    g_autoptr(Change) change = change_new(CHANGE_ALTER, from, to);
    g_autoptr(GPtrArray) statements = statements_of(change);
    for (unsigned i = 0; i < statements->len; i++)
        g_assert_true(((RenderedStatement *)g_ptr_array_index(statements, i))->ends_step);
}

static void enum_is_set_aside_with_a_remark_on_lost_values(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make(schema, KIND_ENUM, "color", VALUES("{red,green,blue}"));
    Object *one = make(schema, KIND_ENUM, "color", VALUES("{blue,green}"));
    Object *two = make(schema, KIND_ENUM, "color", VALUES("{blue}"));
    Object *moved = make(schema, KIND_ENUM, "color", VALUES("{blue,red,green}"));
    g_autoptr(Change) loses_one = change_new(CHANGE_SET_ASIDE, from, one);
    g_autoptr(Change) loses_two = change_new(CHANGE_SET_ASIDE, from, two);
    g_autoptr(Change) loses_none = change_new(CHANGE_SET_ASIDE, from, moved);
    assert_change(loses_one, "ALTER TYPE color RENAME TO color__old;");
    assert_loss(loses_one, "removes the value 'red' of type color");
    assert_loss(loses_two, "removes the values 'red', 'green' of type color");
    assert_loss(loses_none, "");
    assert_action(CHANGE_DROP_ASIDE, from, one, "DROP TYPE color__old;");
}

static void name_set_aside_is_cut_at_a_character(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *type =
        schema_add(schema, KIND_DOMAIN, "app", NULL,
                   "a12345678901234567890123456789012345678901234567890123456ß789", NULL);
    assert_action(
        CHANGE_SET_ASIDE, type, type,
        "ALTER DOMAIN app.\"a12345678901234567890123456789012345678901234567890123456ß789\" RENAME "
        "TO a12345678901234567890123456789012345678901234567890123456__old;");
    assert_action(
        CHANGE_DROP_ASIDE, type, NULL,
        "DROP DOMAIN app.a12345678901234567890123456789012345678901234567890123456__old;");
}

static void domain_is_made_with_its_checks(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *domain = make(schema, KIND_DOMAIN, "d", VALUES("text", "\"C\"", "'x' IS NULL", "t"));
    Object *valid =
        make_in(schema, KIND_DOMAIN_CHECK, "d", "good", VALUES("CHECK (VALUE <> ''::text)", "t"));
    Object *other =
        make_in(schema, KIND_DOMAIN_CHECK, "d", "other", VALUES("CHECK (VALUE <> ''::text)", "f"));
    g_autoptr(Change) change = change_new(CHANGE_CREATE, NULL, domain);
    change->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, other));
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, valid));
    assert_change(change, "CREATE DOMAIN d AS text COLLATE \"C\" DEFAULT ('x' IS NULL) NOT NULL\n"
                          "    CONSTRAINT good CHECK (VALUE <> ''::text);\n"
                          "ALTER DOMAIN d\n"
                          "    ADD CONSTRAINT other CHECK (VALUE <> ''::text) NOT VALID;");
    assert_create(valid, "ALTER DOMAIN d\n    ADD CONSTRAINT good CHECK (VALUE <> ''::text);");
    assert_alter(other, valid, "ALTER DOMAIN d VALIDATE CONSTRAINT good;");
    assert_drop(valid, "ALTER DOMAIN d DROP CONSTRAINT good;");
    assert_action(CHANGE_RENAME, valid, other, "ALTER DOMAIN d RENAME CONSTRAINT good TO other;");
    valid->comment = "x";
    assert_action(CHANGE_COMMENT, NULL, valid, "COMMENT ON CONSTRAINT good ON DOMAIN d IS 'x';");
}

static void domain_is_altered_by_attribute(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *bare = make(schema, KIND_DOMAIN, "d", VALUES("text"));
    Object *full = make(schema, KIND_DOMAIN, "d", VALUES("text", NULL, "'x'::text", "t"));
    assert_create(bare, "CREATE DOMAIN d AS text;");
    assert_alter(bare, full,
                 "ALTER DOMAIN d SET DEFAULT 'x'::text;\n"
                 "ALTER DOMAIN d SET NOT NULL;");
    assert_alter(full, bare,
                 "ALTER DOMAIN d DROP DEFAULT;\n"
                 "ALTER DOMAIN d DROP NOT NULL;");
    assert_drop(bare, "DROP DOMAIN d;");
}

static void function_has_a_clause_a_line(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain = FUNCTION(
        "f", "integer", [FUNCTION_TYPE] = "f", [FUNCTION_ARGUMENTS] = "a integer DEFAULT 1",
        [FUNCTION_RESULT] = "integer", [FUNCTION_LANGUAGE] = "sql", [FUNCTION_BODY] = "SELECT $1");
    assert_create(plain, "CREATE FUNCTION f(a integer DEFAULT 1)\n"
                         "RETURNS integer\n"
                         "LANGUAGE sql\n"
                         "AS $function$SELECT $1$function$;");
    assert_action(CHANGE_REPLACE, plain, plain,
                  "CREATE OR REPLACE FUNCTION f(a integer DEFAULT 1)\n"
                  "RETURNS integer\n"
                  "LANGUAGE sql\n"
                  "AS $function$SELECT $1$function$;");
    assert_drop(plain, "DROP FUNCTION f(integer);");
    Object *other = FUNCTION("g", "integer", [FUNCTION_TYPE] = "f");
    assert_action(CHANGE_RENAME, plain, other, "ALTER FUNCTION f(integer) RENAME TO g;");
}

static void function_says_all_that_is_unusual(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *function = make_function(
        schema, "f", "",
        VALUES([FUNCTION_TYPE] = "w", [FUNCTION_ARGUMENTS] = "", [FUNCTION_RESULT] = "SETOF text",
               [FUNCTION_LANGUAGE] = "plpgsql", [FUNCTION_VOLATILITY] = "i",
               [FUNCTION_STRICT] = "t", [FUNCTION_SECURITY_DEFINER] = "t",
               [FUNCTION_LEAKPROOF] = "t", [FUNCTION_PARALLEL] = "s", [FUNCTION_COST] = "5",
               [FUNCTION_ROWS] = "7", [FUNCTION_SUPPORT] = "app.s",
               [FUNCTION_TRANSFORMS] = "FOR TYPE hstore",
               [FUNCTION_SETTINGS] = "{\"search_path TO 'a', 'b'\",\"x.y TO 'z'\"}",
               [FUNCTION_BODY] = "BEGIN END"));
    assert_create(function, "CREATE FUNCTION f()\n"
                            "RETURNS SETOF text\n"
                            "LANGUAGE plpgsql\n"
                            "TRANSFORM FOR TYPE hstore\n"
                            "WINDOW\n"
                            "IMMUTABLE\n"
                            "LEAKPROOF\n"
                            "STRICT\n"
                            "SECURITY DEFINER\n"
                            "PARALLEL SAFE\n"
                            "COST 5\n"
                            "ROWS 7\n"
                            "SUPPORT app.s\n"
                            "SET search_path TO 'a', 'b'\n"
                            "SET x.y TO 'z'\n"
                            "AS $$BEGIN END$$;");
}

static void procedure_and_other_bodies_are_written(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *procedure =
        FUNCTION("p", "", [FUNCTION_TYPE] = "p", [FUNCTION_ARGUMENTS] = "",
                 [FUNCTION_LANGUAGE] = "sql", [FUNCTION_BODY] = "SELECT '$procedure$'");
    Object *atomic = FUNCTION(
        "a", "", [FUNCTION_TYPE] = "f", [FUNCTION_ARGUMENTS] = "", [FUNCTION_LANGUAGE] = "sql",
        [FUNCTION_RESULT] = "integer", [FUNCTION_SQL_BODY] = "RETURN 1");
    Object *in_c = FUNCTION(
        "c", "", [FUNCTION_TYPE] = "f", [FUNCTION_ARGUMENTS] = "", [FUNCTION_LANGUAGE] = "c",
        [FUNCTION_RESULT] = "integer", [FUNCTION_BODY] = "sym", [FUNCTION_LIBRARY] = "$libdir/x");
    Object *internal = FUNCTION(
        "i", "", [FUNCTION_TYPE] = "f", [FUNCTION_ARGUMENTS] = "", [FUNCTION_LANGUAGE] = "internal",
        [FUNCTION_RESULT] = "integer", [FUNCTION_BODY] = "dsqrt");
    atomic->values[FUNCTION_VOLATILITY] = "s";
    atomic->values[FUNCTION_PARALLEL] = "r";
    assert_create(procedure, "CREATE PROCEDURE p()\n"
                             "LANGUAGE sql\n"
                             "AS $procedure1$SELECT '$procedure$'$procedure1$;");
    assert_drop(procedure, "DROP PROCEDURE p();");
    assert_create(atomic, "CREATE FUNCTION a()\n"
                          "RETURNS integer\n"
                          "LANGUAGE sql\n"
                          "STABLE\n"
                          "PARALLEL RESTRICTED\n"
                          "RETURN 1;");
    assert_create(in_c, "CREATE FUNCTION c()\n"
                        "RETURNS integer\n"
                        "LANGUAGE c\n"
                        "AS '$libdir/x', 'sym';");
    assert_create(internal, "CREATE FUNCTION i()\n"
                            "RETURNS integer\n"
                            "LANGUAGE internal\n"
                            "AS 'dsqrt';");
}

static void many_arguments_have_a_line_each(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *function = FUNCTION(
        "f", "text, numeric, text", [FUNCTION_TYPE] = "f",
        [FUNCTION_ARGUMENTS] = "first_argument text DEFAULT 'a, (b'::text, "
                               "second_argument numeric(10,2), \"third, argument\" text",
        [FUNCTION_RESULT] = "integer", [FUNCTION_LANGUAGE] = "sql", [FUNCTION_BODY] = "SELECT 1");
    assert_create(function, "CREATE FUNCTION f(\n"
                            "    first_argument text DEFAULT 'a, (b'::text,\n"
                            "    second_argument numeric(10,2),\n"
                            "    \"third, argument\" text\n"
                            ")\n"
                            "RETURNS integer\n"
                            "LANGUAGE sql\n"
                            "AS $$SELECT 1$$;");
}

static void view_is_made_replaced_and_altered(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain = make(schema, KIND_VIEW, "v", VALUES(" SELECT 1 AS a\n   FROM t;"));
    Object *options = make(
        schema, KIND_VIEW, "v",
        VALUES("SELECT 1 AS a\n   FROM t", NULL, "{check_option=local,security_barrier=true}"));
    assert_create(plain, "CREATE VIEW v AS\nSELECT 1 AS a\n   FROM t;");
    assert_create(options, "CREATE VIEW v WITH (check_option = local, security_barrier = true) "
                           "AS\nSELECT 1 AS a\n   FROM t;");
    assert_action(CHANGE_REPLACE, options, plain,
                  "CREATE OR REPLACE VIEW v AS\nSELECT 1 AS a\n   FROM t;");
    assert_alter(plain, options,
                 "ALTER VIEW v SET (check_option = local, security_barrier = true);");
    assert_alter(options, plain, "ALTER VIEW v RESET (check_option, security_barrier);");
    assert_drop(plain, "DROP VIEW v;");
    assert_action(CHANGE_RENAME, plain, plain, "ALTER VIEW v RENAME TO v;");
}

static void materialized_view_is_made_and_altered(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain =
        make(schema, KIND_MATERIALIZED_VIEW, "v", VALUES("SELECT 1", NULL, NULL, NULL, "t"));
    Object *odd = make(schema, KIND_MATERIALIZED_VIEW, "v",
                       VALUES("SELECT 1", "{fillfactor=70}", "heap2", "fast", "f"));
    assert_create(plain, "CREATE MATERIALIZED VIEW v AS\nSELECT 1;");
    assert_create(odd, "CREATE MATERIALIZED VIEW v USING heap2 WITH (fillfactor = 70) TABLESPACE "
                       "fast AS\nSELECT 1\nWITH NO DATA;");
    assert_alter(plain, odd,
                 "ALTER MATERIALIZED VIEW v SET ACCESS METHOD heap2;\n"
                 "ALTER MATERIALIZED VIEW v SET TABLESPACE fast;\n"
                 "ALTER MATERIALIZED VIEW v SET (fillfactor = 70);");
    assert_alter(odd, plain,
                 "ALTER MATERIALIZED VIEW v SET ACCESS METHOD heap;\n"
                 "ALTER MATERIALIZED VIEW v SET TABLESPACE pg_default;\n"
                 "ALTER MATERIALIZED VIEW v RESET (fillfactor);");
    assert_drop(plain, "DROP MATERIALIZED VIEW v;");
}

static void view_column_has_only_notes(void)
{
    g_autoptr(Schema) schema = schema_new();
    make(schema, KIND_MATERIALIZED_VIEW, "m", VALUES(NULL));
    Object *column = make_in(schema, KIND_VIEW_COLUMN, "v", "a b", VALUES("1"));
    Object *other = make_in(schema, KIND_VIEW_COLUMN, "m", "c", VALUES("1"));
    schema_finish(schema);
    column->comment = "x";
    assert_create(column, "");
    assert_drop(column, "");
    assert_action(CHANGE_COMMENT, NULL, column, "COMMENT ON COLUMN v.\"a b\" IS 'x';");
    assert_action(CHANGE_RENAME, other, column, "ALTER VIEW v RENAME COLUMN c TO \"a b\";");
    assert_action(CHANGE_RENAME, column, other,
                  "ALTER MATERIALIZED VIEW m RENAME COLUMN \"a b\" TO c;");
}

static void trigger_is_made_enabled_and_dropped(void)
{
    static const struct {
        const char *letter;
        const char *word;
    } states[] = {{"D", "DISABLE"}, {"R", "ENABLE REPLICA"}, {"A", "ENABLE ALWAYS"}};
    g_autoptr(Schema) schema = schema_new();
    Object *usual = make_in(schema, KIND_TRIGGER, "item", "t",
                            VALUES("CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE "
                                   "FUNCTION f()",
                                   "O"));
    assert_create(usual,
                  "CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION f();");
    assert_drop(usual, "DROP TRIGGER t ON item;");
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        Object *other =
            make_in(schema, KIND_TRIGGER, "item", "t", VALUES("CREATE …", states[i].letter));
        g_autofree char *created =
            g_strdup_printf("CREATE …;\nALTER TABLE item %s TRIGGER t;", states[i].word);
        assert_create(other, created);
        assert_alter(other, usual, "ALTER TABLE item ENABLE TRIGGER t;");
    }
    Object *renamed = make_in(schema, KIND_TRIGGER, "product", "u", VALUES("", "O"));
    assert_action(CHANGE_RENAME, usual, renamed, "ALTER TRIGGER t ON product RENAME TO u;");
}

static void long_trigger_has_a_clause_a_line(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *trigger = make_in(
        schema, KIND_TRIGGER, "item", "t WHEN (x",
        VALUES("CREATE CONSTRAINT TRIGGER \"t WHEN (x\" AFTER INSERT OR UPDATE OF name ON item "
               "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.name <> ' WHEN (') EXECUTE "
               "FUNCTION f('a', ' FOR EACH ')",
               "O"));
    assert_create(trigger,
                  "CREATE CONSTRAINT TRIGGER \"t WHEN (x\"\n"
                  "    AFTER INSERT OR UPDATE OF name ON item DEFERRABLE INITIALLY DEFERRED\n"
                  "    FOR EACH ROW\n"
                  "    WHEN (new.name <> ' WHEN (')\n"
                  "    EXECUTE FUNCTION f('a', ' FOR EACH ');");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/all", schema_is_made_and_dropped);
    g_test_add_func("/schema/public", public_has_a_usual_comment_and_grant);
    g_test_add_func("/extension/all", extension_is_made_moved_and_dropped);
    g_test_add_func("/enum/create", enum_fits_on_a_line_or_has_many);
    g_test_add_func("/enum/add", enum_values_are_added_in_their_place);
    g_test_add_func("/enum/aside", enum_is_set_aside_with_a_remark_on_lost_values);
    g_test_add_func("/enum/aside_name", name_set_aside_is_cut_at_a_character);
    g_test_add_func("/domain/create", domain_is_made_with_its_checks);
    g_test_add_func("/domain/alter", domain_is_altered_by_attribute);
    g_test_add_func("/function/plain", function_has_a_clause_a_line);
    g_test_add_func("/function/full", function_says_all_that_is_unusual);
    g_test_add_func("/function/bodies", procedure_and_other_bodies_are_written);
    g_test_add_func("/function/arguments", many_arguments_have_a_line_each);
    g_test_add_func("/view/all", view_is_made_replaced_and_altered);
    g_test_add_func("/view/materialized", materialized_view_is_made_and_altered);
    g_test_add_func("/view/column", view_column_has_only_notes);
    g_test_add_func("/trigger/all", trigger_is_made_enabled_and_dropped);
    g_test_add_func("/trigger/long", long_trigger_has_a_clause_a_line);
    return g_test_run();
}
