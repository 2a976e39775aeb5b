#include "revision/file_name.h"

static char *expand(const char *pattern, const char *message, GError **error)
{
    g_autoptr(GDateTime) created = g_date_time_new_utc(2026, 11, 22, 18, 30, 5);
    return file_name_expand(pattern, "3f2a9c41b7de", message, created, 20, error);
}

static void check(const char *pattern, const char *message, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = expand(pattern, message, &error);
    g_assert_cmpstr(name != NULL ? name : error->message, ==, expected);
}

static void template_is_filled_in(void)
{
    check("%Y_%m_%d_%H%M-%{id}_%{slug}", "Add items!",
          "2026_11_22_1830-3f2a9c41b7de_add_items.sql");
    check("%{id}_%{slug}", "", "3f2a9c41b7de.sql");
    check("%Y/%m/%{id}", "x", "2026/11/3f2a9c41b7de.sql");
    check("%%%S%{id}", "x", "%053f2a9c41b7de.sql");
}

static void slug_is_cut_between_words(void)
{
    check("%{id}_%{slug}", "add a very long column name", "3f2a9c41b7de_add_a_very_long.sql");
    check("%{id}_%{slug}", "abcdefghijklmnopqrstuvwxyz", "3f2a9c41b7de_abcdefghijklmnopqrst.sql");
    check("%{id}_%{slug}", "  Größe -- ../../x  ", "3f2a9c41b7de_größe_x.sql");
}

static void bad_templates_are_refused(void)
{
    check("%{slug}", "x",
          "file_template \"%{slug}\" has no %{id}, so two revisions could have one name");
    check("%{id}%q", "x",
          "file_template \"%{id}%q\" has an unknown part\nhint: it knows %{id}, %{slug}, %Y %m %d "
          "%H %M %S and %%");
    check("%{id}%", "x",
          "file_template \"%{id}%\" has an unknown part\nhint: it knows %{id}, %{slug}, %Y %m %d "
          "%H %M %S and %%");
    check("../%{id}", "x", "file_template \"../%{id}\" leads out of its folder or hides the file");
    check("/%{id}", "x", "file_template \"/%{id}\" leads out of its folder or hides the file");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/file-name/template", template_is_filled_in);
    g_test_add_func("/file-name/slug", slug_is_cut_between_words);
    g_test_add_func("/file-name/bad", bad_templates_are_refused);
    return g_test_run();
}
