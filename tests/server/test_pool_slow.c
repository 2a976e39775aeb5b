/* A read that takes long costs its neighbours in the fast lane nothing but a little time. */
#include "driver.h"

static const char slow_sql[] = "select pg_advisory_xact_lock_shared(7)";

static void hold(Driver *driver)
{
    fixture_run(driver->fixture->db, "select pg_advisory_lock(7)");
}

static void let_go(Driver *driver)
{
    fixture_run(driver->fixture->db, "select pg_advisory_unlock(7)");
}

static bool all_are_ready(Driver *driver)
{
    PoolLaneState state;
    pool_lane_state(driver->pool, POOL_FAST, &state);
    return state.ready == state.connections;
}

/* A batch is late after a quarter of @timeout (milliseconds), and a read slow after an eighth. */
static Driver *start(unsigned connections, unsigned timeout)
{
    Driver *driver = driver_prepare();
    driver->settings.connections[POOL_FAST] = connections;
    driver->settings.timeout[POOL_FAST] = timeout;
    driver_start(driver);
    driver_run_until(driver, all_are_ready, NULL);
    return driver;
}

static bool quick_have_ended(Driver *driver)
{
    const GPtrArray *quick = driver->data;
    for (unsigned i = 0; i < quick->len; i++)
        if (((const Ask *)quick->pdata[i])->ends == 0)
            return false;
    return true;
}

static void assert_done(const GPtrArray *asks)
{
    for (unsigned i = 0; i < asks->len; i++) {
        const Ask *ask = asks->pdata[i];
        g_assert_cmpstr(ask->reason, ==, "");
        g_assert_cmpint(ask->outcome, ==, POOL_DONE);
        g_assert_cmpint(ask->ends, ==, 1);
    }
}

static void submit_quick(Driver *driver, GPtrArray *quick, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        g_ptr_array_add(quick, driver_submit(driver, POOL_FAST, "select 1"));
}

/* So that it is known to take long. */
static void be_slow_once(Driver *driver)
{
    hold(driver);
    const Ask *slow = driver_submit(driver, POOL_FAST, slow_sql);
    driver_run(driver);
    g_assert_cmpint(slow->outcome, ==, POOL_OVERDUE);
    let_go(driver);
}

/* Nobody knows which one of them it is: all are sent again, each by itself. */
static void neighbours_of_a_slow_read_are_answered(void)
{
    g_autoptr(Driver) driver = start(2, 2000);
    g_autoptr(GPtrArray) quick = g_ptr_array_new();
    hold(driver);
    submit_quick(driver, quick, 5);
    Ask *slow = driver_submit(driver, POOL_FAST, slow_sql);
    submit_quick(driver, quick, 5);
    Ask *also = driver_submit(driver, POOL_FAST, slow_sql);
    submit_quick(driver, quick, 5);
    driver_run_until(driver, quick_have_ended, quick);
    assert_done(quick);
    g_assert_cmpint(slow->ends, ==, 0);
    g_assert_cmpint(also->ends, ==, 0);
    g_assert_cmpint(pool_counts(driver->pool)->rescued, ==, 17);
    let_go(driver);
    driver_run(driver);
    g_assert_cmpint(slow->outcome, ==, POOL_DONE);
    g_assert_cmpint(also->outcome, ==, POOL_DONE);
}

/* With a Sync of its own it is known, and goes on where it is. */
static void slow_read_with_settings_goes_on(void)
{
    g_autoptr(Driver) driver = start(2, 2000);
    g_autoptr(GPtrArray) quick = g_ptr_array_new();
    const PoolSetting claim = {"app.user", "7"};
    hold(driver);
    Ask *slow = driver_ask(driver, POOL_FAST, slow_sql, NULL);
    slow->request.settings = &claim;
    slow->request.setting_count = 1;
    driver_submit_ask(slow);
    for (unsigned i = 0; i < 5; i++) {
        Ask *ask = driver_ask(driver, POOL_FAST, "select current_setting('app.user')", NULL);
        ask->request.settings = &claim;
        ask->request.setting_count = 1;
        driver_submit_ask(ask);
        g_ptr_array_add(quick, ask);
    }
    driver_run_until(driver, quick_have_ended, quick);
    assert_done(quick);
    g_assert_cmpint(slow->ends, ==, 0);
    g_assert_cmpint(pool_counts(driver->pool)->rescued, ==, 5);
    let_go(driver);
    driver_run(driver);
    g_assert_cmpint(slow->outcome, ==, POOL_DONE);
    g_assert_cmpint(pool_counts(driver->pool)->cancels, ==, 0);
}

