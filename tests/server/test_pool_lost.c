/* Connections that are lost, frozen, refused or read-only; requests that are overdue or given up.
 */
#include "driver.h"

#include <signal.h>
#include <string.h>

/* Longer than a busy machine needs, shorter than what would end a request otherwise: seconds. */
enum { SOON = 10, FAR = 30 };

static bool all_are_ready(Driver *driver)
{
    for (unsigned i = 0; i < POOL_LANES; i++) {
        PoolLaneState state;
        pool_lane_state(driver->pool, i, &state);
        if (state.ready != state.connections)
            return false;
    }
    return true;
}

/* Of the database's other sessions; those of the pool. */
#define OURS                                                                                       \
    "from pg_stat_activity where application_name = 'driver'"                                      \
    " and datname = current_database()"

static bool is_one_active(Driver *driver)
{
    g_autofree char *count = driver_look(driver, "select count(*) " OURS " and state = 'active'"
                                                 " and query like 'select pg_sleep%'");
    return g_str_equal(count, "1");
}

static bool is_none_active(Driver *driver)
{
    g_autofree char *count = driver_look(driver, "select count(*) " OURS " and state = 'active'");
    return g_str_equal(count, "0");
}

static void end_sessions(Driver *driver)
{
    g_autofree char *ended = driver_look(driver, "select count(pg_terminate_backend(pid)) " OURS);
    (void)ended;
}

static Driver *new_driver(unsigned fast, unsigned write, unsigned slow)
{
    Driver *driver = driver_prepare();
    const unsigned counts[POOL_LANES] = {fast, write, slow};
    memcpy(driver->settings.connections, counts, sizeof counts);
    return driver;
}

static void set_deadline(Ask *ask, int milliseconds)
{
    ask->request.deadline = g_get_monotonic_time() + milliseconds * 1000;
}

static void end_active(Driver *driver)
{
    g_autofree char *ended = driver_look(driver, "select count(pg_terminate_backend(pid)) " OURS
                                                 " and state = 'active'");
    g_assert_cmpstr(ended, ==, "1");
}

/* Though another connection is ready. */
static void lost_write_is_uncertain_and_not_repeated(void)
{
    g_autoptr(Driver) driver = new_driver(0, 2, 0);
    fixture_run(driver->fixture->db, "create sequence s");
    driver_start(driver);
    driver_run_until(driver, all_are_ready, NULL);
    Ask *ask = driver_submit(driver, POOL_WRITE, "select pg_sleep(60), nextval('s')");
    driver_run_until(driver, is_one_active, NULL);
    end_active(driver);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_true(ask->uncertain);
    g_assert_cmpstr(ask->reason, ==, "shutting down");
    driver_run_until(driver, all_are_ready, NULL);
    driver_run_until(driver, is_none_active, NULL);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select nextval('s')"), ==, "1");
}

/* The other connection takes it, once. */
static void lost_read_moves_to_another_connection(void)
{
    g_autoptr(Driver) driver = new_driver(2, 0, 0);
    driver_start(driver);
    driver_run_until(driver, all_are_ready, NULL);
    Ask *ask = driver_submit(driver, POOL_FAST, "select pg_sleep(0.3), 1");
    driver_run_until(driver, is_one_active, NULL);
    end_active(driver);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_DONE);
}

static void lost_read_without_another_is_unavailable(void)
{
    g_autoptr(Driver) driver = new_driver(1, 0, 0);
    driver_start(driver);
    Ask *ask = driver_submit(driver, POOL_FAST, "select pg_sleep(60)");
    driver_run_until(driver, is_one_active, NULL);
    end_sessions(driver);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_false(ask->uncertain);
    driver_run_until(driver, all_are_ready, NULL);
}

/* Far away: a request that is late has been lost. */
static gint64 patience(void)
{
    return g_get_monotonic_time() + FAR * G_USEC_PER_SEC;
}

/* Submits one request for each that ends, until @left is used up. */
typedef struct Load {
    Driver *driver;
    unsigned left, done, unavailable, others, unsure;
    GPtrArray *requests;
} Load;

