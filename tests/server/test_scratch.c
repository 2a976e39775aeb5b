#include "base/file.h"
#include "fixture.h"
#include "pg/private_server.h"
#include "pg/scratch.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

/* A project in a folder that does not exist, whose name no other test has. */
static Config *project_at(const char *folder, const char *ini)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, CONFIG_FILE, NULL);
    Config *config = config_parse(path, ini, &error);
    g_assert_no_error(error);
    return config;
}

static Config *own_project(void)
{
    g_autofree char *folder = g_strdup_printf("/nonexistent/%d", (int)getpid());
    return project_at(folder, "");
}

static Environment *no_environment(void)
{
    g_autoptr(GError) error = NULL;
    Environment *environment = environment_parse("/nonexistent/.env", "", &error);
    g_assert_no_error(error);
    return environment;
}

static Scratch *make(const Config *config, const ConnectionSettings *target)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Environment) environment = no_environment();
    ScratchOptions options = {.config = config, .environment = environment, .target = target};
    Scratch *scratch = scratch_new(&options, &error);
    g_assert_no_error(error);
    return scratch;
}

static char *ask(Database *db, const char *sql, const char *value)
{
    g_autoptr(GError) error = NULL;
    const char *values[] = {value};
    char *answer = database_query_value(db, sql, values, value != NULL ? 1 : 0, &error);
    g_assert_no_error(error);
    return answer;
}

static bool exists(Database *db, const char *name)
{
    g_autofree char *found = ask(db, "select 1 from pg_database where datname = $1", name);
    return g_str_equal(found, "1");
}

static void is_made_like_the_target(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config = own_project();
    g_autofree char *name = g_strdup_printf("latin%d", (int)getpid());
    g_autofree char *create =
        g_strdup_printf("create database %s template template0 encoding 'LATIN1' locale 'C'", name);
    g_autofree char *drop = g_strdup_printf("drop database %s with (force)", name);
    fixture_run(fixture->maker, create);
    g_autoptr(ConnectionSettings) target = settings_for_database(fixture->settings, name);
    const char *query = "select pg_encoding_to_char(encoding) || datcollate || datctype"
                        " from pg_database where datname = current_database()";
    {
        g_autoptr(Scratch) latin = make(config, target);
        g_autoptr(Scratch) utf8 = make(config, fixture->settings);
        g_autofree char *first = ask(scratch_database(latin), query, NULL);
        g_autofree char *second = ask(scratch_database(utf8), query, NULL);
        g_autofree char *wanted = ask(fixture->db, query, NULL);
        g_assert_cmpstr(first, ==, "LATIN1CC");
        g_assert_cmpstr(second, ==, wanted);
    }
    fixture_run(fixture->maker, drop);
}

static void connection_has_the_search_path_and_no_waits(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config =
        project_at("/nonexistent/path", "[migrate]\nsearch_path = \"A b\", public\n");
    g_autoptr(Scratch) scratch = make(config, fixture->settings);
    g_autofree char *path = ask(scratch_database(scratch), "show search_path", NULL);
    g_autofree char *waits = ask(scratch_database(scratch), "show synchronous_commit", NULL);
    g_assert_cmpstr(path, ==, "\"A b\", public");
    g_assert_cmpstr(waits, ==, "off");
}

