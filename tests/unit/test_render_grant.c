#include "rendered.h"

static Object *make_table(Schema *schema)
{
    return make(schema, KIND_TABLE, "item", VALUES([TABLE_PERSISTENCE] = "p"));
}

static void grants_of_a_new_object_are_given_by_role(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema);
    schema_add_grant(schema, table, "app role", "UPDATE", false, false);
    schema_add_grant(schema, table, "app role", "SELECT", false, false);
    schema_add_grant(schema, table, "app role", "FUTURE", false, false);
    schema_add_grant(schema, table, "app role", "BYGONE", false, false);
    schema_add_grant(schema, table, "admin", "DELETE", false, true);
    schema_add_grant(schema, table, "admin", "INSERT", false, true);
    schema_add_grant(schema, table, "admin", "SELECT", false, false);
    schema_add_grant(schema, table, GRANTEE_PUBLIC, "SELECT", false, false);
    schema_add_grant(schema, table, GRANTEE_OWNER, "TRUNCATE", true, false);
    schema_finish(schema);
    assert_action(CHANGE_GRANTS, NULL, table,
                  "REVOKE TRUNCATE ON TABLE item FROM CURRENT_USER;\n"
                  "GRANT SELECT ON TABLE item TO admin;\n"
                  "GRANT SELECT, UPDATE, BYGONE, FUTURE ON TABLE item TO \"app role\";\n"
                  "GRANT SELECT ON TABLE item TO PUBLIC;\n"
                  "GRANT INSERT, DELETE ON TABLE item TO admin WITH GRANT OPTION;");
}

static void grants_change_by_difference(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make_table(schema);
    Object *to = make_table(schema);
    schema_add_grant(schema, from, "a", "SELECT", false, false);
    schema_add_grant(schema, from, "a", "INSERT", false, true);
    schema_add_grant(schema, from, "a", "DELETE", false, false);
    schema_add_grant(schema, from, "b", "SELECT", false, false);
    schema_add_grant(schema, to, "a", "SELECT", false, true);
    schema_add_grant(schema, to, "a", "INSERT", false, false);
    schema_add_grant(schema, to, "a", "DELETE", false, false);
    schema_add_grant(schema, to, "c", "SELECT", false, false);
    assert_action(CHANGE_GRANTS, from, to,
                  "REVOKE SELECT ON TABLE item FROM b;\n"
                  "REVOKE GRANT OPTION FOR INSERT ON TABLE item FROM a;\n"
                  "GRANT SELECT ON TABLE item TO c;\n"
                  "GRANT SELECT ON TABLE item TO a WITH GRANT OPTION;");
    assert_action(CHANGE_GRANTS, from, from, "");
}

static void what_is_usual_is_revoked_and_given_back(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = schema_add(schema, KIND_FUNCTION, "app", NULL, "f", "integer");
    Object *to = schema_add(schema, KIND_FUNCTION, "app", NULL, "f", "integer");
    from->values[FUNCTION_TYPE] = to->values[FUNCTION_TYPE] = "f";
    schema_add_grant(schema, to, GRANTEE_PUBLIC, "EXECUTE", true, false);
    assert_action(CHANGE_GRANTS, from, to,
                  "REVOKE EXECUTE ON FUNCTION app.f(integer) FROM PUBLIC;");
    assert_action(CHANGE_GRANTS, to, from, "GRANT EXECUTE ON FUNCTION app.f(integer) TO PUBLIC;");
}

