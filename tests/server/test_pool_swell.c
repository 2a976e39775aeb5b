/* Connections that long messages have made large are replaced, others are not. */
#include "driver.h"

#include <string.h>

enum { LENGTH = 1 << 20 };

static const char whoami[] = "select pg_backend_pid()";

static Driver *new_driver(unsigned fast, unsigned write)
{
    Driver *driver = driver_prepare();
    driver->settings.connections[POOL_FAST] = fast;
    driver->settings.connections[POOL_WRITE] = write;
    driver->settings.connections[POOL_SLOW] = 0;
    driver_start(driver);
    return driver;
}

static char *backend(Driver *driver, PoolLane lane)
{
    return g_strdup(driver_value(driver, lane, whoami));
}

static void send_long_value(Driver *driver, PoolLane lane)
{
    g_autofree char *text = g_strnfill(LENGTH, 'x');
    const PoolSetting setting = {"test.long", text};
    Ask *ask = driver_ask(driver, lane, "select length(current_setting('test.long'))", NULL);
    ask->request.settings = &setting;
    ask->request.setting_count = 1;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpstr(ask->text, ==, "1048576");
}

static bool has_connected_again(Driver *driver)
{
    return pool_counts(driver->pool)->connects > *(const uint64_t *)driver->data;
}

static void wait_for_connect(Driver *driver, uint64_t before)
{
    driver_run_until(driver, has_connected_again, &before);
}

static void long_row_has_its_connection_replaced(void)
{
    g_autoptr(Driver) driver = new_driver(1, 1);
    g_autofree char *fast = backend(driver, POOL_FAST), *write = backend(driver, POOL_WRITE);
    const uint64_t before = pool_counts(driver->pool)->connects;
    driver_value(driver, POOL_FAST, "select repeat('x', 1048576)");
    g_autofree char *still = backend(driver, POOL_FAST);
    g_assert_cmpstr(still, ==, fast); /* others may come */
    wait_for_connect(driver, before);
    g_autofree char *new_fast = backend(driver, POOL_FAST), *same = backend(driver, POOL_WRITE);
    g_assert_cmpstr(new_fast, !=, fast);
    g_assert_cmpstr(same, ==, write);
    g_assert_cmpuint(pool_counts(driver->pool)->failures, ==, 0);
}

static void long_value_has_its_connection_replaced(void)
{
    g_autoptr(Driver) driver = new_driver(1, 1);
    g_autofree char *write = backend(driver, POOL_WRITE);
    const uint64_t before = pool_counts(driver->pool)->connects;
    send_long_value(driver, POOL_WRITE);
    wait_for_connect(driver, before);
    g_autofree char *other = backend(driver, POOL_WRITE);
    g_assert_cmpstr(other, !=, write);
}

/* libpq needs room for a row at a time. The write lane tells when it would have happened. */
static void many_short_rows_keep_their_connection(void)
{
    g_autoptr(Driver) driver = new_driver(1, 1);
    g_autofree char *fast = backend(driver, POOL_FAST);
    const uint64_t before = pool_counts(driver->pool)->connects;
    driver_value(driver, POOL_FAST, "select repeat('x', 1000) from generate_series(1, 3000)");
    send_long_value(driver, POOL_WRITE);
    wait_for_connect(driver, before);
    g_autofree char *same = backend(driver, POOL_FAST);
    g_assert_cmpstr(same, ==, fast);
}

typedef struct Rounds {
    uint64_t connects; /* that are waited for */
    uint64_t answered;
} Rounds;

static bool ask_until_replaced(Driver *driver)
{
    Rounds *rounds = driver->data;
    for (unsigned i = 0; i < driver->asks->len; i++) {
        const Ask *ask = driver->asks->pdata[i];
        g_assert_cmpint(ask->ends == 0 ? POOL_DONE : ask->outcome, ==, POOL_DONE);
    }
    if (driver->open > 0)
        return false;
    rounds->answered++;
    if (pool_counts(driver->pool)->connects >= rounds->connects)
        return true;
    driver_submit(driver, POOL_FAST, "select 1");
    driver_submit(driver, POOL_WRITE, "select 1");
    return false;
}

/* For the only connection of a lane, requests wait. */
static void nobody_notices(void)
{
    g_autoptr(Driver) driver = new_driver(2, 1);
    driver_value(driver, POOL_FAST, "select repeat('x', 1048576)");
    send_long_value(driver, POOL_WRITE);
    Rounds rounds = {.connects = pool_counts(driver->pool)->connects + 2};
    driver_run_until(driver, ask_until_replaced, &rounds);
    g_assert_cmpuint(rounds.answered, >, 10);
    g_assert_cmpuint(pool_counts(driver->pool)->failures, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool_swell/long_row_has_its_connection_replaced",
                    long_row_has_its_connection_replaced);
    g_test_add_func("/pool_swell/long_value_has_its_connection_replaced",
                    long_value_has_its_connection_replaced);
    g_test_add_func("/pool_swell/many_short_rows_keep_their_connection",
                    many_short_rows_keep_their_connection);
    g_test_add_func("/pool_swell/nobody_notices", nobody_notices);
    return g_test_run();
}
