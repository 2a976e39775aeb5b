/* One database takes the place of another. */
#include "backup/swap.h"
#include "fixture.h"

#include <string.h>
#include <unistd.h>

/* A live and a fresh database, and a session in a third. */
typedef struct Case {
    Fixture *fixture;
    char *live, *fresh, *aside;
    Swap swap;
} Case;

static char *ask(Database *db, const char *sql, const char *value)
{
    g_autoptr(GError) error = NULL;
    const char *values[] = {value};
    char *answer = database_query_value(db, sql, values, value != NULL ? 1 : 0, &error);
    g_assert_no_error(error);
    return answer;
}

G_GNUC_PRINTF(2, 3)
static void run(const Case *test, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    g_autofree char *sql = g_strdup_vprintf(format, values);
    va_end(values);
    fixture_run(test->fixture->db, sql);
}

static Database *connect(const Case *test, const char *name)
{
    g_autoptr(ConnectionSettings) settings = settings_for_database(test->fixture->settings, name);
    g_autoptr(GError) error = NULL;
    Database *db = database_open(settings, &error);
    g_assert_no_error(error);
    return db;
}

static char *make(const Case *test, const char *what)
{
    char *name = g_strdup_printf("Swap %s %d", what, (int)getpid());
    run(test, "create database \"%s\" template template0", name);
    g_autoptr(Database) db = connect(test, name);
    g_autofree char *sql = g_strdup_printf("create table is_%s ()", what);
    fixture_run(db, sql);
    return name;
}

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    test->fixture = fixture_new();
    test->live = make(test, "live");
    test->fresh = make(test, "fresh");
    test->aside = g_strdup_printf("Swap aside %d", (int)getpid());
    test->swap = (Swap){test->live, test->fresh, test->aside};
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    run(test, "drop database if exists \"%s\" with (force)", test->live);
    run(test, "drop database if exists \"%s\" with (force)", test->fresh);
    run(test, "drop database if exists \"%s\" with (force)", test->aside);
    fixture_free(test->fixture);
    g_free(test->live);
    g_free(test->fresh);
    g_free(test->aside);
}

/* "live" or "fresh": what is in the database called @name; "" if there is none. */
static char *content(const Case *test, const char *name)
{
    g_autofree char *there =
        ask(test->fixture->db, "select 1 from pg_database where datname = $1", name);
    if (*there == '\0')
        return g_strdup("");
    g_autoptr(Database) db = connect(test, name);
    return ask(db, "select substr(relname, 4) from pg_class where relname ^@ 'is_'", NULL);
}

static void assert_contents(const Case *test, const char *live, const char *fresh,
                            const char *aside)
{
    g_autofree char *first = content(test, test->live);
    g_autofree char *second = content(test, test->fresh);
    g_autofree char *third = content(test, test->aside);
    g_assert_cmpstr(first, ==, live);
    g_assert_cmpstr(second, ==, fresh);
    g_assert_cmpstr(third, ==, aside);
}

