#include "diff/candidates.h"
#include "diff/diff.h"

#include <string.h>

/* A table with an id column; the parts are added by name. */
static Object *add_table(Schema *schema, const char *name)
{
    Object *table = schema_add(schema, KIND_TABLE, "public", NULL, name, NULL);
    table->values[TABLE_PERSISTENCE] = schema_text(schema, "p");
    return table;
}

static Object *add_column(Schema *schema, const char *table, const char *name, const char *type,
                          const char *position)
{
    Object *column = schema_add(schema, KIND_COLUMN, "public", table, name, NULL);
    column->values[COLUMN_TYPE] = schema_text(schema, type);
    column->values[COLUMN_POSITION] = schema_text(schema, position);
    column->values[COLUMN_NOT_NULL] = schema_text(schema, "f");
    return column;
}

static Object *add_constraint(Schema *schema, const char *table, const char *name, const char *type,
                              const char *definition)
{
    Object *constraint = schema_add(schema, KIND_CONSTRAINT, "public", table, name, NULL);
    constraint->values[CONSTRAINT_TYPE] = schema_text(schema, type);
    constraint->values[CONSTRAINT_DEFINITION] = schema_text(schema, definition);
    constraint->values[CONSTRAINT_VALID] = schema_text(schema, "t");
    return constraint;
}

static Object *add_view(Schema *schema, const char *name, const char *definition,
                        const char *columns, Object *needed)
{
    Object *view = schema_add(schema, KIND_VIEW, "public", NULL, name, NULL);
    view->values[VIEW_DEFINITION] = schema_text(schema, definition);
    view->values[VIEW_COLUMNS] = schema_text(schema, columns);
    schema_add_dependency(schema, view, needed);
    return view;
}

static Object *add_enum(Schema *schema, const char *name, const char *labels)
{
    Object *type = schema_add(schema, KIND_ENUM, "public", NULL, name, NULL);
    type->values[ENUM_LABELS] = schema_text(schema, labels);
    return type;
}

static void append_change(GString *text, const Change *change)
{
    static const char *const actions[] = {"drop",      "create",     "alter",   "replace", "rename",
                                          "set aside", "drop aside", "comment", "grants"};
    const Object *object = change_object(change);
    if (text->len > 0)
        g_string_append(text, "; ");
    g_string_append_printf(text, "%s %s %s", actions[change->action],
                           object_kinds[object->kind].name, object->identity);
    for (unsigned i = 0; change->inside != NULL && i < change->inside->len; i++) {
        const Object *part = change_object(g_ptr_array_index(change->inside, i));
        g_string_append_printf(text, " +%s", part->name);
    }
}

static char *describe(const Schema *from, const Schema *to)
{
    g_autoptr(GPtrArray) changes = diff_schemas(from, to);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < changes->len; i++)
        append_change(text, g_ptr_array_index(changes, i));
    return g_string_free(text, FALSE);
}

static void assert_changes(Schema *from, Schema *to, const char *there, const char *back)
{
    schema_finish(from);
    schema_finish(to);
    g_autofree char *forward = describe(from, to);
    g_autofree char *backward = describe(to, from);
    g_autofree char *nothing = describe(to, to);
    g_assert_cmpstr(forward, ==, there);
    g_assert_cmpstr(backward, ==, back);
    g_assert_cmpstr(nothing, ==, "");
}

static void new_table_holds_its_parts(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(to, "item");
    add_column(to, "item", "z", "text", "1");
    add_column(to, "item", "id", "integer", "2");
    Object *standard = schema_add(to, KIND_DEFAULT, "public", "item", "id", NULL);
    standard->values[DEFAULT_EXPRESSION] = schema_text(to, "0");
    add_constraint(to, "item", "item_pkey", "p", "PRIMARY KEY (id)");
    Object *late = add_constraint(to, "item", "late", "c", "CHECK (id > 0)");
    late->values[CONSTRAINT_VALID] = schema_text(to, "f");
    assert_changes(from, to,
                   "create table public.item +z +id +id +item_pkey; "
                   "create constraint public.item.late",
                   "drop table public.item");
}

static void foreign_keys_order_tables(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(to, "a");
    Object *target = add_table(to, "b");
    Object *key = add_constraint(to, "a", "a_b_fkey", "f", "FOREIGN KEY (b) REFERENCES b(id)");
    schema_add_dependency(to, key, target);
    assert_changes(from, to, "create table public.b; create table public.a +a_b_fkey",
                   "drop table public.a; drop table public.b");
}