static void targets_are_what_grant_calls_them(void)
{
    g_autoptr(Schema) schema = schema_new();
    static const struct {
        ObjectKind kind;
        const char *target;
    } cases[] = {
        {KIND_SCHEMA, "SCHEMA x"},     {KIND_ENUM, "TYPE x"},  {KIND_DOMAIN, "DOMAIN x"},
        {KIND_SEQUENCE, "SEQUENCE x"}, {KIND_VIEW, "TABLE x"}, {KIND_MATERIALIZED_VIEW, "TABLE x"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool is_schema = cases[i].kind == KIND_SCHEMA;
        Object *object =
            schema_add(schema, cases[i].kind, is_schema ? NULL : "public", NULL, "x", NULL);
        schema_add_grant(schema, object, "app", "USAGE", false, false);
        g_autofree char *expected = g_strdup_printf("GRANT USAGE ON %s TO app;", cases[i].target);
        assert_action(CHANGE_GRANTS, NULL, object, expected);
    }
}

static void columns_are_named_behind_each_privilege(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *column = make_in(schema, KIND_COLUMN, "item", "a b", VALUES(NULL));
    Object *of_view = make_in(schema, KIND_VIEW_COLUMN, "v", "c", VALUES(NULL));
    schema_add_grant(schema, column, "app", "UPDATE", false, false);
    schema_add_grant(schema, column, "app", "SELECT", false, false);
    schema_add_grant(schema, of_view, "app", "SELECT", false, false);
    assert_action(CHANGE_GRANTS, NULL, column,
                  "GRANT SELECT (\"a b\"), UPDATE (\"a b\") ON TABLE item TO app;");
    assert_action(CHANGE_GRANTS, NULL, of_view, "GRANT SELECT (c) ON TABLE v TO app;");
}

static void identity_sequence_is_granted_by_its_name(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *column = make_in(schema, KIND_COLUMN, "item", "id", VALUES([COLUMN_IDENTITY] = "a"));
    Object *named = make_in(schema, KIND_COLUMN, "item", "id",
                            VALUES([COLUMN_IDENTITY] = "a", [COLUMN_IDENTITY_SEQUENCE] = "app.s"));
    Object *plain = make_in(schema, KIND_COLUMN, "item", "id", VALUES(NULL));
    schema_add_grant(schema, column, "app", "SELECT", false, false);
    schema_add_grant(schema, column, "app", "SEQUENCE SELECT", false, false);
    schema_add_grant(schema, column, "app", "SEQUENCE USAGE", false, false);
    assert_action(CHANGE_GRANTS, NULL, column,
                  "GRANT SELECT (id) ON TABLE item TO app;\n"
                  "GRANT SELECT, USAGE ON SEQUENCE item_id_seq TO app;");
    assert_action(CHANGE_GRANTS, column, named,
                  "REVOKE SELECT (id) ON TABLE item FROM app;\n"
                  "REVOKE SELECT, USAGE ON SEQUENCE app.s FROM app;");
    assert_action(CHANGE_GRANTS, column, plain, "REVOKE SELECT (id) ON TABLE item FROM app;");
}

static Schema *make_granted(bool on_table, bool on_columns)
{
    Schema *schema = schema_new();
    Object *table = make_table(schema);
    Object *plain = make_in(schema, KIND_COLUMN, "item", "a", VALUES(NULL));
    Object *optional = make_in(schema, KIND_COLUMN, "item", "b", VALUES(NULL));
    make_in(schema, KIND_COLUMN, "item", "c", VALUES(NULL));
    if (on_table)
        schema_add_grant(schema, table, "app", "SELECT", false, false);
    if (on_columns) {
        schema_add_grant(schema, plain, "app", "SELECT", false, false);
        schema_add_grant(schema, plain, "app", "UPDATE", false, false);
        schema_add_grant(schema, optional, "app", "SELECT", false, true);
    }
    schema_finish(schema);
    return schema;
}

static char *grants_between(const Schema *from, const Schema *to)
{
    g_autoptr(Change) change =
        change_new(CHANGE_GRANTS, schema_find(from, KIND_TABLE, "public.item"),
                   schema_find(to, KIND_TABLE, "public.item"));
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    g_ptr_array_add(changes, change);
    g_autoptr(GPtrArray) statements = render_changes(changes, from, to);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < statements->len; i++)
        g_string_append_printf(text, "%s;",
                               ((RenderedStatement *)g_ptr_array_index(statements, i))->sql);
    return g_string_free(text, FALSE);
}

/* REVOKE on a table takes the privilege from its columns, too. */
static void columns_keep_what_a_revoke_on_the_table_takes(void)
{
    g_autoptr(Schema) from = make_granted(true, true);
    g_autoptr(Schema) to = make_granted(false, true);
    g_autoptr(Schema) none = make_granted(false, false);
    g_autofree char *kept = grants_between(from, to);
    g_assert_cmpstr(kept, ==,
                    "REVOKE SELECT ON TABLE item FROM app;"
                    "GRANT SELECT (a) ON TABLE item TO app;"
                    "GRANT SELECT (b) ON TABLE item TO app WITH GRANT OPTION;");
    g_autofree char *gone = grants_between(from, none);
    g_assert_cmpstr(gone, ==, "REVOKE SELECT ON TABLE item FROM app;");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/grant/new", grants_of_a_new_object_are_given_by_role);
    g_test_add_func("/grant/difference", grants_change_by_difference);
    g_test_add_func("/grant/usual", what_is_usual_is_revoked_and_given_back);
    g_test_add_func("/grant/targets", targets_are_what_grant_calls_them);
    g_test_add_func("/grant/columns", columns_are_named_behind_each_privilege);
    g_test_add_func("/grant/identity", identity_sequence_is_granted_by_its_name);
    g_test_add_func("/grant/columns_kept", columns_keep_what_a_revoke_on_the_table_takes);
    return g_test_run();
}