static void on_load(PoolRequest *request, const PoolResult *result, void *data)
{
    Load *load = data;
    load->done += result->outcome == POOL_DONE;
    load->unavailable += result->outcome == POOL_UNAVAILABLE;
    load->unsure += result->uncertain;
    if (result->outcome != POOL_DONE && result->outcome != POOL_UNAVAILABLE) {
        g_printerr("a request ended as %d\n", (int)result->outcome);
        load->others++;
    }
    if (load->left == 0) {
        if (--load->driver->open == 0)
            loop_stop(load->driver->loop);
        return;
    }
    load->left--;
    if (load->left % 1000 == 500)
        end_sessions(load->driver);
    request->deadline = patience();
    pool_submit(load->driver->pool, request);
}

/* What was answered is there; what was not is unsure at most. */
static void ended_sessions_lose_no_request(void)
{
    static const PoolStatement read = {.name = "read", .sql = "select count(*) from t where a < 5"};
    static const PoolStatement write = {.name = "write", .sql = "insert into t values (1)"};
    static const PoolCall calls[] = {{.statement = &read}, {.statement = &write}};
    enum { MANY = 4000, TOGETHER = 60 };
    g_autoptr(Driver) driver = new_driver(2, 2, 0);
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    PoolRequest requests[TOGETHER];
    Load loads[2] = {{.driver = driver, .left = MANY}, {.driver = driver, .left = MANY}};
    for (unsigned i = 0; i < TOGETHER; i++) {
        requests[i] = (PoolRequest){.lane = i % 2 == 0 ? POOL_FAST : POOL_WRITE,
                                    .deadline = patience(),
                                    .calls = &calls[i % 2],
                                    .call_count = 1,
                                    .done = on_load,
                                    .data = &loads[i % 2]};
        driver->open++;
        pool_submit(driver->pool, &requests[i]);
    }
    driver_run(driver);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpint(loads[i].done + loads[i].unavailable, ==, MANY + TOGETHER / 2);
        g_assert_cmpint(loads[i].others, ==, 0);
    }
    g_assert_cmpint(loads[0].unsure, ==, 0);
    g_assert_cmpint(loads[1].done, >, MANY / 2);
    driver_run_until(driver, is_none_active, NULL);
    g_autofree char *rows = driver_look(driver, "select count(*) from t");
    const guint64 there = g_ascii_strtoull(rows, NULL, 10);
    g_assert_cmpint(there, >=, loads[1].done);
    g_assert_cmpint(there, <=, loads[1].done + loads[1].unsure);
}

static void assert_overdue(const Ask *ask)
{
    g_assert_cmpint(ask->ends, ==, 1);
    g_assert_cmpint(ask->outcome, ==, POOL_OVERDUE);
    g_assert_cmpint(ask->took, <, SOON * G_USEC_PER_SEC);
}

/* A healthy server ends it itself, and so the connection stays. */
static void statement_that_waits_for_a_lock_is_overdue(void)
{
    g_autoptr(Driver) driver = new_driver(0, 1, 0);
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    g_autofree char *pid = g_strdup(driver_value(driver, POOL_WRITE, "select pg_backend_pid()"));
    fixture_run(driver->fixture->db, "begin; lock t");
    Ask *ask = driver_ask(driver, POOL_WRITE, "insert into t values (1)", NULL);
    set_deadline(ask, 300);
    driver_submit_ask(ask);
    driver_run(driver);
    fixture_run(driver->fixture->db, "commit");
    assert_overdue(ask);
    g_assert_cmpstr(ask->reason, ==, "statement timeout");
    g_assert_false(ask->uncertain);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select pg_backend_pid()"), ==, pid);
}

static void waiting_request_is_overdue(void)
{
    g_autoptr(Driver) driver = new_driver(0, 0, 1);
    driver_start(driver);
    driver_value(driver, POOL_SLOW, "select 1");
    Ask *first = driver_submit(driver, POOL_SLOW, "select pg_sleep(0.5), 1");
    Ask *second = driver_ask(driver, POOL_SLOW, "select 2", NULL);
    set_deadline(second, 200);
    driver_submit_ask(second);
    driver_run(driver);
    g_assert_cmpint(first->outcome, ==, POOL_DONE);
    assert_overdue(second);
    g_assert_cmpstr(second->reason, ==, "waited");
    g_assert_false(second->uncertain);
}

