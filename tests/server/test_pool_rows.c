/* Rows that come one by one, and readers that wait or leave. */
#include "driver.h"

typedef struct Reader {
    unsigned rows, pauses;
    LoopTimer timer;
    Ask *ask;
} Reader;

static void go_on(LoopTimer *timer, void *data)
{
    (void)timer;
    Reader *reader = data;
    pool_pause(reader->ask->driver->pool, &reader->ask->request, false);
}

static void on_rows(PoolRequest *request, const PGresult *rows, void *data)
{
    Driver *driver = ((Ask *)data)->driver;
    Reader *reader = driver->data;
    reader->rows += (unsigned)PQntuples(rows);
    if (reader->rows % 1000 != 0)
        return;
    reader->pauses++;
    pool_pause(driver->pool, request, true);
    loop_timer_start(driver->loop, &reader->timer, 0, go_on, reader);
}

static void rows_come_as_they_are_read(void)
{
    g_autoptr(Driver) driver = driver_new();
    Ask *ask = driver_ask(driver, POOL_SLOW, "select 1",
                          "select n, repeat('x', 100) from generate_series(1, 10000) n", NULL);
    Reader reader = {.ask = ask};
    driver->data = &reader;
    ask->request.rows = on_rows;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_DONE);
    g_assert_cmpint(reader.rows, ==, 10000);
    g_assert_cmpint(reader.pauses, ==, 10);
    g_assert_null(ask->text);
}

static void count_rows(PoolRequest *request, const PGresult *rows, void *data)
{
    (void)request;
    Driver *driver = ((Ask *)data)->driver;
    *(unsigned *)driver->data += (unsigned)PQntuples(rows);
}

static void error_after_some_rows_is_told(void)
{
    g_autoptr(Driver) driver = driver_new();
    unsigned rows = 0;
    driver->data = &rows;
    Ask *ask = driver_ask(driver, POOL_SLOW, "select 1/(5 - n) from generate_series(1, 9) n", NULL);
    ask->request.rows = count_rows;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(rows, ==, 4);
    g_assert_cmpstr(ask->sqlstate, ==, "22012");
    g_assert_cmpstr(driver_value(driver, POOL_SLOW, "select 6"), ==, "6");
}

/* Leaves after the first row, paused: the rest must not hold up the connection. */
static void leave(PoolRequest *request, const PGresult *rows, void *data)
{
    (void)rows;
    Driver *driver = ((Ask *)data)->driver;
    pool_pause(driver->pool, request, true);
    pool_abandon(driver->pool, request);
    driver->open--;
    loop_stop(driver->loop);
}

static void reader_that_leaves_frees_the_connection(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_SLOW] = 1;
    driver_start(driver);
    Ask *ask = driver_ask(driver, POOL_SLOW,
                          "select repeat('x', 1000) from generate_series(1, 99999) a,"
                          " generate_series(1, 99999) b",
                          NULL);
    ask->request.rows = leave;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(ask->ends, ==, 0);
    g_assert_cmpstr(driver_value(driver, POOL_SLOW, "select 6"), ==, "6");
    g_assert_cmpint(pool_counts(driver->pool)->cancels, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool_rows/rows_come_as_they_are_read", rows_come_as_they_are_read);
    g_test_add_func("/pool_rows/error_after_some_rows_is_told", error_after_some_rows_is_told);
    g_test_add_func("/pool_rows/reader_that_leaves_frees_the_connection",
                    reader_that_leaves_frees_the_connection);
    return g_test_run();
}