/* However many there are of it, a connection is left for others, and nothing is sent twice. */
static void statement_known_to_be_slow_has_its_own_batch(void)
{
    g_autoptr(Driver) driver = start(2, 2000);
    g_autoptr(GPtrArray) quick = g_ptr_array_new();
    be_slow_once(driver);
    hold(driver);
    Ask *slow[8];
    for (unsigned i = 0; i < G_N_ELEMENTS(slow); i++)
        slow[i] = driver_submit(driver, POOL_FAST, slow_sql);
    const uint64_t before = pool_counts(driver->pool)->batches;
    submit_quick(driver, quick, 20);
    driver_run_until(driver, quick_have_ended, quick);
    assert_done(quick);
    g_assert_cmpint(slow[0]->ends, ==, 0);
    g_assert_cmpint(pool_counts(driver->pool)->batches - before, ==, 2);
    g_assert_cmpint(pool_counts(driver->pool)->rescued, ==, 0);
    let_go(driver);
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(slow); i++)
        g_assert_cmpint(slow[i]->ends, ==, 1);
}

static void slow_and_quick_take_turns_on_one_connection(void)
{
    g_autoptr(Driver) driver = start(1, 2000);
    g_autoptr(GPtrArray) asks = g_ptr_array_new();
    be_slow_once(driver);
    for (unsigned i = 0; i < 10; i++) {
        g_ptr_array_add(asks, driver_submit(driver, POOL_FAST, slow_sql));
        submit_quick(driver, asks, 1);
    }
    driver_run(driver);
    assert_done(asks);
}

static uint64_t batches_of_two(Driver *driver)
{
    const uint64_t before = pool_counts(driver->pool)->batches;
    driver_submit(driver, POOL_FAST, slow_sql);
    driver_submit(driver, POOL_FAST, "select 1");
    driver_run(driver);
    return pool_counts(driver->pool)->batches - before;
}

static void slow_statement_is_trusted_again_when_it_is_quick(void)
{
    g_autoptr(Driver) driver = start(2, 2000);
    be_slow_once(driver);
    for (unsigned i = 0; i < 31; i++)
        driver_value(driver, POOL_FAST, slow_sql);
    g_assert_cmpint(batches_of_two(driver), ==, 2);
    g_assert_cmpint(batches_of_two(driver), ==, 1);
}

typedef struct Moment {
    LoopTimer timer;
    bool come;
} Moment;

static void on_moment(LoopTimer *timer, void *data)
{
    (void)timer;
    Moment *moment = data;
    moment->come = true;
}

static bool has_come(Driver *driver)
{
    const Moment *moment = driver->data;
    return moment->come;
}

static void let_pass(Driver *driver, unsigned milliseconds)
{
    Moment moment = {0};
    const int64_t due = loop_now(driver->loop) + (int64_t)milliseconds * 1000;
    loop_timer_start(driver->loop, &moment.timer, due, on_moment, &moment);
    driver_run_until(driver, has_come, &moment);
}

