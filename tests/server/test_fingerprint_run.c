/* How a fingerprint is taken: jobs, snapshot and locks, its end, and what it refuses. */
#include "taking.h"

#include <string.h>
#include <unistd.h>

static const char some_tables_sql[] =
    "create table big as select i, repeat('x', i % 50) as t from generate_series(1, 200000) i;"
    "create table small as select i from generate_series(1, 1000) i; create table empty (i int);"
    "create table middle as select i, i / 7.0 as n from generate_series(1, 20000) i;"
    "analyze; select lo_from_bytea(0, convert_to(repeat('0123456789', 250000), 'utf8'))";

static void several_jobs_find_the_same(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db, some_tables_sql);
    g_autoptr(Fingerprint) one = take_at(fixture, NULL, 1);
    for (unsigned jobs = 2; jobs <= 9; jobs += 7) {
        g_autoptr(Fingerprint) found = take_at(fixture, NULL, jobs);
        assert_differences(one, found, "");
        for (size_t i = 1; i < found->tables->len; i++)
            g_assert_cmpstr(taken_table(found, i - 1)->name, <, taken_table(found, i)->name);
    }
    g_assert_cmpint(taken_table(one, 0)->rows, ==, 200000);
}

static void progress_ends_with_all(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    fixture_run(fixture->db, some_tables_sql);
    g_autoptr(FingerprintRun) run = taking_begin(fixture, NULL, 2);
    int64_t done = 0, whole = 0;
    do {
        fingerprint_progress(run, &done, &whole);
        g_assert_cmpint(done, <=, MAX(whole, done));
    } while (whole == 0 || done < whole);
    g_autoptr(Fingerprint) found = fingerprint_end(run, &error);
    g_assert_no_error(error);
    fingerprint_progress(run, &done, &whole);
    g_assert_cmpint(done, ==, whole);
    g_assert_cmpint(whole, >, 200000 * 30);
}

static void sees_the_snapshot(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    fixture_run(fixture->db, some_tables_sql);
    g_autoptr(Database) writer = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    g_autoptr(Fingerprint) before = take(fixture);
    fixture_run(fixture->db, "begin isolation level repeatable read");
    g_autofree char *snapshot =
        database_query_value(fixture->db, "select pg_export_snapshot()", NULL, 0, &error);
    fixture_run(writer,
                "update small set i = i + 1 where i = 5; insert into empty values (1);"
                "create table later (); select lo_unlink(oid) from pg_largeobject_metadata");
    g_autoptr(Fingerprint) seen = take_at(fixture, snapshot, 3);
    g_autoptr(Fingerprint) after = take(fixture);
    assert_differences(before, seen, "");
    assert_differences(before, after,
                       "table \"public.empty\": 1 rows, expected are 0\n"
                       "table \"public.later\": not expected\n"
                       "table \"public.small\": 1000 rows as expected, but with other content\n"
                       "large objects: 0 of 0 bytes, expected are 1 of 2500000 bytes");
}

/* Until @sql is true of the server: the loop is the server's own. */
static void wait_until(Database *db, const char *condition)
{
    g_autofree char *sql = g_strdup_printf("do $$ begin while not (%s) loop"
                                           " perform pg_stat_clear_snapshot(), pg_sleep(0.01);"
                                           " end loop; end $$",
                                           condition);
    fixture_run(db, sql);
}

static const char nobody_else[] = "not exists (select from pg_stat_activity where pid <> "
                                  "pg_backend_pid() and datname = current_database())";

static void free_cancels_what_waits(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) watcher = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    fixture_run(fixture->db, some_tables_sql);
    fixture_run(fixture->db, "begin; lock table big, small");
    FingerprintRun *run = taking_begin(fixture, NULL, 2);
    wait_until(watcher, "exists (select from pg_locks where not granted)");
    gint64 began = g_get_monotonic_time();
    fingerprint_run_free(run);
    g_assert_cmpint(g_get_monotonic_time() - began, <, 20 * G_TIME_SPAN_SECOND);
    fixture_run(fixture->db, "commit");
    database_close(g_steal_pointer(&watcher));
    wait_until(fixture->db, nobody_else);
}

