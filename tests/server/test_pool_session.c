/* What a session is like before anybody uses it, and again before the next one does. */
#include "driver.h"

#include <string.h>

static void sessions_are_set_up(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.search_path = "pg_catalog, public";
    driver_start(driver);
    static const char all[] =
        "select concat_ws(' ', current_setting('datestyle'), current_setting('intervalstyle'),"
        " current_setting('timezone'), current_setting('bytea_output'),"
        " current_setting('extra_float_digits'), current_setting('client_encoding'),"
        " current_setting('search_path'), current_setting('application_name'),"
        " current_setting('statement_timeout'), current_setting('lock_timeout'),"
        " current_setting('transaction_read_only'), current_setting('transaction_isolation'))";
    g_assert_cmpstr(driver_value(driver, POOL_FAST, all), ==,
                    "ISO, MDY iso_8601 UTC hex 1 UTF8 pg_catalog, public driver 2s 0 on"
                    " read committed");
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, all), ==,
                    "ISO, MDY iso_8601 UTC hex 1 UTF8 pg_catalog, public driver 2s 0 off"
                    " read committed");
    g_assert_cmpstr(driver_value(driver, POOL_SLOW, all), ==,
                    "ISO, MDY iso_8601 UTC hex 1 UTF8 pg_catalog, public driver 3s 0 off"
                    " read committed");
}

static void settings_of_the_database_do_not_count(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver_set_in_database(driver, "datestyle to ''SQL, DMY''");
    driver_set_in_database(driver, "default_transaction_isolation to serializable");
    driver_start(driver);
    g_assert_cmpstr(driver_value(driver, POOL_FAST, "select date '2026-02-01'"), ==, "2026-02-01");
    g_assert_cmpstr(driver_value(driver, POOL_FAST, "show transaction_isolation"), ==,
                    "read committed");
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "show transaction_isolation"), ==,
                    "serializable");
}

/* A request of a statement that may leave something behind. */
static Ask *submit_staining(Driver *driver, const char *sql)
{
    Ask *ask = driver_ask(driver, POOL_FAST, sql, NULL);
    ask->statements[0].stains = true;
    driver_submit_ask(ask);
    return ask;
}

/* One connection: what a statement sets, the next request does not see, in no batch. */
static void what_a_statement_leaves_behind_is_cleaned(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    memcpy(driver->settings.connections, (const unsigned[]){1, 0, 0}, sizeof(unsigned[3]));
    driver_start(driver);
    static const char seen[] =
        "select concat_ws(' ', current_setting('app.tenant', true), current_setting('timezone'),"
        " (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()))";
    g_assert_cmpstr(driver_value(driver, POOL_FAST, seen), ==, "UTC 0");
    submit_staining(driver, "select set_config('app.tenant', 'a', true)");
    Ask *beside = driver_submit(driver, POOL_FAST, seen);
    submit_staining(driver, "select set_config('app.tenant', 'b', false),"
                            " set_config('timezone', 'Asia/Tokyo', false), pg_advisory_lock(3)");
    Ask *behind = driver_submit(driver, POOL_FAST, seen);
    driver_run(driver);
    g_assert_cmpint(beside->outcome, ==, POOL_DONE);
    g_assert_cmpstr(g_strchug(beside->text), ==, "UTC 0");
    g_assert_cmpint(behind->outcome, ==, POOL_DONE);
    g_assert_cmpstr(g_strchug(behind->text), ==, "UTC 0");
}

/* Until then, requests would wait for a connection anyway. */
static bool start_is_over(Driver *driver)
{
    const int64_t *begun = driver->data;
    return loop_now(driver->loop) > *begun + (int64_t)driver->settings.connect_time * 1000;
}

/* It is cleaned between them, which is no reason to refuse anybody. */
static void the_last_connection_is_waited_for_while_it_is_cleaned(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    memcpy(driver->settings.connections, (const unsigned[]){1, 1, 1}, sizeof(unsigned[3]));
    driver->settings.connect_time = 1500;
    driver_start(driver);
    int64_t begun = loop_now(driver->loop);
    for (unsigned lane = 0; lane < POOL_LANES; lane++)
        driver_value(driver, lane, "select 1");
    driver_run_until(driver, start_is_over, &begun);
    g_autoptr(GPtrArray) asks = g_ptr_array_new();
    for (unsigned i = 0; i < 30; i++) {
        Ask *ask =
            driver_ask(driver, i % POOL_LANES, "select set_config('app.tenant', 'a', false)", NULL);
        ask->statements[0].stains = i % 2 == 0;
        driver_submit_ask(ask);
        g_ptr_array_add(asks, ask);
    }
    driver_run(driver);
    for (unsigned i = 0; i < asks->len; i++) {
        const Ask *ask = asks->pdata[i];
        g_assert_cmpstr(ask->reason, ==, "");
        g_assert_cmpint(ask->outcome, ==, POOL_DONE);
    }
    for (unsigned lane = 0; lane < POOL_LANES; lane++) {
        PoolLaneState state;
        pool_lane_state(driver->pool, lane, &state);
        g_assert_cmpuint(state.ready, ==, 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool_session/sessions_are_set_up", sessions_are_set_up);
    g_test_add_func("/pool_session/settings_of_the_database_do_not_count",
                    settings_of_the_database_do_not_count);
    g_test_add_func("/pool_session/what_a_statement_leaves_behind_is_cleaned",
                    what_a_statement_leaves_behind_is_cleaned);
    g_test_add_func("/pool_session/the_last_connection_is_waited_for_while_it_is_cleaned",
                    the_last_connection_is_waited_for_while_it_is_cleaned);
    return g_test_run();
}
