#include "migrate/inspect.h"
#include "rendered.h"

static Object *make_table(Schema *schema, const char *namespace, const char *name)
{
    Object *table = schema_add(schema, KIND_TABLE, namespace, NULL, name, NULL);
    set_values(schema, table, VALUES([TABLE_PERSISTENCE] = "p"));
    Object *column = schema_add(schema, KIND_COLUMN, namespace, name, "id", NULL);
    set_values(schema, column, VALUES([COLUMN_POSITION] = "1", [COLUMN_TYPE] = "integer"));
    return table;
}

/* "path: text" of each file, the line breaks of the text as "|". */
static char *files_of(const Schema *schema)
{
    g_autoptr(GPtrArray) files = inspect_files(schema);
    GString *all = g_string_new(NULL);
    for (unsigned i = 0; i < files->len; i++) {
        const ModelFile *file = g_ptr_array_index(files, i);
        g_autofree char *text = g_strdelimit(g_strdup(file->text), "\n", '|');
        g_string_append_printf(all, "%s: %s\n", file->path, text);
    }
    return g_string_free(all, FALSE);
}

static void table_has_a_file_with_all_that_hangs_on_it(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    Object *table = make_table(schema, "public", "item");
    Object *sequence = make(schema, KIND_SEQUENCE, "item_id_seq",
                            VALUES("p", "bigint", "1", "1", "1", "9223372036854775807", "1", "f"));
    Object *owned = make(schema, KIND_OWNED_BY, "item_id_seq", VALUES("item.id"));
    Object *index = make_in(schema, KIND_INDEX, "item", "a_idx",
                            VALUES([INDEX_DEFINITION] = "CREATE INDEX a_idx ON item (id)"));
    make(schema, KIND_SEQUENCE, "free",
         VALUES("p", "bigint", "1", "1", "1", "9223372036854775807", "1", "f"));
    schema_add_dependency(schema, owned, schema_find(schema, KIND_COLUMN, "public.item.id"));
    table->comment = "x";
    index->comment = "y";
    schema_add_grant(schema, table, "app", "SELECT", false, false);
    schema_add_grant(schema, sequence, "app", "USAGE", false, false);
    schema_finish(schema);
    g_autofree char *files = files_of(schema);
    g_assert_cmpstr(files, ==,
                    "item.sql: CREATE SEQUENCE item_id_seq;||CREATE TABLE item (|    id integer|);"
                    "||ALTER SEQUENCE item_id_seq OWNED BY item.id;||"
                    "CREATE INDEX a_idx ON item (id);|COMMENT ON TABLE item IS 'x';|"
                    "COMMENT ON INDEX a_idx IS 'y';||"
                    "GRANT USAGE ON SEQUENCE item_id_seq TO app;||"
                    "GRANT SELECT ON TABLE item TO app;|\n"
                    "sequences.sql: CREATE SEQUENCE free;|\n");
}

static void paths_tell_schema_and_sort(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "app", NULL);
    make_table(schema, "app", "../a/B ß");
    make_table(schema, "public", ".hidden");
    Object *color = schema_add(schema, KIND_ENUM, "app", NULL, "color", NULL);
    color->values[ENUM_LABELS] = "{}";
    Object *view = make(schema, KIND_VIEW, "v", VALUES("SELECT 1", "{}"));
    view->comment = "x";
    Object *extension = schema_add(schema, KIND_EXTENSION, NULL, NULL, "citext", NULL);
    extension->values[EXTENSION_SCHEMA] = "public";
    schema_finish(schema);
    g_autofree char *files = files_of(schema);
    g_assert_cmpstr(files, ==,
                    "_hidden.sql: CREATE TABLE \".hidden\" (|    id integer|);|\n"
                    "app/_._a_B_ß.sql: CREATE TABLE app.\"../a/B ß\" (|    id integer|);|\n"
                    "app/types.sql: CREATE TYPE app.color AS ENUM ();|\n"
                    "extensions.sql: CREATE EXTENSION citext;|\n"
                    "schemas.sql: CREATE SCHEMA app;|\n"
                    "views/v.sql: CREATE VIEW v AS|SELECT 1;||COMMENT ON VIEW v IS 'x';|\n");
}

/* Two types in one file: each with its comment. */
static void things_that_share_a_file_stay_whole(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    make(schema, KIND_ENUM, "a", VALUES("{}"))->comment = "x";
    make(schema, KIND_ENUM, "b", VALUES("{}"))->comment = "y";
    schema_finish(schema);
    g_autofree char *files = files_of(schema);
    g_assert_cmpstr(files, ==,
                    "types.sql: CREATE TYPE a AS ENUM ();|COMMENT ON TYPE a IS 'x';||"
                    "CREATE TYPE b AS ENUM ();|COMMENT ON TYPE b IS 'y';|\n");
}

static void what_is_left_out_is_named(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    Object *other = schema_add(schema, KIND_OTHER, NULL, NULL, "aggregate public.\"a\nb\"()", NULL);
    Object *view = make(schema, KIND_VIEW, "v", VALUES("SELECT 1", "{}"));
    make_in(schema, KIND_VIEW_COLUMN, "v", "c", VALUES("1"));
    make_table(schema, "public", "not-managed");
    schema_add_dependency(schema, view, other);
    schema_finish(schema);
    static const char comments[] =
        "-- Not managed, and so not in these models:\n"
        "--   view public.v, which stands on aggregate public.\"a b\"()\n"
        "--   aggregate public.\"a b\"()\n";
    static const char table[] = "CREATE TABLE \"not-managed\" (\n    id integer\n);\n";
    g_autoptr(GPtrArray) files = inspect_files(schema);
    g_autofree char *both = g_strconcat(comments, "\n", table, NULL);
    g_assert_cmpuint(files->len, ==, 1);
    g_assert_cmpstr(((ModelFile *)g_ptr_array_index(files, 0))->text, ==, both);
    g_autofree char *script = inspect_script(schema);
    g_assert_cmpstr(script, ==, both);
    model_file_free(NULL);
}

static void nothing_but_public_is_no_file(void)
{
    g_autoptr(Schema) schema = schema_new();
    schema_add(schema, KIND_SCHEMA, NULL, NULL, "public", NULL);
    schema_finish(schema);
    g_autofree char *files = files_of(schema);
    g_autofree char *script = inspect_script(schema);
    g_assert_cmpstr(files, ==, "");
    g_assert_cmpstr(script, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inspect/table", table_has_a_file_with_all_that_hangs_on_it);
    g_test_add_func("/inspect/paths", paths_tell_schema_and_sort);
    g_test_add_func("/inspect/shared", things_that_share_a_file_stay_whole);
    g_test_add_func("/inspect/left_out", what_is_left_out_is_named);
    g_test_add_func("/inspect/nothing", nothing_but_public_is_no_file);
    return g_test_run();
}