static void ends_sessions_and_renames(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(Database) one = connect(test, test->live);
    g_autoptr(Database) other = connect(test, test->fresh);
    fixture_run(one, "begin; create table not_committed ()");
    g_autoptr(GError) error = NULL;
    swap_run(test->fixture->db, test->fixture->settings, &test->swap, &error);
    g_assert_no_error(error);
    g_assert_false(database_execute(one, "select 1", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
    assert_contents(test, "fresh", "", "live");
}

static void name_that_is_taken_changes_nothing(Case *test, const void *unused)
{
    (void)unused;
    run(test, "create database \"%s\" template template0", test->aside);
    g_autoptr(GError) error = NULL;
    g_assert_false(swap_run(test->fixture->db, test->fixture->settings, &test->swap, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    assert_contents(test, "live", "fresh", "");
}

static void fresh_one_that_is_gone_changes_nothing(Case *test, const void *unused)
{
    (void)unused;
    run(test, "drop database \"%s\"", test->fresh);
    g_autoptr(GError) error = NULL;
    g_assert_false(swap_run(test->fixture->db, test->fixture->settings, &test->swap, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    assert_contents(test, "live", "", "");
}

/* A session of a superuser, which the role that restores may not end. */
static void session_that_stays_is_named(Case *test, const void *unused)
{
    (void)unused;
    g_autofree char *role = g_strdup_printf("swapper_%d", (int)getpid());
    run(test, "create role %s createdb login", role);
    run(test, "alter database \"%s\" owner to %s", test->live, role);
    run(test, "alter database \"%s\" owner to %s", test->fresh, role);
    {
        g_autoptr(Database) stays = connect(test, test->live);
        g_autoptr(Database) admin = connect(test, database_name(test->fixture->db));
        g_autofree char *become = g_strdup_printf("set session authorization %s", role);
        fixture_run(admin, become);
        g_autoptr(ConnectionSettings) settings = settings_copy(test->fixture->settings);
        settings_set(settings, "user", role);
        g_autoptr(GError) error = NULL;
        g_assert_false(swap_run(admin, settings, &test->swap, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
        g_autofree char *process = g_strdup_printf("process %d", database_backend_pid(stays));
        g_assert_nonnull(strstr(error->message, process));
        assert_contents(test, "live", "fresh", "");
    }
    run(test, "reassign owned by %s to current_user; drop role %s", role, role);
}

/* All that is kept of a database beside its content. */
static char *properties(const Case *test, const char *name)
{
    return ask(test->fixture->db,
               "select jsonb_build_object('owner', pg_get_userbyid(datdba), 'rights', datacl::text,"
               " 'limit', datconnlimit, 'comment', shobj_description(d.oid, 'pg_database'),"
               " 'settings', (select jsonb_agg(jsonb_build_array(setrole::regrole, setconfig)"
               " order by setrole) from pg_db_role_setting where setdatabase = d.oid))"
               " from pg_database d where datname = $1",
               name);
}

static void carries_what_is_beside_the_content(Case *test, const void *unused)
{
    (void)unused;
    g_autofree char *role = g_strdup_printf("Carried %d", (int)getpid());
    run(test, "create role \"%s\"", role);
    run(test, "revoke connect, temp on database \"%s\" from public", test->live);
    run(test, "alter database \"%s\" connection limit 7", test->live);
    run(test, "alter database \"%s\" set search_path = \"A b\", public", test->live);
    run(test, "alter database \"%s\" set application_name = 'it''s \\ me'", test->live);
    run(test, "alter database \"%s\" set work_mem = '7MB'", test->live);
    run(test, "comment on database \"%s\" is 'it''s here'", test->live);
    run(test, "grant connect on database \"%s\" to \"%s\" with grant option", test->live, role);
    run(test, "alter role \"%s\" in database \"%s\" set statement_timeout = 4000", role,
        test->live);
    run(test, "alter database \"%s\" owner to \"%s\"", test->live, role);
    g_autoptr(GError) error = NULL;
    swap_carry(test->fixture->db, &test->swap, &error);
    g_assert_no_error(error);
    g_autofree char *wanted = properties(test, test->live);
    g_autofree char *found = properties(test, test->fresh);
    g_assert_nonnull(strstr(wanted, "search_path=\\\"A b\\\", public"));
    g_assert_cmpstr(found, ==, wanted);
    run(test, "drop database \"%s\"", test->live);
    run(test, "drop database \"%s\"", test->fresh);
    run(test, "drop role \"%s\"", role);
}

static void usual_properties_stay_usual(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    swap_carry(test->fixture->db, &test->swap, &error);
    g_assert_no_error(error);
    g_autofree char *wanted = properties(test, test->live);
    g_autofree char *found = properties(test, test->fresh);
    g_assert_nonnull(strstr(wanted, "\"rights\": null"));
    g_assert_cmpstr(found, ==, wanted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
#define ADD(function) g_test_add("/swap/" #function, Case, NULL, set_up, function, tear_down)
    ADD(ends_sessions_and_renames);
    ADD(name_that_is_taken_changes_nothing);
    ADD(fresh_one_that_is_gone_changes_nothing);
    ADD(session_that_stays_is_named);
    ADD(carries_what_is_beside_the_content);
    ADD(usual_properties_stay_usual);
    return g_test_run();
}
