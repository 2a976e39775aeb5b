#include "base/file.h"
#include "migrate/models.h"

static char *write_model(const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("models-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(file_write(path, text, FILE_REPLACE, NULL));
    return folder;
}

static void assert_refused(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = write_model("a.sql", text);
    g_autoptr(Models) models = models_read(folder, "models", &error);
    g_assert_null(models);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_true(file_remove_tree(folder, NULL));
}

static void what_no_model_may_hold_is_refused(void)
{
    assert_refused("create table a ();\n\n-- x\ninsert into a default values;",
                   "models/a.sql:4: a model holds no statement that reads or changes data\n"
                   "hint: data belongs into a revision: retort revision -m \"…\"");
    assert_refused("do $$begin end$$", "models/a.sql:1: a model holds no DO block\n"
                                       "hint: write the objects that it makes; what it does "
                                       "belongs into a revision");
    assert_refused(
        "create role r;\n\\connect x\n",
        "models/a.sql:1: a model holds no statement that reaches beyond the database\n"
        "hint: what belongs to the whole server, or to another one, is made there or in a "
        "revision\n"
        "models/a.sql:2: a model holds no command of psql\n"
        "hint: leave it out, or write it as SQL");
    assert_refused("begin; create table a ()", "models/a.sql:1: a model holds no transaction "
                                               "control\nhint: leave it out");
    assert_refused("copy a from stdin;\n1\t'\n\\.\n", "models/a.sql:1: a model holds no data\n"
                                                      "hint: dump it with pg_dump --schema-only");
    assert_refused("vacuum", "models/a.sql:1: a model holds no statement that defines nothing\n"
                             "hint: leave it out");
}

static void broken_text_is_refused(void)
{
    assert_refused("create table a ();\ncomment on table a is 'x",
                   "models/a.sql:2: quoted string is not closed");
}

static void dumps_are_taken(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder =
        write_model("a.sql", "\\restrict abc\nset lock_timeout = 0;\n"
                             "SELECT pg_catalog.set_config('search_path', '', false);\n"
                             "create table public.a ();\nalter table public.a owner to "
                             "postgres;\n\\unrestrict abc\n");
    g_autoptr(Models) models = models_read(folder, "models", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(models_count(models), ==, 2);
    g_assert_true(file_remove_tree(folder, NULL));
}

static void digest_is_of_names_and_contents(void)
{
    g_autofree char *one = write_model("a.sql", "create table a ()");
    g_autofree char *same = write_model("a.sql", "create table a ()");
    g_autofree char *renamed = write_model("b.sql", "create table a ()");
    g_autofree char *changed = write_model("a.sql", "create table b ()");
    g_autoptr(Models) first = models_read(one, "models", NULL);
    g_autoptr(Models) second = models_read(same, "models", NULL);
    g_autoptr(Models) third = models_read(renamed, "models", NULL);
    g_autoptr(Models) fourth = models_read(changed, "models", NULL);
    g_assert_cmpuint(strlen(models_digest(first)), ==, 64);
    g_assert_cmpstr(models_digest(first), ==, models_digest(second));
    g_assert_cmpstr(models_digest(first), !=, models_digest(third));
    g_assert_cmpstr(models_digest(first), !=, models_digest(fourth));
    const char *const folders[] = {one, same, renamed, changed};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        g_assert_true(file_remove_tree(folders[i], NULL));
}

static void missing_folder_is_named(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(models_read("/nowhere/models", "models", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "could not open folder \"/nowhere/models\": No such file or directory\n"
                    "hint: \"retort init\" makes it; \"models\" in retort.ini names another");
}

static void empty_folder_has_no_statements(void)
{
    g_autofree char *folder = write_model("a.txt", "no SQL");
    g_autoptr(Models) models = models_read(folder, "models", NULL);
    g_assert_cmpuint(models_count(models), ==, 0);
    g_assert_true(file_remove_tree(folder, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/models/what_no_model_may_hold_is_refused", what_no_model_may_hold_is_refused);
    g_test_add_func("/models/broken_text_is_refused", broken_text_is_refused);
    g_test_add_func("/models/dumps_are_taken", dumps_are_taken);
    g_test_add_func("/models/digest_is_of_names_and_contents", digest_is_of_names_and_contents);
    g_test_add_func("/models/missing_folder_is_named", missing_folder_is_named);
    g_test_add_func("/models/empty_folder_has_no_statements", empty_folder_has_no_statements);
    return g_test_run();
}