/* Begins @sql in a session of its own, and waits until it waits for a lock. */
static Database *begin_waiting(const Fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    Database *db = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    PGconn *conn = database_connection(db);
    g_autofree char *waits = g_strdup_printf("exists (select from pg_locks where pid = %d and not"
                                             " granted)",
                                             PQbackendPID(conn));
    g_assert_cmpint(PQsendQuery(conn, sql), ==, 1);
    wait_until(fixture->db, waits);
    return db;
}

static void end_waiting(Database *db)
{
    PGconn *conn = database_connection(db);
    for (g_autoptr(PGresult) result = NULL; (result = PQgetResult(conn)) != NULL;) {
        g_assert_cmpint(PQresultStatus(result), ==, PGRES_COMMAND_OK);
        g_clear_pointer(&result, PQclear);
    }
    database_close(db);
}

/* Who wants to change a table waits for the lead; the other session would wait behind. */
static void waits_for_nobody_who_waits_for_it(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    fixture_run(fixture->db,
                "create table a as select i, md5(i::text) as t from generate_series(1, 200000) i;"
                "create table b as table a; create table c as table a; create table d as table a");
    g_autoptr(Fingerprint) before = take(fixture);
    FingerprintRun *run = taking_begin(fixture, NULL, 2);
    while (!fingerprint_hold(run, 100))
        continue;
    g_assert_nonnull(fingerprint_snapshot(run));
    Database *waiting[] = {begin_waiting(fixture, "truncate c"),
                           begin_waiting(fixture, "truncate d")};
    g_autoptr(Fingerprint) found = fingerprint_end(run, &error);
    g_assert_no_error(error);
    assert_differences(before, found, "");
    fixture_run(fixture->db, "do $$ begin assert 2 = (select count(*) from pg_locks where not"
                             " granted); end $$");
    fingerprint_run_free(run);
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++)
        end_waiting(waiting[i]);
}

/* An older snapshot shows nothing of a table that was rewritten; a new table is looked at, too. */
static void locks_come_before_the_snapshot(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    fixture_run(fixture->db, some_tables_sql);
    g_autoptr(Database) watcher = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    g_autoptr(Fingerprint) before = take(fixture);
    fixture_run(fixture->db, "begin; alter table small alter i type bigint; drop table empty;"
                             " create table empty as select 5 as i; create table later ()");
    g_autoptr(FingerprintRun) run = taking_begin(fixture, NULL, 2);
    wait_until(watcher, "exists (select from pg_locks where not granted)");
    fixture_run(fixture->db, "commit");
    g_autoptr(Fingerprint) found = fingerprint_end(run, &error);
    g_assert_no_error(error);
    assert_differences(before, found,
                       "table \"public.empty\": 1 rows, expected are 0\n"
                       "table \"public.later\": not expected");
}

/* At any moment of its work. */
static void free_cancels_at_any_moment(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db, some_tables_sql);
    for (unsigned i = 0; i < 20; i++) {
        FingerprintRun *run = taking_begin(fixture, NULL, 1 + i % 4);
        int64_t done = 0, whole = 0;
        for (unsigned turn = 0; turn < i * 3000 && (whole == 0 || done < whole); turn++)
            fingerprint_progress(run, &done, &whole);
        fingerprint_run_free(run);
    }
    wait_until(fixture->db, nobody_else);
}

/* A table dropped between the list and its turn: the list is held up by nothing but a lock. */
static void dropped_table_is_named(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) watcher = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    fixture_run(fixture->db, "create table a ()");
    fixture_run(fixture->db, "begin isolation level repeatable read");
    g_autofree char *snapshot =
        database_query_value(fixture->db, "select pg_export_snapshot()", NULL, 0, &error);
    fixture_run(watcher, "drop table a");
    g_autoptr(FingerprintRun) run = taking_begin(fixture, snapshot, 2);
    g_assert_null(fingerprint_end(run, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    g_assert_cmpstr(error->message, ==,
                    "table \"public.a\": relation \"public.a\" does not exist\n"
                    "hint: it was dropped or renamed meanwhile");
    g_clear_error(&error);
    fixture_run(watcher, "create table a ()");
    g_autoptr(FingerprintRun) next = taking_begin(fixture, snapshot, 2);
    g_assert_null(fingerprint_end(next, &error));
    g_assert_cmpstr(error->message, ==,
                    "table \"public.a\": another table has its name since the snapshot was taken");
}

/* What it says, with rights as those of @fixture, of a database that it cannot take whole. */
static void assert_refused(Fixture *fixture, int code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FingerprintRun) run = taking_begin(fixture, NULL, 2);
    g_assert_null(fingerprint_end(run, &error));
    g_assert_error(error, APP_ERROR, code);
    g_assert_cmpstr(error->message, ==, message);
}

