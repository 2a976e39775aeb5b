#include "fixture.h"
#include "pg/transaction.h"

#include <string.h>

static char *ask(Database *db, const char *sql)
{
    g_autoptr(GError) error = NULL;
    char *answer = database_query_value(db, sql, NULL, 0, &error);
    g_assert_no_error(error);
    return answer;
}

static void begins_with_utf8_and_a_name(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *encoding = ask(fixture->db, "show client_encoding");
    g_autofree char *name = ask(fixture->db, "show application_name");
    g_assert_cmpstr(encoding, ==, "UTF8");
    g_assert_cmpstr(name, ==, "retort");
    g_assert_cmpstr(database_name(fixture->db), ==, settings_get(fixture->settings, "dbname"));
}

static void error_keeps_code_place_and_hint(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(
        database_execute(fixture->db, "select 1; select nane from pg_roles r(name)", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    g_assert_nonnull(strstr(error->message, "column \"nane\" does not exist\nhint: "));
    const SqlError *said = database_error(fixture->db);
    g_assert_cmpstr(said->sqlstate, ==, "42703");
    g_assert_cmpint(said->position, ==, 18);
    g_assert_true(database_execute(fixture->db, "select 1", NULL));
    g_assert_cmpstr(database_error(fixture->db)->sqlstate, ==, "");
}

static void lock_not_had_in_time_is_an_error_of_its_own(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) other = database_open(fixture->settings, &error);
    fixture_run(fixture->db, "create table t ()");
    fixture_run(fixture->db, "begin; lock t");
    g_assert_false(database_execute(other, "set lock_timeout = 1; lock t", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
}

static void lost_connection_is_an_error_of_its_own(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) other = database_open(fixture->settings, &error);
    fixture_end_backend(fixture->db, database_backend_pid(other));
    g_assert_false(database_execute(other, "select 1", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
    g_clear_error(&error);
    g_assert_false(database_execute(other, "select 1", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
}

static void copy_is_refused_and_leaves_a_usable_connection(void)
{
    static const char *const statements[] = {"copy pg_class to stdout",
                                             "create temp table t (a text); copy t from stdin"};
    g_autoptr(Fixture) fixture = fixture_new();
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(database_execute(fixture->db, statements[i], &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_autofree char *one = ask(fixture->db, "select 1");
        g_assert_cmpstr(one, ==, "1");
    }
}

static void collect(const char *severity, const char *message, void *data)
{
    g_string_append_printf(data, "%s %s;", severity, message);
}

static void notices_reach_their_sink(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GString) said = g_string_new(NULL);
    database_set_notice(fixture->db, collect, said);
    fixture_run(fixture->db, "drop table if exists t");
    database_set_notice(fixture->db, NULL, NULL);
    fixture_run(fixture->db, "drop table if exists u");
    g_assert_cmpstr(said->str, ==, "NOTICE table \"t\" does not exist, skipping;");
}

static void resolved_settings_connect_again(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) settings = database_settings(fixture->db);
    g_autoptr(Database) again = database_open(settings, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(database_name(again), ==, database_name(fixture->db));
    g_assert_cmpstr(database_user(again), ==, database_user(fixture->db));
}

static void refused_connection_shows_no_password(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) settings =
        settings_parse("postgresql://u:sesame@/d?host=/nonexistent", &error);
    settings_set_source(settings, "DATABASE_URL");
    g_autoptr(Database) db = database_open(settings, &error);
    g_assert_null(db);
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
    g_assert_null(strstr(error->message, "sesame"));
    g_assert_nonnull(strstr(error->message, "from DATABASE_URL"));
}

static void transaction_rolls_back_unless_committed(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    {
        g_autoptr(Transaction) transaction = transaction_begin(fixture->db, &error);
        fixture_run(fixture->db, "create table lost ()");
    }
    {
        g_autoptr(Transaction) transaction = transaction_begin(fixture->db, &error);
        fixture_run(fixture->db, "create table kept ()");
        g_assert_true(transaction_commit(transaction, &error));
    }
    g_autofree char *found = ask(fixture->db, "select to_regclass('lost'), to_regclass('kept')");
    g_autofree char *kept = ask(fixture->db, "select to_regclass('kept')");
    g_assert_cmpstr(found, ==, "");
    g_assert_cmpstr(kept, ==, "kept");
}

static void failed_transaction_does_not_count_as_committed(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(fixture->db, &error);
    g_assert_false(database_execute(fixture->db, "nonsense", NULL));
    g_assert_false(transaction_commit(transaction, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/database/begins_with_utf8_and_a_name", begins_with_utf8_and_a_name);
    g_test_add_func("/database/error_keeps_code_place_and_hint", error_keeps_code_place_and_hint);
    g_test_add_func("/database/lock_not_had_in_time_is_an_error_of_its_own",
                    lock_not_had_in_time_is_an_error_of_its_own);
    g_test_add_func("/database/lost_connection_is_an_error_of_its_own",
                    lost_connection_is_an_error_of_its_own);
    g_test_add_func("/database/copy_is_refused_and_leaves_a_usable_connection",
                    copy_is_refused_and_leaves_a_usable_connection);
    g_test_add_func("/database/notices_reach_their_sink", notices_reach_their_sink);
    g_test_add_func("/database/resolved_settings_connect_again", resolved_settings_connect_again);
    g_test_add_func("/database/refused_connection_shows_no_password",
                    refused_connection_shows_no_password);
    g_test_add_func("/database/transaction_rolls_back_unless_committed",
                    transaction_rolls_back_unless_committed);
    g_test_add_func("/database/failed_transaction_does_not_count_as_committed",
                    failed_transaction_does_not_count_as_committed);
    return g_test_run();
}
