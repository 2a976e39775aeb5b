#include "base/file.h"
#include "catalog/reader.h"
#include "fixture.h"
#include "migrate/models.h"

#include <string.h>

/* A folder of models, removed as it goes out of scope. */
typedef char Folder;

static Folder *folder_new(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("models-XXXXXX", &error);
    g_assert_no_error(error);
    return path;
}

static void folder_free(Folder *path)
{
    file_remove_tree(path, NULL);
    g_free(path);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folder, folder_free)

static void folder_write(const Folder *path, const char *name, const char *text)
{
    g_autofree char *file = g_build_filename(path, name, NULL);
    g_autofree char *folder = g_path_get_dirname(file);
    g_assert_true(file_make_folder(folder, 0755, NULL));
    g_assert_true(file_write(file, text, FILE_REPLACE, NULL));
}

static Models *read_good(const Folder *folder)
{
    g_autoptr(GError) error = NULL;
    Models *models = models_read(folder, "models", &error);
    g_assert_no_error(error);
    return models;
}

static Schema *run_good(const Folder *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Models) models = read_good(folder);
    models_run(models, fixture->db, "public", &error);
    g_assert_no_error(error);
    Schema *schema = catalog_read(fixture->db, NULL, &error);
    g_assert_no_error(error);
    return schema;
}

static void assert_run_fails(const Folder *folder, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Models) models = read_good(folder);
    g_assert_false(models_run(models, fixture->db, "public", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, message);
    fixture_run(fixture->db, "select 1"); /* the connection is as before */
}

static void files_run_in_any_order(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "CREATE VIEW v AS SELECT f(id) AS x FROM item;\n"
                 "COMMENT ON VIEW v IS 'c';");
    folder_write(folder, "deep/er/b.sql",
                 "CREATE TABLE item (id int REFERENCES z (id),\n"
                 "  m mood DEFAULT 'ok');");
    folder_write(folder, "c.sql",
                 "CREATE FUNCTION f(int) RETURNS app.d LANGUAGE sql\n"
                 "AS 'select count(*)::int from item';");
    folder_write(folder, "y.sql",
                 "CREATE TYPE mood AS ENUM ('ok'); ALTER TABLE z ADD PRIMARY KEY "
                 "(id);");
    folder_write(folder, "z.sql",
                 "CREATE TABLE z (id int);\nCREATE SCHEMA app;\n"
                 "CREATE DOMAIN app.d AS int;\n-- the end");
    folder_write(folder, "not-a-model.txt", "no SQL");
    folder_write(folder, ".hidden.sql", "no SQL");
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_cmpstr(schema_find(schema, KIND_VIEW, "public.v")->comment, ==, "c");
    g_assert_nonnull(schema_find(schema, KIND_CONSTRAINT, "public.item.item_id_fkey"));
}

static void functions_may_call_each_other(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "CREATE FUNCTION odd(int) RETURNS boolean LANGUAGE sql AS\n"
                 "'select $1 <> 0 and even($1 - 1)';\n"
                 "CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql AS\n"
                 "'select $1 = 0 or odd($1 - 1)';\n"
                 "CREATE VIEW v AS SELECT odd(3);\n");
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_nonnull(schema_find(schema, KIND_VIEW, "public.v"));
    folder_write(folder, "b.sql",
                 "CREATE FUNCTION bad() RETURNS int LANGUAGE sql AS\n"
                 "'select 1\n from nowhere';\n");
    assert_run_fails(folder, "models/b.sql:3: relation \"nowhere\" does not exist");
}

static void settings_hold_for_their_file(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "\\restrict x\nSET statement_timeout = 0;\nSET unknown_of_a_newer_server = 0;\n"
                 "SELECT pg_catalog.set_config('search_path', '', false);\n"
                 "CREATE TABLE public.a (id integer);\n"
                 "SET search_path = app;\nCREATE TABLE in_app (id integer);\n"
                 "SET search_path = public;\nCREATE VIEW late AS SELECT * FROM b;\n\\unrestrict x");
    folder_write(folder, "b.sql", "CREATE TABLE b (id integer);\nCREATE SCHEMA app;\n");
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_nonnull(schema_find(schema, KIND_TABLE, "public.a"));
    g_assert_nonnull(schema_find(schema, KIND_TABLE, "public.b"));
    g_assert_nonnull(schema_find(schema, KIND_TABLE, "app.in_app"));
    g_assert_nonnull(schema_find(schema, KIND_VIEW, "public.late"));
}

/* Whether the object grants anything beyond what is usual. */
static bool has_grants(const Schema *schema, ObjectKind kind, const char *name)
{
    const Object *object = schema_find(schema, kind, name);
    g_assert_nonnull(object);
    return object->grants != NULL;
}

static void grants_on_all_stand_anywhere(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "GRANT SELECT ON ALL TABLES IN SCHEMA public TO public;\n"
                 "CREATE TABLE early (id int);\n"
                 "CREATE VIEW late AS SELECT * FROM b;\n");
    folder_write(folder, "b.sql", "CREATE TABLE b (id int);\n");
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_true(has_grants(schema, KIND_TABLE, "public.early"));
    g_assert_true(has_grants(schema, KIND_TABLE, "public.b"));
    g_assert_true(has_grants(schema, KIND_VIEW, "public.late"));
}

