#include "driver.h"

#include <string.h>

static void on_done(PoolRequest *request, const PoolResult *result, void *data)
{
    Ask *ask = data;
    ask->ends++;
    ask->outcome = result->outcome;
    ask->took = g_get_monotonic_time() - ask->began;
    ask->failed = result->failed;
    ask->result_count = result->result_count;
    ask->in_settings = result->in_settings;
    ask->uncertain = result->uncertain;
    g_strlcpy(ask->reason, result->reason != NULL ? result->reason : "", sizeof ask->reason);
    if (result->error != NULL)
        g_strlcpy(ask->sqlstate, PQresultErrorField(result->error, PG_DIAG_SQLSTATE),
                  sizeof ask->sqlstate);
    if (result->outcome == POOL_DONE) {
        const PGresult *last = result->results[request->call_count - 1];
        if (PQntuples(last) > 0 && !PQgetisnull(last, 0, 0))
            ask->text = g_strdup(PQgetvalue(last, 0, 0));
    }
    if (--ask->driver->open == 0 && ask->driver->until == NULL)
        loop_stop(ask->driver->loop);
}

static void ask_free(void *data)
{
    Ask *ask = data;
    for (unsigned i = 0; i < ask->request.call_count; i++)
        g_free((char *)ask->statements[i].name);
    g_free(ask->statements);
    g_free(ask->calls);
    g_free(ask->text);
    g_free(ask);
}

Driver *driver_prepare(void)
{
    Driver *driver = g_new0(Driver, 1);
    g_autoptr(GError) error = NULL;
    driver->fixture = fixture_new();
    driver->loop = loop_new(&error);
    g_assert_no_error(error);
    driver->asks = g_ptr_array_new_with_free_func(ask_free);
    driver->settings = (PoolSettings){.primary = driver->fixture->settings,
                                      .application_name = "driver",
                                      .connections = {2, 2, 2},
                                      .batch = 64,
                                      .queue = 1000,
                                      .timeout = {2000, 2000, 3000},
                                      .connect_time = 2000,
                                      .retry_time = 50};
    return driver;
}

void driver_start(Driver *driver)
{
    g_autoptr(GError) error = NULL;
    driver->pool = pool_new(driver->loop, &driver->settings, &error);
    g_assert_no_error(error);
}

Driver *driver_new(void)
{
    Driver *driver = driver_prepare();
    driver_start(driver);
    return driver;
}

void driver_free(Driver *driver)
{
    pool_free(driver->pool);
    loop_free(driver->loop);
    g_ptr_array_unref(driver->asks);
    fixture_free(driver->fixture);
    g_free(driver);
}

static void describe_statement(PoolStatement *statement, const char *sql)
{
    statement->name = g_compute_checksum_for_string(G_CHECKSUM_MD5, sql, -1);
    statement->sql = sql;
}

Ask *driver_ask(Driver *driver, PoolLane lane, ...)
{
    Ask *ask = g_new0(Ask, 1);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    va_list words;
    va_start(words, lane);
    for (const char *sql; (sql = va_arg(words, const char *)) != NULL;)
        g_ptr_array_add(texts, (char *)sql);
    va_end(words);
    ask->driver = driver;
    ask->statements = g_new0(PoolStatement, texts->len);
    ask->calls = g_new0(PoolCall, texts->len);
    for (unsigned i = 0; i < texts->len; i++) {
        describe_statement(&ask->statements[i], texts->pdata[i]);
        ask->calls[i].statement = &ask->statements[i];
    }
    ask->request = (PoolRequest){.lane = lane,
                                 .deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC,
                                 .calls = ask->calls,
                                 .call_count = texts->len,
                                 .done = on_done,
                                 .data = ask};
    g_ptr_array_add(driver->asks, ask);
    return ask;
}

void driver_submit_ask(Ask *ask)
{
    ask->driver->open++;
    ask->began = g_get_monotonic_time();
    pool_submit(ask->driver->pool, &ask->request);
}

Ask *driver_submit(Driver *driver, PoolLane lane, const char *sql)
{
    Ask *ask = driver_ask(driver, lane, sql, NULL);
    driver_submit_ask(ask);
    return ask;
}

void driver_run(Driver *driver)
{
    if (driver->open > 0)
        loop_run(driver->loop);
}

static void look_again(LoopTimer *timer, void *data)
{
    Driver *driver = data;
    if (driver->until(driver)) {
        driver->until = NULL;
        loop_stop(driver->loop);
        return;
    }
    loop_timer_start(driver->loop, timer, loop_now(driver->loop) + 5000, look_again, driver);
}

void driver_run_until(Driver *driver, bool (*until)(Driver *driver), void *data)
{
    LoopTimer timer = {0};
    driver->until = until;
    driver->data = data;
    loop_timer_start(driver->loop, &timer, 0, look_again, driver);
    loop_run(driver->loop);
}

const char *driver_value(Driver *driver, PoolLane lane, const char *sql)
{
    const Ask *ask = driver_submit(driver, lane, sql);
    driver_run(driver);
    g_assert_cmpstr(ask->sqlstate, ==, "");
    g_assert_cmpstr(ask->reason, ==, "");
    g_assert_cmpint(ask->outcome, ==, POOL_DONE);
    return ask->text;
}

char *driver_look(Driver *driver, const char *sql)
{
    g_autoptr(GError) error = NULL;
    char *value = database_query_value(driver->fixture->db, sql, NULL, 0, &error);
    g_assert_no_error(error);
    return value;
}

void driver_set_in_database(Driver *driver, const char *setting)
{
    g_autofree char *sql = g_strdup_printf("do $$ begin execute format('alter database %%I set %s',"
                                           " current_database()); end $$",
                                           setting);
    fixture_run(driver->fixture->db, sql);
}