static void circular_foreign_keys_come_after_their_tables(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *a = add_table(to, "a");
    Object *b = add_table(to, "b");
    schema_add_dependency(to, add_constraint(to, "a", "ab", "f", "…"), b);
    schema_add_dependency(to, add_constraint(to, "b", "ba", "f", "…"), a);
    assert_changes(from, to,
                   "create table public.b; create table public.a +ab; "
                   "create constraint public.b.ba",
                   "drop constraint public.b.ba; drop table public.a; drop table public.b");
}

static void view_makes_way_for_a_column(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Schema *sides[] = {from, to};
    for (int i = 0; i < 2; i++) {
        add_table(sides[i], "item");
        Object *column = add_column(sides[i], "item", "n", i == 0 ? "integer" : "bigint", "1");
        Object *view = add_view(sides[i], "v", "SELECT n",
                                i == 0 ? "{\"n integer\"}" : "{\"n bigint\"}", column);
        view->comment = schema_text(sides[i], "numbers");
        schema_add_grant(sides[i], view, "reader", "SELECT", false, false);
        Object *second = add_view(sides[i], "w", "SELECT 1", "{}", view);
        second->comment = schema_text(sides[i], i == 0 ? "old" : "new");
    }
    const char *expected = "drop view public.w; drop view public.v; alter column public.item.n; "
                           "create view public.v; comment view public.v; grants view public.v; "
                           "create view public.w; comment view public.w";
    assert_changes(from, to, expected, expected);
}

static void view_is_replaced_where_columns_are_only_added(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_view(from, "v", "SELECT a", "{a}", add_table(from, "t"));
    add_view(to, "v", "SELECT a, b", "{a,b}", add_table(to, "t"));
    assert_changes(from, to, "replace view public.v", "drop view public.v; create view public.v");
}

static void enum_values_are_added_in_place(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Schema *sides[] = {from, to};
    for (int i = 0; i < 2; i++) {
        Object *type = add_enum(sides[i], "mood", i == 0 ? "{a,c}" : "{a,b,c}");
        add_table(sides[i], "item");
        Object *column = add_column(sides[i], "item", "m", "mood", "1");
        schema_add_dependency(sides[i], column, type);
        Object *standard = schema_add(sides[i], KIND_DEFAULT, "public", "item", "m", NULL);
        standard->values[DEFAULT_EXPRESSION] = schema_text(sides[i], "'a'::mood");
        schema_add_dependency(sides[i], standard, type);
    }
    assert_changes(from, to, "alter enum public.mood",
                   "drop default public.item.m; set aside enum public.mood; "
                   "create enum public.mood; alter column public.item.m; "
                   "drop aside enum public.mood; create default public.item.m");
}

static void owned_sequence_goes_with_its_table(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(from, "item");
    Object *column = add_column(from, "item", "id", "integer", "1");
    Object *sequence = schema_add(from, KIND_SEQUENCE, "public", NULL, "item_id_seq", NULL);
    Object *owned = schema_add(from, KIND_OWNED_BY, "public", NULL, "item_id_seq", NULL);
    owned->values[OWNED_BY_COLUMN] = schema_text(from, "item.id");
    schema_add_dependency(from, owned, column);
    Object *standard = schema_add(from, KIND_DEFAULT, "public", "item", "id", NULL);
    standard->values[DEFAULT_EXPRESSION] = schema_text(from, "nextval('item_id_seq'::regclass)");
    schema_add_dependency(from, standard, sequence);
    assert_changes(from, to, "drop table public.item",
                   "create sequence public.item_id_seq; create table public.item +id +id; "
                   "create owner column of sequence public.item_id_seq");
}

static void a_name_is_free_before_it_is_taken(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_view(from, "item", "SELECT 1", "{}",
             schema_add(from, KIND_SCHEMA, NULL, NULL, "public", NULL));
    schema_add(to, KIND_SCHEMA, NULL, NULL, "public", NULL);
    add_table(to, "item");
    assert_changes(from, to, "drop view public.item; create table public.item",
                   "drop table public.item; create view public.item");
}

static void function_comes_after_what_its_body_mentions(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *function = schema_add(to, KIND_FUNCTION, "public", NULL, "f", "");
    function->values[FUNCTION_BODY] = schema_text(to, "SELECT count(*) FROM public.\"Item\"");
    add_table(to, "Item");
    Object *trigger_function = schema_add(to, KIND_FUNCTION, "public", NULL, "g", "");
    trigger_function->values[FUNCTION_BODY] = schema_text(to, "BEGIN INSERT INTO log; END");
    Object *log = add_table(to, "log");
    schema_add_dependency(to, log, trigger_function); /* a circle, which the body gives up */
    assert_changes(from, to,
                   "create function public.g(); create table public.\"Item\"; "
                   "create function public.f(); create table public.log",
                   "drop table public.\"Item\"; drop table public.log; "
                   "drop function public.f(); drop function public.g()");
}