static void grants_on_one_object_are_exceptions(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "CREATE TABLE secret (id int);\n"
                 "REVOKE ALL ON secret FROM public;\n"
                 "CREATE TABLE gone (id int);\n"
                 "GRANT SELECT ON gone TO public;\n"
                 "DROP TABLE gone;\n");
    folder_write(folder, "b.sql",
                 "CREATE TABLE b (id int);\n"
                 "GRANT SELECT ON ALL TABLES IN SCHEMA public TO public;\n");
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_true(has_grants(schema, KIND_TABLE, "public.b"));
    g_assert_false(has_grants(schema, KIND_TABLE, "public.secret"));
}

static void faults_have_their_place(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql", "-- é\n\nCREATE TABLE a (\n    id integer,\n    é nosuch\n);\n");
    assert_run_fails(folder, "models/a.sql:5: type \"nosuch\" does not exist");
    folder_write(folder, "a.sql", "CREATE TABLE a (id integer);\n\nCREATE TABLE\n a\n (x int);");
    assert_run_fails(folder, "models/a.sql:3: relation \"a\" already exists");
    folder_write(folder, "a.sql", "CREATE TABLE a (id integer,,);");
    assert_run_fails(folder, "models/a.sql:1: syntax error at or near \",\"");
}

static void only_causes_are_reported(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "CREATE VIEW v AS SELECT * FROM item;\n"
                 "CREATE VIEW vv AS SELECT * FROM v;\n");
    folder_write(folder, "b.sql",
                 "CREATE TABLE public.item (id nosuch);\n"
                 "CREATE INDEX ON item (id);\nCREATE TABLE ok (id int);\n");
    folder_write(folder, "c.sql",
                 "CREATE TABLE \"Other\" (id int, id int);\n"
                 "CREATE INDEX ON \"Other\" (id);\n");
    assert_run_fails(folder, "models/b.sql:1: type \"nosuch\" does not exist\n"
                             "models/c.sql:1: column \"id\" specified more than once");
}

static void circle_is_reported_whole(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "CREATE VIEW a AS SELECT * FROM b;\n"
                 "CREATE VIEW b AS SELECT * FROM a;\n");
    assert_run_fails(folder, "models/a.sql:1: relation \"b\" does not exist\n"
                             "models/a.sql:2: relation \"a\" does not exist");
}

static void faults_keep_detail_and_hint(void)
{
    g_autoptr(Folder) folder = folder_new();
    folder_write(folder, "a.sql",
                 "GRANT SELECT ON TABLE t TO \"no such role\";\n"
                 "CREATE TABLE t (id integer);\n");
    assert_run_fails(folder, "models/a.sql:1: role \"no such role\" does not exist\n"
                             "hint: roles belong to the whole server and are made there: "
                             "CREATE ROLE \"no such role\" LOGIN");
    folder_write(folder, "a.sql", "SET statement_timeout = 'never';\nCREATE TABLE t (id int);\n");
    assert_run_fails(
        folder, "models/a.sql:1: invalid value for parameter \"statement_timeout\": \"never\"");
}

static void lost_connection_is_no_fault_of_the_models(void)
{
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Fixture) fixture = fixture_new();
    folder_write(folder, "a.sql", "CREATE TABLE t (id integer);\n");
    g_autoptr(Models) models = read_good(folder);
    fixture_end_backend(fixture->maker, database_backend_pid(fixture->db));
    g_assert_false(models_run(models, fixture->db, "public", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
}

static void many_statements_run(void)
{
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(GString) sql = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(sql, "CREATE TABLE t%d (id int PRIMARY KEY, x int %s);\n", i,
                               i % 7 == 0 ? "REFERENCES last (id)" : "");
    g_string_append(sql, "CREATE TABLE last (id int PRIMARY KEY);\n");
    folder_write(folder, "a.sql", sql->str);
    g_autoptr(Schema) schema = run_good(folder);
    g_assert_cmpuint(schema_objects(schema, KIND_TABLE)->len, ==, 501);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/models/files_run_in_any_order", files_run_in_any_order);
    g_test_add_func("/models/functions_may_call_each_other", functions_may_call_each_other);
    g_test_add_func("/models/settings_hold_for_their_file", settings_hold_for_their_file);
    g_test_add_func("/models/grants_on_all_stand_anywhere", grants_on_all_stand_anywhere);
    g_test_add_func("/models/grants_on_one_object_are_exceptions",
                    grants_on_one_object_are_exceptions);
    g_test_add_func("/models/faults_have_their_place", faults_have_their_place);
    g_test_add_func("/models/only_causes_are_reported", only_causes_are_reported);
    g_test_add_func("/models/circle_is_reported_whole", circle_is_reported_whole);
    g_test_add_func("/models/faults_keep_detail_and_hint", faults_keep_detail_and_hint);
    g_test_add_func("/models/lost_connection_is_no_fault_of_the_models",
                    lost_connection_is_no_fault_of_the_models);
    g_test_add_func("/models/many_statements_run", many_statements_run);
    return g_test_run();
}
