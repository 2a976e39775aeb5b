#include "pg/private_place.h"

#include <glib/gstdio.h>
#include <string.h>

static void database_is_named_after_the_folder(void)
{
    static const char *const cases[][2] = {
        {"shop", "shop"},
        {"My Shop!", "my_shop"},
        {"--a--b--", "a_b"},
        {"2024", "db_2024"},
        {"postgres", "postgres_db"},
        {"pg_data", "pg_data_db"},
        {"läden", "laden"},
        {"...", "app"},
        {"", "app"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "db_0123456789012345678901234567890123456789"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = private_database_name(cases[i][0]);
        g_assert_cmpstr(name, ==, cases[i][1]);
    }
}

static void names_with_suffix_fit_into_63_bytes(void)
{
    g_autofree char *folder = g_strnfill(300, '7');
    g_autofree char *name = private_database_name(folder);
    g_assert_cmpuint(strlen(name) + strlen("_owner"), <=, 63);
}

static void missing_folder_is_an_error(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PrivatePlace) place = private_place_find("/nonexistent/x", NULL, &error);
    g_assert_null(place);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
}

static void socket_path_is_short_however_deep_the_project(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *top = g_dir_make_tmp("retort-XXXXXX", &error);
    g_autofree char *long_name = g_strnfill(200, 'x');
    g_autofree char *folder = g_build_filename(top, long_name, NULL);
    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    g_autoptr(PrivatePlace) place = private_place_find(folder, "Other Shop", &error);
    if (place == NULL) /* root, and no user to run a server as */
        g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    else
        g_assert_cmpuint(strlen(place->socket) + strlen("/.s.PGSQL.5432"), <, 107);
    if (place != NULL)
        g_assert_cmpstr(place->app, ==, "other_shop_app");
    g_rmdir(folder);
    g_rmdir(top);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/private_place/database", database_is_named_after_the_folder);
    g_test_add_func("/private_place/length", names_with_suffix_fit_into_63_bytes);
    g_test_add_func("/private_place/missing", missing_folder_is_an_error);
    g_test_add_func("/private_place/socket", socket_path_is_short_however_deep_the_project);
    return g_test_run();
}