static void primary_key_takes_foreign_keys_along(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Schema *sides[] = {from, to};
    for (int i = 0; i < 2; i++) {
        add_table(sides[i], "a");
        add_table(sides[i], "b");
        Object *key = add_constraint(sides[i], "b", "b_key", i == 0 ? "u" : "p",
                                     i == 0 ? "UNIQUE (id)" : "PRIMARY KEY (id)");
        Object *foreign = add_constraint(sides[i], "a", "ab", "f", "REFERENCES b(id)");
        schema_add_dependency(sides[i], foreign, key);
    }
    const char *expected = "drop constraint public.a.ab; drop constraint public.b.b_key; "
                           "create constraint public.b.b_key; create constraint public.a.ab";
    assert_changes(from, to, expected, expected);
}

static Object *add_index(Schema *schema, const char *name, const char *definition)
{
    Object *index = schema_add(schema, KIND_INDEX, "public", "item", name, NULL);
    index->values[INDEX_DEFINITION] = schema_text(schema, definition);
    return index;
}

static void equal_parts_are_renamed(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(from, "item");
    add_table(to, "item");
    add_constraint(from, "item", "a", "c", "CHECK (x > 0)");
    add_constraint(to, "item", "b", "c", "CHECK (x > 0)");
    add_index(from, "i \"ON\"", "CREATE INDEX \"i \"\"ON\"\"\" ON item USING btree (x)");
    add_index(to, "j", "CREATE INDEX j ON item USING btree (x)");
    add_index(from, "k", "CREATE INDEX k ON item USING btree (y)");
    add_index(to, "l", "CREATE UNIQUE INDEX l ON item USING btree (y)");
    assert_changes(from, to,
                   "rename constraint public.item.b; rename index public.j; "
                   "create index public.l; drop index public.k",
                   "rename constraint public.item.a; rename index public.\"i \"\"ON\"\"\"; "
                   "create index public.k; drop index public.l");
}

static void renamed_part_frees_its_name(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(from, "item");
    add_table(to, "item");
    add_index(from, "a", "CREATE INDEX a ON item USING btree (x)");
    add_index(to, "b", "CREATE INDEX b ON item USING btree (x)");
    add_enum(to, "a", "{x}");
    assert_changes(from, to, "rename index public.b; create enum public.a",
                   "drop enum public.a; rename index public.a");
}

static void likely_renames_are_proposed(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(from, "item");
    add_column(from, "item", "id", "integer", "1");
    add_column(from, "item", "n", "text", "2");
    add_table(to, "product");
    add_column(to, "product", "id", "integer", "1");
    add_column(to, "product", "n", "text", "2");
    add_table(to, "unlike");
    add_column(to, "unlike", "id", "text", "1");
    add_table(from, "kept");
    add_column(from, "kept", "old", "text", "1");
    add_table(to, "kept");
    add_column(to, "kept", "new", "text", "1");
    add_column(to, "kept", "other", "integer", "2");
    schema_finish(from);
    schema_finish(to);
    g_autoptr(GArray) candidates = rename_candidates(from, to);
    g_assert_cmpuint(candidates->len, ==, 2);
    RenameCandidate table = g_array_index(candidates, RenameCandidate, 0);
    RenameCandidate column = g_array_index(candidates, RenameCandidate, 1);
    g_assert_cmpstr(table.to->identity, ==, "public.product");
    g_assert_cmpstr(column.from->identity, ==, "public.kept.old");
    g_assert_cmpstr(column.to->identity, ==, "public.kept.new");
}

static void foreign_key_waits_for_old_keys_to_go(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *old = NULL;
    Schema *sides[] = {from, to};
    for (int i = 0; i < 2; i++) {
        add_table(sides[i], "a");
        add_table(sides[i], "b");
        old = add_constraint(sides[i], "b", i == 0 ? "b_key" : "b_pkey", i == 0 ? "u" : "p",
                             i == 0 ? "UNIQUE (id)" : "PRIMARY KEY (id)");
        Object *foreign = add_constraint(sides[i], "a", "ab", "f", "REFERENCES b(id)");
        schema_add_dependency(sides[i], foreign, old);
    }
    assert_changes(from, to,
                   "drop constraint public.a.ab; create constraint public.b.b_pkey; "
                   "drop constraint public.b.b_key; create constraint public.a.ab",
                   "drop constraint public.a.ab; create constraint public.b.b_key; "
                   "drop constraint public.b.b_pkey; create constraint public.a.ab");
}