/* Sent, it would leave nobody sure whether it happened. */
static void request_that_comes_too_late_is_not_sent(void)
{
    g_autoptr(Driver) driver = new_driver(0, 1, 0);
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    driver_value(driver, POOL_WRITE, "select 1");
    Ask *ask = driver_ask(driver, POOL_WRITE, "insert into t values (1)", NULL);
    set_deadline(ask, -1000);
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_OVERDUE);
    g_assert_false(ask->uncertain);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select count(*) from t"), ==, "0");
}

/* One frozen backend: what it was given ends in time, and another takes its place. */
static void frozen_connection_is_replaced(gconstpointer data)
{
    const PoolLane lane = GPOINTER_TO_UINT(data);
    g_autoptr(Driver) driver = new_driver(0, 0, 0);
    driver->settings.connections[lane] = 1;
    driver->settings.timeout[lane] = 1500;
    driver_start(driver);
    const pid_t pid =
        (pid_t)g_ascii_strtoll(driver_value(driver, lane, "select pg_backend_pid()"), NULL, 10);
    g_assert_cmpint(kill(pid, SIGSTOP), ==, 0);
    Ask *short_one = driver_ask(driver, lane, "select 1", NULL);
    set_deadline(short_one, 300);
    driver_submit_ask(short_one);
    Ask *long_one = driver_ask(driver, lane, "select 2", NULL);
    set_deadline(long_one, FAR * 1000);
    driver_submit_ask(long_one);
    driver_run(driver);
    assert_overdue(short_one);
    g_assert_cmpint(long_one->took, <, SOON * G_USEC_PER_SEC);
    g_assert_cmpint(short_one->uncertain, ==, lane != POOL_FAST);
    driver_run_until(driver, all_are_ready, NULL);
    g_assert_cmpstr(driver_value(driver, lane, "select 3"), ==, "3");
    g_assert_cmpint(kill(pid, SIGCONT), ==, 0);
}

/* Each of its statements is within the limit, and their results come together. */
static void several_slow_calls_are_not_frozen(void)
{
    g_autoptr(Driver) driver = new_driver(0, 1, 0);
    driver->settings.timeout[POOL_WRITE] = 1600;
    driver_start(driver);
    Ask *ask = driver_ask(driver, POOL_WRITE, "select pg_sleep(0.9)", "select pg_sleep(0.9), 1",
                          "select 5", NULL);
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_DONE);
    g_assert_cmpint(pool_counts(driver->pool)->failures, ==, 0);
}

/* Reads that were behind a frozen head are answered by the other connection. */
static void reads_behind_a_frozen_head_move(void)
{
    g_autoptr(Driver) driver = new_driver(2, 0, 0);
    driver->settings.timeout[POOL_FAST] = 1500;
    driver_start(driver);
    driver_run_until(driver, all_are_ready, NULL);
    const pid_t pid = (pid_t)g_ascii_strtoll(
        driver_value(driver, POOL_FAST, "select pg_backend_pid()"), NULL, 10);
    g_assert_cmpint(kill(pid, SIGSTOP), ==, 0);
    Ask *asks[10];
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++)
        asks[i] = driver_submit(driver, POOL_FAST, "select 1");
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++)
        g_assert_cmpint(asks[i]->outcome, ==, POOL_DONE);
    g_assert_cmpint(kill(pid, SIGCONT), ==, 0);
}