/* It would be cancelled, and the next one would begin as late. */
static void what_cannot_end_in_time_is_not_begun(PoolLane lane)
{
    g_autoptr(Driver) driver = start(2, 2000);
    hold(driver);
    Ask *known = driver_submit(driver, lane, slow_sql);
    let_pass(driver, 600);
    let_go(driver);
    driver_run(driver);
    g_assert_cmpint(known->outcome, ==, POOL_DONE);
    hold(driver);
    for (unsigned i = 0; i < (lane == POOL_FAST ? 1 : 2); i++) /* so that no connection is free */
        driver_submit(driver, lane, slow_sql);
    Ask *late = driver_ask(driver, lane, slow_sql, NULL);
    late->request.deadline = loop_now(driver->loop) + 900000;
    driver_submit_ask(late);
    let_pass(driver, 600);
    Ask *fresh = driver_submit(driver, lane, slow_sql);
    let_go(driver);
    driver_run(driver);
    g_assert_cmpint(late->outcome, ==, POOL_OVERDUE);
    g_assert_cmpstr(late->reason, ==, "waited");
    g_assert_cmpint(fresh->outcome, ==, POOL_DONE);
}

static void slow_read_that_waited_too_long_is_not_begun(void)
{
    what_cannot_end_in_time_is_not_begun(POOL_FAST);
}

static void slow_request_that_waited_too_long_is_not_begun(void)
{
    what_cannot_end_in_time_is_not_begun(POOL_SLOW);
}

/* A turn's reads with a slow one among them; @before is what stands before it. */
static Ask *submit_around(Driver *driver, GPtrArray *before, GPtrArray *behind)
{
    g_ptr_array_set_size(before, 0);
    g_ptr_array_set_size(behind, 0);
    hold(driver);
    submit_quick(driver, before, 3);
    Ask *slow = driver_submit(driver, POOL_FAST, slow_sql);
    submit_quick(driver, behind, 3);
    return slow;
}

static void end_slow(Driver *driver, const Ask *slow)
{
    g_assert_cmpint(slow->ends, ==, 0);
    let_go(driver);
    driver_run(driver);
    g_assert_cmpint(slow->outcome, ==, POOL_DONE);
}

/* There is nowhere to send the others: all wait once, those behind it twice, then nobody. */
static void slow_read_on_one_connection_is_found(void)
{
    g_autoptr(Driver) driver = start(1, 2000);
    g_autoptr(GPtrArray) before = g_ptr_array_new();
    g_autoptr(GPtrArray) behind = g_ptr_array_new();
    const Ask *slow = submit_around(driver, before, behind);
    let_pass(driver, 600);
    g_assert_false(((const Ask *)before->pdata[0])->ends);
    end_slow(driver, slow);
    assert_done(before);
    assert_done(behind);
    slow = submit_around(driver, before, behind);
    driver_run_until(driver, quick_have_ended, before);
    let_pass(driver, 600);
    g_assert_false(((const Ask *)behind->pdata[0])->ends);
    end_slow(driver, slow);
    assert_done(before);
    assert_done(behind);
    slow = submit_around(driver, before, behind);
    driver_run_until(driver, quick_have_ended, behind);
    end_slow(driver, slow);
    assert_done(before);
    g_assert_cmpint(pool_counts(driver->pool)->rescued, ==, 0);
    g_assert_cmpint(pool_counts(driver->pool)->cancels, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool_slow/neighbours_of_a_slow_read_are_answered",
                    neighbours_of_a_slow_read_are_answered);
    g_test_add_func("/pool_slow/slow_read_with_settings_goes_on", slow_read_with_settings_goes_on);
    g_test_add_func("/pool_slow/statement_known_to_be_slow_has_its_own_batch",
                    statement_known_to_be_slow_has_its_own_batch);
    g_test_add_func("/pool_slow/slow_read_on_one_connection_is_found",
                    slow_read_on_one_connection_is_found);
    g_test_add_func("/pool_slow/slow_and_quick_take_turns_on_one_connection",
                    slow_and_quick_take_turns_on_one_connection);
    g_test_add_func("/pool_slow/slow_statement_is_trusted_again_when_it_is_quick",
                    slow_statement_is_trusted_again_when_it_is_quick);
    g_test_add_func("/pool_slow/slow_read_that_waited_too_long_is_not_begun",
                    slow_read_that_waited_too_long_is_not_begun);
    g_test_add_func("/pool_slow/slow_request_that_waited_too_long_is_not_begun",
                    slow_request_that_waited_too_long_is_not_begun);
    return g_test_run();
}
