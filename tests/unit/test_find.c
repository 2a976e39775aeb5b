#include "pg/find.h"

#include <string.h>
#include <unistd.h>

/* What is found, as host/database/source; "" if nothing is named; the message if refused. */
static char *find(const char *url, const char *dotenv, const char *ini)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse("/p/retort.ini", ini, &error);
    g_assert_no_error(error);
    g_autoptr(Environment) environment = environment_parse("/p/.env", dotenv, &error);
    g_assert_no_error(error);
    FindOptions options = {.database_url = url, .environment = environment, .config = config};
    g_autoptr(ConnectionSettings) settings = NULL;
    if (!settings_find(&options, &settings, &error))
        return g_strdup(error->message);
    if (settings == NULL)
        return g_strdup("");
    const char *host = settings_get(settings, "host");
    const char *name = settings_get(settings, "dbname");
    return g_strdup_printf("%s/%s/%s", host == NULL ? "" : host, name == NULL ? "" : name,
                           settings_source(settings));
}

static void the_first_place_that_names_one_wins(void)
{
    const char *ini = "[database]\nurl = postgresql://d/four\n";
    const char *dotenv = "DATABASE_URL=postgresql+psycopg://b/two\nPGHOST=e\n";
    g_autofree char *line = find("postgresql://a/one", dotenv, ini);
    g_autofree char *variable = find(NULL, dotenv, ini);
    g_autofree char *configured = find(NULL, "PGHOST=e\n", ini);
    g_autofree char *libpq = find(NULL, "PGHOST=e\nPGDATABASE=five\n", "");
    g_autofree char *nothing = find(NULL, "PGUSER=u\nPGPASSWORD=p\n", "");
    g_assert_cmpstr(line, ==, "a/one/--database-url");
    g_assert_cmpstr(variable, ==, "b/two/DATABASE_URL");
    g_assert_cmpstr(configured, ==, "d/four/retort.ini");
    g_assert_cmpstr(libpq, ==, "e/five/PGHOST");
    g_assert_cmpstr(nothing, ==, "");
}

static void a_password_on_the_command_line_is_refused(void)
{
    g_autofree char *message = find("postgresql://u:sesame@a/one", "", "");
    g_assert_nonnull(strstr(message, "--database-url holds a password"));
    g_assert_null(strstr(message, "sesame"));
}

static void a_missing_file_is_named(void)
{
    g_autofree char *message = find(NULL, "DATABASE_URL_FILE=/nowhere/url\n", "");
    g_assert_nonnull(strstr(message, "DATABASE_URL_FILE: could not open file \"/nowhere/url\""));
}

/* (transfer full): where the server's is, by a URL in a file, in .env or in retort.ini. */
static char *find_served(const char *dotenv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(
        "/p/retort.ini", "[database]\nserve_database_url = postgresql://c/three\n", &error);
    g_assert_no_error(error);
    g_autoptr(Environment) environment = environment_parse("/p/.env", dotenv, &error);
    g_assert_no_error(error);
    FindOptions options = {.environment = environment, .config = config};
    g_autoptr(ConnectionSettings) settings = NULL;
    g_assert_true(settings_find_configured(&options, "serve_database_url", &settings, &error));
    g_assert_no_error(error);
    return g_strdup_printf("%s/%s", settings_get(settings, "dbname"), settings_source(settings));
}

static void the_servers_may_be_in_a_file(void)
{
    g_autofree char *path = NULL;
    close(g_file_open_tmp("url-XXXXXX", &path, NULL));
    g_assert_true(g_file_set_contents(path, "postgresql://b/two\n", -1, NULL));
    g_autofree char *file = g_strdup_printf("SERVE_DATABASE_URL_FILE=%s\n", path);
    g_autofree char *both = g_strconcat(file, "SERVE_DATABASE_URL=postgresql://a/one\n", NULL);
    g_autofree char *first = find_served(both);
    g_autofree char *second = find_served(file);
    g_autofree char *third = find_served("");
    g_assert_cmpstr(first, ==, "one/SERVE_DATABASE_URL");
    g_assert_cmpstr(second, ==, "two/SERVE_DATABASE_URL_FILE");
    g_assert_cmpstr(third, ==, "three/retort.ini");
    unlink(path);
}

static void what_is_left_out_is_filled_in(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_new("/p");
    g_autoptr(Environment) environment = environment_parse(
        "/p/.env", "DATABASE_URL=postgresql://a/one\nPGPASSWORD=sesame\nPGHOST=other\n", &error);
    g_assert_no_error(error);
    FindOptions options = {.environment = environment, .config = config};
    g_autoptr(ConnectionSettings) settings = NULL;
    g_assert_true(settings_find(&options, &settings, &error));
    g_assert_cmpstr(settings_get(settings, "password"), ==, "sesame");
    g_assert_cmpstr(settings_get(settings, "host"), ==, "a");
}

static void a_malformed_setting_is_named_with_its_line(void)
{
    g_autofree char *message = find(NULL, "", "[database]\nurl = mysql://a/one\n");
    g_assert_true(g_str_has_prefix(message, "/p/retort.ini:2: \"mysql://\" is not"));
}

static void empty_variable_names_nothing(void)
{
    g_setenv("DATABASE_URL", "", TRUE);
    g_autofree char *nothing = find(NULL, "DATABASE_URL=postgresql://a/one\n", "");
    g_unsetenv("DATABASE_URL");
    g_assert_cmpstr(nothing, ==, "");
}

static void another_database_is_configured_beside_it(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Environment) environment = environment_parse("/p/.env", "", &error);
    g_autoptr(Config) config =
        config_parse("/p/retort.ini", "[database]\nscratch_url = postgresql://s/x\n", &error);
    FindOptions options = {.environment = environment, .config = config};
    g_autoptr(ConnectionSettings) scratch = NULL;
    g_autoptr(ConnectionSettings) direct = NULL;
    g_assert_true(settings_find_configured(&options, "scratch_url", &scratch, &error));
    g_assert_true(settings_find_configured(&options, "direct_url", &direct, &error));
    g_assert_cmpstr(settings_get(scratch, "host"), ==, "s");
    g_assert_null(direct);
}

int main(int argc, char **argv)
{
    static const char *const variables[] = {"DATABASE_URL", "DATABASE_URL_FILE", "PGHOST",
                                            "PGHOSTADDR",   "PGDATABASE",        "PGSERVICE",
                                            "PGPASSWORD",   "SCRATCH_URL",       "DIRECT_URL"};
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        g_unsetenv(variables[i]);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/find/order", the_first_place_that_names_one_wins);
    g_test_add_func("/find/password", a_password_on_the_command_line_is_refused);
    g_test_add_func("/find/file", a_missing_file_is_named);
    g_test_add_func("/find/served", the_servers_may_be_in_a_file);
    g_test_add_func("/find/fill_in", what_is_left_out_is_filled_in);
    g_test_add_func("/find/malformed", a_malformed_setting_is_named_with_its_line);
    g_test_add_func("/find/empty", empty_variable_names_nothing);
    g_test_add_func("/find/configured", another_database_is_configured_beside_it);
    return g_test_run();
}