static void abandoned_statement_is_cancelled(void)
{
    g_autoptr(Driver) driver = new_driver(0, 0, 1);
    driver->settings.timeout[POOL_SLOW] = 60000;
    driver_start(driver);
    g_autofree char *pid = g_strdup(driver_value(driver, POOL_SLOW, "select pg_backend_pid()"));
    Ask *ask = driver_ask(driver, POOL_SLOW, "select pg_sleep(100)", NULL);
    set_deadline(ask, 100000);
    driver_submit_ask(ask);
    driver_run_until(driver, is_one_active, NULL);
    pool_abandon(driver->pool, &ask->request);
    driver->open--;
    driver_run_until(driver, is_none_active, NULL);
    g_assert_cmpint(ask->ends, ==, 0);
    g_assert_cmpint(pool_counts(driver->pool)->cancels, ==, 1);
    /* The connection has survived, and nothing that came after was hit by the cancel. */
    g_assert_cmpstr(driver_value(driver, POOL_SLOW, "select pg_backend_pid()"), ==, pid);
}

static void abandoned_request_is_not_sent(void)
{
    g_autoptr(Driver) driver = new_driver(0, 1, 0);
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    Ask *ask = driver_submit(driver, POOL_WRITE, "insert into t values (1)");
    pool_abandon(driver->pool, &ask->request);
    driver->open--;
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select count(*) from t"), ==, "0");
    g_assert_cmpint(ask->ends, ==, 0);
    pool_abandon(driver->pool, &ask->request); /* again, and never submitted: no harm */
    pool_abandon(driver->pool, &driver_ask(driver, POOL_WRITE, "select 1", NULL)->request);
}