static void identity_takes_the_name_of_the_old_sequence(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    add_table(from, "t");
    add_table(to, "t");
    Object *old = add_column(from, "t", "c", "integer", "1");
    Object *new = add_column(to, "t", "c", "integer", "1");
    new->values[COLUMN_IDENTITY] = schema_text(to, "a");
    Object *sequence = schema_add(from, KIND_SEQUENCE, "public", NULL, "t_c_seq", NULL);
    Object *owned = schema_add(from, KIND_OWNED_BY, "public", NULL, "t_c_seq", NULL);
    owned->values[OWNED_BY_COLUMN] = schema_text(from, "t.c");
    schema_add_dependency(from, owned, old);
    Object *standard = schema_add(from, KIND_DEFAULT, "public", "t", "c", NULL);
    standard->values[DEFAULT_EXPRESSION] = schema_text(from, "nextval('t_c_seq'::regclass)");
    schema_add_dependency(from, standard, sequence);
    assert_changes(from, to,
                   "drop default public.t.c; drop sequence public.t_c_seq; "
                   "alter column public.t.c",
                   "alter column public.t.c; create sequence public.t_c_seq; "
                   "create owner column of sequence public.t_c_seq; create default public.t.c");
}

static void unmanaged_objects_are_named_not_touched(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    schema_add(from, KIND_OTHER, NULL, NULL, "policy p on t", NULL);
    schema_add(to, KIND_OTHER, NULL, NULL, "cast (a as b)", NULL);
    assert_changes(from, to, "", "");
    g_autoptr(GArray) differences = diff_unmanaged(from, to);
    g_assert_cmpuint(differences->len, ==, 2);
    g_assert_true(g_array_index(differences, UnmanagedDifference, 0).is_missing);
    g_assert_cmpstr(g_array_index(differences, UnmanagedDifference, 1).object->identity, ==,
                    "policy p on t");
}

static void what_stands_on_unmanaged_objects_is_left_alone(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *aggregate = schema_add(to, KIND_OTHER, NULL, NULL, "aggregate a(text)", NULL);
    Object *view = add_view(to, "v", "SELECT a(x)", "{a}", aggregate);
    add_view(to, "w", "SELECT a", "{a}", view);
    add_table(to, "t");
    schema_add_dependency(to, add_column(to, "t", "c", "thing", "1"), aggregate);
    add_table(to, "free");
    assert_changes(from, to, "create table public.free", "drop table public.free");
    g_autoptr(GArray) differences = diff_unmanaged(from, to);
    g_assert_cmpuint(differences->len, ==, 4);
    const UnmanagedDifference *table = &g_array_index(differences, UnmanagedDifference, 0);
    g_assert_cmpstr(table->object->identity, ==, "public.t");
    g_assert_true(table->because == aggregate);
}

static void views_on_views_are_ordered_by_their_columns(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *table = add_table(to, "t");
    add_view(to, "b", "SELECT x", "{x}", table);
    Object *column = schema_add(to, KIND_VIEW_COLUMN, "public", "b", "x", NULL);
    add_view(to, "a", "SELECT x FROM b", "{x}", column);
    assert_changes(from, to, "create table public.t; create view public.b; create view public.a",
                   "drop view public.a; drop view public.b; drop table public.t");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diff/new_table", new_table_holds_its_parts);
    g_test_add_func("/diff/foreign_keys", foreign_keys_order_tables);
    g_test_add_func("/diff/circular", circular_foreign_keys_come_after_their_tables);
    g_test_add_func("/diff/view_makes_way", view_makes_way_for_a_column);
    g_test_add_func("/diff/view_replace", view_is_replaced_where_columns_are_only_added);
    g_test_add_func("/diff/enum", enum_values_are_added_in_place);
    g_test_add_func("/diff/owned_sequence", owned_sequence_goes_with_its_table);
    g_test_add_func("/diff/names", a_name_is_free_before_it_is_taken);
    g_test_add_func("/diff/bodies", function_comes_after_what_its_body_mentions);
    g_test_add_func("/diff/primary_key", primary_key_takes_foreign_keys_along);
    g_test_add_func("/diff/old_keys", foreign_key_waits_for_old_keys_to_go);
    g_test_add_func("/diff/identity", identity_takes_the_name_of_the_old_sequence);
    g_test_add_func("/diff/rename", equal_parts_are_renamed);
    g_test_add_func("/diff/rename_name", renamed_part_frees_its_name);
    g_test_add_func("/diff/candidates", likely_renames_are_proposed);
    g_test_add_func("/diff/view_columns", views_on_views_are_ordered_by_their_columns);
    g_test_add_func("/diff/left_alone", what_stands_on_unmanaged_objects_is_left_alone);
    g_test_add_func("/diff/unmanaged", unmanaged_objects_are_named_not_touched);
    return g_test_run();
}