static void is_dropped_with_its_sessions(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config = own_project();
    g_autoptr(GError) error = NULL;
    Scratch *scratch = make(config, fixture->settings);
    g_autofree char *name = g_strdup(scratch_name(scratch));
    g_autoptr(Database) other = database_open(scratch_settings(scratch), &error);
    g_assert_no_error(error);
    g_assert_true(exists(fixture->db, name));
    scratch_free(scratch);
    g_assert_false(exists(fixture->db, name));
    g_assert_false(database_execute(other, "select 1", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
}

static void reset_gives_an_empty_one(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config = own_project();
    g_autoptr(GError) error = NULL;
    g_autoptr(Scratch) scratch = make(config, fixture->settings);
    g_autofree char *name = g_strdup(scratch_name(scratch));
    fixture_run(scratch_database(scratch), "create table t ()");
    g_assert_true(scratch_reset(scratch, &error));
    g_assert_no_error(error);
    g_autofree char *table = ask(scratch_database(scratch), "select to_regclass('t')", NULL);
    g_assert_cmpstr(table, ==, "");
    g_assert_false(exists(fixture->db, name));
}

/* Makes a scratch database in another process, which ends without dropping it: its name. */
static char *crash_with(const Config *config, const ConnectionSettings *target, Database *db)
{
    int ends[2] = {-1, -1};
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        const char *name = scratch_name(make(config, target));
        bool told = write(ends[1], name, strlen(name)) > 0;
        _exit(told ? 0 : 1);
    }
    char name[64] = "";
    close(ends[1]);
    g_assert_cmpint(read(ends[0], name, sizeof(name) - 1), >, 0);
    close(ends[0]);
    waitpid(child, NULL, 0);
    const char *sessions = "select count(*) from pg_stat_activity"
                           " where $1 like 'retort\\_scratch\\_%\\_' || pid || '\\_%'";
    for (bool gone = false; !gone;) { /* the server ends the session when it sees the socket */
        g_autofree char *count = ask(db, sessions, name);
        gone = g_str_equal(count, "0");
    }
    return g_strdup(name);
}

static void leftovers_of_a_crashed_run_are_swept(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config = own_project();
    g_autofree char *left = crash_with(config, fixture->settings, fixture->db);
    g_assert_true(exists(fixture->db, left));
    g_autoptr(Scratch) scratch = make(config, fixture->settings);
    g_assert_false(exists(fixture->db, left));
}

static void others_are_not_swept(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Config) config = own_project();
    g_autoptr(Config) stranger = project_at("/nonexistent/stranger", "");
    g_autofree char *foreign = crash_with(stranger, fixture->settings, fixture->db);
    g_autoptr(Scratch) living = make(config, fixture->settings);
    g_autoptr(Scratch) scratch = make(config, fixture->settings);
    g_assert_true(exists(fixture->db, foreign));
    g_assert_true(exists(fixture->db, scratch_name(living)));
    g_autoptr(Scratch) its_own = make(stranger, fixture->settings);
    g_assert_false(exists(fixture->db, foreign));
}

static void scratch_url_goes_before(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *url = settings_url(fixture->settings);
    g_autofree char *ini = g_strdup_printf("[database]\nscratch_url = %s\n", url);
    g_autoptr(Config) config = project_at("/nonexistent/url", ini);
    g_autoptr(Scratch) scratch = make(config, fixture->settings);
    g_assert_cmpstr(settings_source(scratch_settings(scratch)), ==, CONFIG_FILE);
    g_assert_true(exists(fixture->db, scratch_name(scratch)));
}

static void private_server_stands_in_where_the_role_may_not(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("retort-XXXXXX", &error);
    g_assert_no_error(error);
    g_chmod(folder, 0755);
    g_autofree char *role = g_strdup_printf("poor%d", (int)getpid());
    g_autofree char *create = g_strdup_printf("create role %s login", role);
    g_autofree char *drop = g_strdup_printf("drop role %s", role);
    fixture_run(fixture->maker, create);
    g_autoptr(Config) config = project_at(folder, "");
    g_autoptr(Environment) environment = no_environment();
    g_autoptr(ConnectionSettings) target = settings_copy(fixture->settings);
    settings_set(target, "user", role);
    Scratch *scratch = make(config, target);
    const ConnectionSettings *settings = scratch_settings(scratch);
    int major = database_version(fixture->db) / 10000;
    g_assert_cmpstr(settings_source(settings), ==, "private server");
    g_assert_cmpint(database_version(scratch_database(scratch)) / 10000, ==, major);
    scratch_free(scratch);
    g_autoptr(PrivateServer) server = private_server_new(folder, NULL, environment, major, &error);
    g_assert_true(private_server_is_running(server));
    g_assert_true(private_server_stop(server, &error));
    g_assert_no_error(error);
    g_assert_true(file_remove_tree(folder, &error));
    fixture_run(fixture->maker, drop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/scratch/is_made_like_the_target", is_made_like_the_target);
    g_test_add_func("/scratch/connection_has_the_search_path_and_no_waits",
                    connection_has_the_search_path_and_no_waits);
    g_test_add_func("/scratch/is_dropped_with_its_sessions", is_dropped_with_its_sessions);
    g_test_add_func("/scratch/reset_gives_an_empty_one", reset_gives_an_empty_one);
    g_test_add_func("/scratch/leftovers_of_a_crashed_run_are_swept",
                    leftovers_of_a_crashed_run_are_swept);
    g_test_add_func("/scratch/others_are_not_swept", others_are_not_swept);
    g_test_add_func("/scratch/scratch_url_goes_before", scratch_url_goes_before);
    g_test_add_func("/scratch/private_server_stands_in_where_the_role_may_not",
                    private_server_stands_in_where_the_role_may_not);
    return g_test_run();
}