static void ending_the_pool_ends_its_requests(void)
{
    g_autoptr(Driver) driver = new_driver(1, 1, 0);
    driver_start(driver);
    Ask *running = driver_submit(driver, POOL_WRITE, "select pg_sleep(60)");
    driver_run_until(driver, is_one_active, NULL);
    Ask *waiting = driver_submit(driver, POOL_FAST, "select 1");
    g_clear_pointer(&driver->pool, pool_free);
    g_assert_cmpint(running->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpint(waiting->outcome, ==, POOL_UNAVAILABLE);
    g_assert_true(running->uncertain);
    g_assert_false(waiting->uncertain);
    g_assert_cmpint(running->ends + waiting->ends, ==, 2);
}

/* With other settings than the fixture's; (transfer none): what a read is told. */
static const Ask *ask_with(Driver *driver, ConnectionSettings *settings)
{
    driver->settings.primary = settings;
    driver_start(driver);
    Ask *ask = driver_submit(driver, POOL_FAST, "select 1");
    driver_run(driver);
    return ask;
}

static void server_that_is_not_there_is_unavailable(void)
{
    g_autoptr(ConnectionSettings) settings = settings_new();
    g_autoptr(Driver) driver = new_driver(1, 0, 0);
    settings_set(settings, "host", "/nonexistent");
    const Ask *ask = ask_with(driver, settings);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(ask->reason, ==, "unreachable");
    g_clear_pointer(&driver->pool, pool_free);
}

static void unknown_host_is_unavailable(void)
{
    g_autoptr(ConnectionSettings) settings = settings_new();
    g_autoptr(Driver) driver = new_driver(1, 0, 0);
    settings_set(settings, "host", "no-such-host.invalid");
    driver->settings.connect_time = 500;
    const Ask *ask = ask_with(driver, settings);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(ask->reason, ==, "unknown host");
    g_clear_pointer(&driver->pool, pool_free);
}

/* A role with no slot left is told what a server without any tells. */
static void too_many_connections_are_a_reason(void)
{
    g_autoptr(Driver) driver = new_driver(1, 0, 0);
    g_autoptr(ConnectionSettings) settings = settings_copy(driver->fixture->settings);
    fixture_run(driver->fixture->db,
                "do $$ begin create role pool_limited login connection limit 0; exception when"
                " duplicate_object or unique_violation then null; end $$");
    settings_set(settings, "user", "pool_limited");
    const Ask *ask = ask_with(driver, settings);
    PoolLaneState state;
    pool_lane_state(driver->pool, POOL_FAST, &state);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(ask->reason, ==, "too many connections");
    g_assert_cmpstr(state.sqlstate, ==, "53300");
    g_clear_pointer(&driver->pool, pool_free);
}

static void set_read_only(Driver *driver, const char *value)
{
    g_autofree char *sql = g_strdup_printf(
        "do $$ begin execute format('alter database %%I set default_transaction_read_only to %s',"
        " current_database()); end $$",
        value);
    fixture_run(driver->fixture->db, sql);
}

static void reads_go_on_where_writes_cannot(void)
{
    g_autoptr(Driver) driver = new_driver(1, 1, 0);
    PoolLaneState state;
    set_read_only(driver, "on");
    driver_start(driver);
    Ask *read = driver_submit(driver, POOL_FAST, "select 1");
    Ask *write = driver_submit(driver, POOL_WRITE, "select 1");
    driver_run(driver);
    g_assert_cmpint(read->outcome, ==, POOL_DONE);
    g_assert_cmpint(write->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(write->reason, ==, "read only");
    pool_lane_state(driver->pool, POOL_WRITE, &state);
    g_assert_true(state.read_only);
    fixture_run(driver->fixture->db, "set default_transaction_read_only to off");
    set_read_only(driver, "off");
    driver_run_until(driver, all_are_ready, NULL);
    pool_lane_state(driver->pool, POOL_WRITE, &state);
    g_assert_false(state.read_only);
}

static void session_that_becomes_read_only_is_replaced(void)
{
    g_autoptr(Driver) driver = new_driver(0, 1, 0);
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    driver_value(driver, POOL_WRITE,
                 "select set_config('default_transaction_read_only', 'on', false)");
    Ask *write = driver_submit(driver, POOL_WRITE, "insert into t values (1)");
    driver_run(driver);
    g_assert_cmpint(write->outcome, !=, POOL_REFUSED);
    driver_run_until(driver, all_are_ready, NULL);
    driver_value(driver, POOL_WRITE, "insert into t values (2)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool/lost_write_is_uncertain_and_not_repeated",
                    lost_write_is_uncertain_and_not_repeated);
    g_test_add_func("/pool/lost_read_moves_to_another_connection",
                    lost_read_moves_to_another_connection);
    g_test_add_func("/pool/lost_read_without_another_is_unavailable",
                    lost_read_without_another_is_unavailable);
    g_test_add_func("/pool/ended_sessions_lose_no_request", ended_sessions_lose_no_request);
    g_test_add_func("/pool/statement_that_waits_for_a_lock_is_overdue",
                    statement_that_waits_for_a_lock_is_overdue);
    g_test_add_func("/pool/waiting_request_is_overdue", waiting_request_is_overdue);
    g_test_add_func("/pool/request_that_comes_too_late_is_not_sent",
                    request_that_comes_too_late_is_not_sent);
    g_test_add_data_func("/pool/frozen_connection_is_replaced/fast", GUINT_TO_POINTER(POOL_FAST),
                         frozen_connection_is_replaced);
    g_test_add_data_func("/pool/frozen_connection_is_replaced/write", GUINT_TO_POINTER(POOL_WRITE),
                         frozen_connection_is_replaced);
    g_test_add_func("/pool/several_slow_calls_are_not_frozen", several_slow_calls_are_not_frozen);
    g_test_add_func("/pool/reads_behind_a_frozen_head_move", reads_behind_a_frozen_head_move);
    g_test_add_func("/pool/abandoned_statement_is_cancelled", abandoned_statement_is_cancelled);
    g_test_add_func("/pool/abandoned_request_is_not_sent", abandoned_request_is_not_sent);
    g_test_add_func("/pool/ending_the_pool_ends_its_requests", ending_the_pool_ends_its_requests);
    g_test_add_func("/pool/server_that_is_not_there_is_unavailable",
                    server_that_is_not_there_is_unavailable);
    g_test_add_func("/pool/unknown_host_is_unavailable", unknown_host_is_unavailable);
    g_test_add_func("/pool/too_many_connections_are_a_reason", too_many_connections_are_a_reason);
    g_test_add_func("/pool/reads_go_on_where_writes_cannot", reads_go_on_where_writes_cannot);
    g_test_add_func("/pool/session_that_becomes_read_only_is_replaced",
                    session_that_becomes_read_only_is_replaced);
    return g_test_run();
}