#define RIGHTS_HINT                                                                                \
    "\nhint: the role needs to read all tables (pg_read_all_data), each row of them (BYPASSRLS) "  \
    "and all large objects"

/* Each with a role that is neither the owner nor a superuser. */
static const struct {
    const char *sql;
    const char *message;
} refusals[] = {
    {"create table a ()", "table \"public.a\": permission denied for table a" RIGHTS_HINT},
    {"create schema s; create table s.a ()",
     "table \"s.a\": permission denied for schema s" RIGHTS_HINT},
    {"create table a (i int); grant select on a to public; create policy p on a using (i > 1);"
     "alter table a enable row level security",
     "table \"public.a\": query would be affected by row-level security policy for table "
     "\"a\"" RIGHTS_HINT},
    {"select lo_create(4711)",
     "large objects: permission denied for large object 4711" RIGHTS_HINT},
};

static void missing_right_names_the_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(Fixture) fixture = fixture_new();
        g_autofree char *role = g_strdup_printf("role of %s", database_name(fixture->db));
        g_autofree char *create = g_strdup_printf("create role \"%s\"", role);
        g_autofree char *become = g_strdup_printf("-c role=role\\ of\\ test\\ %s",
                                                  strchr(database_name(fixture->db), ' ') + 1);
        g_autofree char *drop = g_strdup_printf("drop role \"%s\"", role);
        fixture_run(fixture->db, create);
        fixture_run(fixture->db, refusals[i].sql);
        settings_set(fixture->settings, "options", become);
        assert_refused(fixture, APP_ERROR_SQL, refusals[i].message);
        fixture_run(fixture->db, drop);
    }
}

static void unknown_snapshot_and_database_are_errors(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(FingerprintRun) run = taking_begin(fixture, "00000003-0000001B-1", 2);
    g_assert_null(fingerprint_end(run, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    g_autofree char *name = g_strdup(settings_get(fixture->settings, "dbname"));
    g_clear_error(&error);
    settings_set(fixture->settings, "dbname", "no such database");
    g_autoptr(FingerprintRun) nowhere = taking_begin(fixture, NULL, 2);
    g_assert_null(fingerprint_end(nowhere, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
    settings_set(fixture->settings, "dbname", name);
}

int main(int argc, char **argv)
{
    if (!fixture_has_server())
        return EXIT_SUCCESS;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fingerprint_run/several_jobs_find_the_same", several_jobs_find_the_same);
    g_test_add_func("/fingerprint_run/progress_ends_with_all", progress_ends_with_all);
    g_test_add_func("/fingerprint_run/sees_the_snapshot", sees_the_snapshot);
    g_test_add_func("/fingerprint_run/free_cancels_what_waits", free_cancels_what_waits);
    g_test_add_func("/fingerprint_run/waits_for_nobody_who_waits_for_it",
                    waits_for_nobody_who_waits_for_it);
    g_test_add_func("/fingerprint_run/locks_come_before_the_snapshot",
                    locks_come_before_the_snapshot);
    g_test_add_func("/fingerprint_run/free_cancels_at_any_moment", free_cancels_at_any_moment);
    g_test_add_func("/fingerprint_run/dropped_table_is_named", dropped_table_is_named);
    g_test_add_func("/fingerprint_run/missing_right_names_the_table",
                    missing_right_names_the_table);
    g_test_add_func("/fingerprint_run/unknown_snapshot_and_database_are_errors",
                    unknown_snapshot_and_database_are_errors);
    return g_test_run();
}
