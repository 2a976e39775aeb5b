#include "driver.h"

#include <string.h>

static void assert_value(Driver *driver, const char *sql, const char *expected)
{
    g_autofree char *value = driver_look(driver, sql);
    g_assert_cmpstr(value, ==, expected);
}

static void reads_of_a_turn_share_a_sync(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    memcpy(driver->settings.connections, (const unsigned[]){1, 0, 0}, sizeof(unsigned[3]));
    driver_start(driver);
    driver_value(driver, POOL_FAST, "select 1");
    const PoolCounts before = *pool_counts(driver->pool);
    Ask *asks[40];
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++)
        asks[i] = driver_submit(driver, POOL_FAST, "select pg_backend_pid()");
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
        g_assert_cmpint(asks[i]->outcome, ==, POOL_DONE);
        g_assert_cmpstr(asks[i]->text, ==, asks[0]->text);
    }
    g_assert_cmpint(pool_counts(driver->pool)->syncs - before.syncs, ==, 1);
    g_assert_cmpint(pool_counts(driver->pool)->batches - before.batches, ==, 1);
}

static bool first_waits_for_a_lock(Driver *driver)
{
    g_autofree char *waiting = driver_look(
        driver, "select exists (select from pg_locks where locktype = 'advisory' and not granted)");
    return g_str_equal(waiting, "t");
}

static bool one_has_ended(Driver *driver)
{
    return ((const Ask *)driver->data)->ends > 0;
}

/* The first read keeps its connection busy; the next one does not wait until it comes back. */
static void late_batch_holds_nobody_up(void)
{
    g_autoptr(Driver) driver = driver_new();
    driver_value(driver, POOL_FAST, "select 1");
    fixture_run(driver->fixture->db, "select pg_advisory_lock(7)");
    Ask *first = driver_submit(driver, POOL_FAST, "select pg_advisory_lock_shared(7)");
    driver_run_until(driver, first_waits_for_a_lock, NULL);
    Ask *next = driver_submit(driver, POOL_FAST, "select 2");
    driver_run_until(driver, one_has_ended, next);
    g_assert_cmpstr(next->text, ==, "2");
    g_assert_cmpint(first->ends, ==, 0);
    fixture_run(driver->fixture->db, "select pg_advisory_unlock(7)");
    driver_run(driver);
    g_assert_cmpint(first->outcome, ==, POOL_DONE);
}

static void batches_are_capped(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.batch = 8;
    driver->settings.connections[POOL_FAST] = 1;
    driver_start(driver);
    driver_value(driver, POOL_FAST, "select 1");
    const uint64_t before = pool_counts(driver->pool)->batches;
    for (unsigned i = 0; i < 20; i++)
        driver_submit(driver, POOL_FAST, "select 1");
    driver_run(driver);
    g_assert_cmpint(pool_counts(driver->pool)->batches - before, ==, 3);
}

static void failing_read_loses_no_neighbour(void)
{
    g_autoptr(Driver) driver = driver_new();
    Ask *asks[30];
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++)
        asks[i] = driver_submit(driver, POOL_FAST, i % 10 == 3 ? "select 1/0" : "select 7");
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
        g_assert_cmpint(asks[i]->ends, ==, 1);
        if (i % 10 == 3)
            g_assert_cmpstr(asks[i]->sqlstate, ==, "22012");
        else
            g_assert_cmpstr(asks[i]->text, ==, "7");
    }
}

/* One that keeps failing gets a Sync of its own, and so takes nobody down any more. */
static void failing_statement_is_kept_apart(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_FAST] = 1;
    fixture_run(driver->fixture->db, "create sequence runs");
    driver_start(driver);
    driver_submit(driver, POOL_FAST, "select 1/0");
    driver_run(driver);
    const uint64_t before = pool_counts(driver->pool)->batches;
    Ask *last = NULL;
    for (unsigned i = 0; i < 5; i++) {
        driver_submit(driver, POOL_FAST, "select 1/0");
        last = driver_submit(driver, POOL_FAST, "select 5");
    }
    driver_run(driver);
    g_assert_cmpstr(last->text, ==, "5");
    g_assert_cmpint(pool_counts(driver->pool)->batches - before, ==, 1);
}

static void statement_that_cannot_be_prepared_fails_alone(void)
{
    g_autoptr(Driver) driver = driver_new();
    Ask *good = driver_submit(driver, POOL_FAST, "select 1");
    Ask *bad = driver_submit(driver, POOL_FAST, "select missing from nowhere");
    Ask *other = driver_submit(driver, POOL_FAST, "select 2");
    driver_run(driver);
    g_assert_cmpstr(good->text, ==, "1");
    g_assert_cmpstr(other->text, ==, "2");
    g_assert_cmpint(bad->outcome, ==, POOL_REFUSED);
    g_assert_cmpstr(bad->sqlstate, ==, "42P01");
    g_assert_cmpint(bad->result_count, ==, 0);
}

static void fast_lane_cannot_write(void)
{
    g_autoptr(Driver) driver = driver_new();
    fixture_run(driver->fixture->db, "create table t (a int)");
    Ask *ask = driver_submit(driver, POOL_FAST, "insert into t values (1)");
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_REFUSED);
    g_assert_cmpstr(ask->sqlstate, ==, "25006");
}

static void writes_are_independent(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    memcpy(driver->settings.connections, (const unsigned[]){0, 1, 0}, sizeof(unsigned[3]));
    fixture_run(driver->fixture->db, "create table t (a int primary key)");
    driver_start(driver);
    driver_value(driver, POOL_WRITE, "select 1");
    const PoolCounts before = *pool_counts(driver->pool);
    Ask *first = driver_submit(driver, POOL_WRITE, "insert into t values (1)");
    Ask *again = driver_submit(driver, POOL_WRITE, "insert into t values (1) returning a");
    Ask *second = driver_submit(driver, POOL_WRITE, "insert into t values (2)");
    driver_run(driver);
    g_assert_cmpint(first->outcome, ==, POOL_DONE);
    g_assert_cmpint(again->outcome, ==, POOL_REFUSED);
    g_assert_cmpstr(again->sqlstate, ==, "23505");
    g_assert_cmpint(second->outcome, ==, POOL_DONE);
    assert_value(driver, "select count(*) from t", "2");
    g_assert_cmpint(pool_counts(driver->pool)->batches - before.batches, ==, 1);
    g_assert_cmpint(pool_counts(driver->pool)->syncs - before.syncs, ==, 3);
}

static void several_calls_are_one_transaction(void)
{
    g_autoptr(Driver) driver = driver_new();
    fixture_run(driver->fixture->db, "create table t (a int primary key)");
    Ask *good = driver_ask(driver, POOL_WRITE, "insert into t values (1)",
                           "insert into t values (2)", "select count(*) from t", NULL);
    driver_submit_ask(good);
    driver_run(driver);
    g_assert_cmpstr(good->text, ==, "2");
    Ask *bad = driver_ask(driver, POOL_WRITE, "insert into t values (3)",
                          "insert into t values (1) -- again", "select 1", NULL);
    driver_submit_ask(bad);
    driver_run(driver);
    g_assert_cmpint(bad->outcome, ==, POOL_REFUSED);
    g_assert_cmpint(bad->failed, ==, 1);
    g_assert_cmpint(bad->result_count, ==, 1);
    Ask *worse = driver_ask(driver, POOL_FAST, "select 1", "select 2", "select missing", NULL);
    driver_submit_ask(worse);
    driver_run(driver);
    g_assert_cmpint(worse->outcome, ==, POOL_REFUSED);
    g_assert_cmpint(worse->result_count, ==, 2);
    assert_value(driver, "select count(*) from t", "2");
}

static void constraint_at_commit_refuses(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    fixture_run(driver->fixture->db,
                "create table p (a int primary key);"
                "create table c (a int references p deferrable initially deferred)");
    driver_start(driver);
    driver_value(driver, POOL_WRITE, "select 1");
    Ask *bad = driver_submit(driver, POOL_WRITE, "insert into c values (5)");
    Ask *next = driver_submit(driver, POOL_WRITE, "insert into p values (6)");
    driver_run(driver);
    g_assert_cmpint(bad->outcome, ==, POOL_REFUSED);
    g_assert_cmpstr(bad->sqlstate, ==, "23503");
    g_assert_cmpint(bad->failed, ==, 1);
    g_assert_cmpint(bad->result_count, ==, 1);
    g_assert_cmpint(next->outcome, ==, POOL_DONE);
    assert_value(driver, "select count(*) from c", "0");
}

static const PoolSetting alice[] = {{"request.jwt.claims", "{\"sub\":\"alice\"}"},
                                    {"role", "pool_alice"}};
static const char whoami[] =
    "select current_user || ' ' || coalesce(current_setting('request.jwt.claims', true), '')";

static void make_alice(Driver *driver)
{
    fixture_run(driver->fixture->db, "do $$ begin create role pool_alice; exception when"
                                     " duplicate_object or unique_violation then null; end $$");
}

/* Same connection, before and after, in the same batch and in the next. */
static void identity_ends_with_its_request(gconstpointer data)
{
    const PoolLane lane = GPOINTER_TO_UINT(data);
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[lane] = 1;
    make_alice(driver);
    driver_start(driver);
    g_autofree char *me = g_strdup(driver_value(driver, lane, "select current_user || ' '"));
    Ask *before = driver_submit(driver, lane, whoami);
    Ask *as_alice = driver_ask(driver, lane, whoami, NULL);
    as_alice->request.settings = alice;
    as_alice->request.setting_count = G_N_ELEMENTS(alice);
    driver_submit_ask(as_alice);
    Ask *alone = driver_ask(driver, lane, whoami, NULL);
    alone->request.alone = true;
    driver_submit_ask(alone);
    Ask *after = driver_submit(driver, lane, whoami);
    driver_run(driver);
    g_assert_cmpstr(as_alice->text, ==, "pool_alice {\"sub\":\"alice\"}");
    g_assert_cmpstr(before->text, ==, me);
    g_assert_cmpstr(alone->text, ==, me);
    g_assert_cmpstr(after->text, ==, me);
    g_assert_cmpstr(driver_value(driver, lane, whoami), ==, me);
}

/* Nor does it stay when the request fails. */
static void identity_ends_with_an_error(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    make_alice(driver);
    driver_start(driver);
    g_autofree char *me = g_strdup(driver_value(driver, POOL_WRITE, "select current_user || ' '"));
    Ask *bad = driver_ask(driver, POOL_WRITE, "select 1/0", NULL);
    bad->request.settings = alice;
    bad->request.setting_count = G_N_ELEMENTS(alice);
    driver_submit_ask(bad);
    Ask *after = driver_submit(driver, POOL_WRITE, whoami);
    driver_run(driver);
    g_assert_cmpstr(bad->sqlstate, ==, "22012");
    g_assert_cmpstr(after->text, ==, me);
}

static void unknown_role_is_refused(void)
{
    static const PoolSetting nobody[] = {{"role", "no such role"}};
    g_autoptr(Driver) driver = driver_new();
    Ask *ask = driver_ask(driver, POOL_FAST, "select 1", NULL);
    ask->request.settings = nobody;
    ask->request.setting_count = 1;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_REFUSED);
    g_assert_true(ask->in_settings);
}

static bool say_no(PoolRequest *request, PGresult *const *results, void *data)
{
    (void)request;
    (void)data;
    g_assert_cmpstr(PQcmdTuples(results[0]), ==, "1");
    return false;
}

static bool say_yes(PoolRequest *request, PGresult *const *results, void *data)
{
    return !say_no(request, results, data);
}

static void decides_about_the_commit(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    fixture_run(driver->fixture->db, "create table t (a int primary key)");
    driver_start(driver);
    Ask *no = driver_ask(driver, POOL_WRITE, "insert into t values (1)", "select 4", NULL);
    no->request.decide = say_no;
    driver_submit_ask(no);
    Ask *yes = driver_ask(driver, POOL_WRITE, "insert into t values (2)", "select 5", NULL);
    yes->request.decide = say_yes;
    driver_submit_ask(yes);
    Ask *bad = driver_ask(driver, POOL_WRITE, "insert into t values (3)", "select 1/0", NULL);
    bad->request.decide = say_yes;
    driver_submit_ask(bad);
    Ask *after = driver_submit(driver, POOL_WRITE, "select string_agg(a::text, ',') from t");
    driver_run(driver);
    g_assert_cmpint(no->outcome, ==, POOL_DECLINED);
    g_assert_cmpint(yes->outcome, ==, POOL_DONE);
    g_assert_cmpstr(yes->text, ==, "5");
    g_assert_cmpstr(bad->sqlstate, ==, "22012");
    g_assert_cmpint(bad->failed, ==, 1);
    g_assert_cmpstr(after->text, ==, "2");
    assert_value(driver, "select string_agg(a::text, ',') from t", "2");
}

static void decided_request_keeps_no_identity(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    make_alice(driver);
    fixture_run(driver->fixture->db, "create table t (a int); grant insert on t to pool_alice");
    driver_start(driver);
    Ask *no = driver_ask(driver, POOL_WRITE, "insert into t values (1)", NULL);
    no->request.decide = say_no;
    no->request.settings = alice;
    no->request.setting_count = G_N_ELEMENTS(alice);
    driver_submit_ask(no);
    driver_run(driver);
    g_assert_cmpint(no->outcome, ==, POOL_DECLINED);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select current_user = session_user"), ==,
                    "t");
}

static void statements_survive_another_shape(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_FAST] = 1;
    driver->settings.connections[POOL_WRITE] = 1;
    fixture_run(driver->fixture->db, "create table t (a int); insert into t values (1)");
    driver_start(driver);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpstr(driver_value(driver, POOL_FAST, "select * from t"), ==, "1");
        g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select * from t"), ==, "1");
        g_autofree char *alter = g_strdup_printf("alter table t add column b%u int", i);
        fixture_run(driver->fixture->db, alter);
    }
    Ask *first = driver_submit(driver, POOL_FAST, "select * from t");
    Ask *second = driver_submit(driver, POOL_FAST, "select * from t");
    driver_run(driver);
    g_assert_cmpstr(first->text, ==, "1");
    g_assert_cmpstr(second->text, ==, "1");
}

static bool has_one_statement(Driver *driver)
{
    Ask *ask = driver_submit(driver, POOL_FAST, "select count(*) from pg_prepared_statements");
    (void)ask;
    const Ask *last = driver->asks->len > 1 ? driver->asks->pdata[driver->asks->len - 2] : NULL;
    return g_strcmp0(last->text, "1") == 0;
}

static void statements_are_forgotten(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_FAST] = 1;
    driver_start(driver);
    driver_value(driver, POOL_FAST, "select 1");
    driver_value(driver, POOL_FAST, "select 2");
    g_assert_cmpstr(driver_value(driver, POOL_FAST, "select count(*) from pg_prepared_statements"),
                    ==, "3");
    const Ask *last = driver->asks->pdata[driver->asks->len - 1];
    const PoolStatement *keep[] = {last->calls[0].statement};
    pool_forget_statements(driver->pool, keep, 1);
    driver_run_until(driver, has_one_statement, NULL);
    driver_run(driver);
    g_assert_cmpstr(driver_value(driver, POOL_FAST, "select 2"), ==, "2");
}

/* As after DISCARD ALL by somebody, or another server behind a pooler. */
static void statements_that_are_gone_are_prepared_again(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    driver_start(driver);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select 5"), ==, "5");
    driver_value(driver, POOL_WRITE, "deallocate all");
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select 5"), ==, "5");
}

/* Counts the updates that are done, of four at once; each reads first and then waits. */
static unsigned update_at_once(Driver *driver, bool repeatable)
{
    Ask *asks[4];
    unsigned done = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
        asks[i] = driver_ask(driver, POOL_WRITE, "select pg_sleep(0.02), n from t",
                             "update t set n = n + 1", NULL);
        asks[i]->request.repeatable = repeatable;
        driver_submit_ask(asks[i]);
    }
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
        done += asks[i]->outcome == POOL_DONE;
        if (asks[i]->outcome != POOL_DONE)
            g_assert_cmpstr(asks[i]->sqlstate, ==, "40001");
    }
    return done;
}

static bool both_are_ready(Driver *driver)
{
    PoolLaneState state;
    pool_lane_state(driver->pool, POOL_WRITE, &state);
    return state.ready == 2;
}

/* One loses at most against each of the three others, so three more tries are enough. */
static void conflicts_are_tried_again(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    fixture_run(driver->fixture->db, "create table t (a int, n int); insert into t values (1, 0)");
    driver_set_in_database(driver, "default_transaction_isolation to serializable");
    driver_start(driver);
    driver_run_until(driver, both_are_ready, NULL);
    g_assert_cmpint(update_at_once(driver, false), <, 4);
    fixture_run(driver->fixture->db, "update t set n = 0");
    g_assert_cmpint(update_at_once(driver, true), ==, 4);
    assert_value(driver, "select n from t", "4");
}

static void transaction_that_is_begun_costs_the_connection(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_WRITE] = 1;
    fixture_run(driver->fixture->db, "create table t (a int)");
    driver_start(driver);
    driver_value(driver, POOL_WRITE, "select 1");
    Ask *begin = driver_submit(driver, POOL_WRITE, "begin");
    Ask *insert = driver_submit(driver, POOL_WRITE, "insert into t values (1)");
    driver_run(driver);
    g_assert_cmpint(begin->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpint(insert->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select count(*) from t"), ==, "0");
}

static bool leave_undecided(PoolRequest *request, PGresult *const *results, void *data)
{
    (void)results;
    Driver *driver = ((Ask *)data)->driver;
    pool_abandon(driver->pool, request);
    driver->open--;
    loop_stop(driver->loop);
    return true;
}

static void abandoned_before_the_decision_is_rolled_back(void)
{
    g_autoptr(Driver) driver = driver_new();
    fixture_run(driver->fixture->db, "create table t (a int)");
    Ask *ask = driver_ask(driver, POOL_WRITE, "insert into t values (1)", NULL);
    ask->request.decide = leave_undecided;
    driver_submit_ask(ask);
    driver_run(driver);
    g_assert_cmpstr(driver_value(driver, POOL_WRITE, "select count(*) from t"), ==, "0");
    g_assert_cmpint(ask->ends, ==, 0);
}

static void queue_has_a_limit(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.queue = 5;
    driver_start(driver);
    Ask *asks[8];
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
        asks[i] = driver_submit(driver, POOL_FAST, "select 1");
        g_assert_cmpint(asks[i]->ends, ==, 0); /* never from inside pool_submit() */
    }
    driver_run(driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++)
        g_assert_cmpint(asks[i]->outcome, ==, i < 5 ? POOL_DONE : POOL_UNAVAILABLE);
    g_assert_cmpstr(asks[7]->reason, ==, "queue full");
}

static void lane_without_connections_is_unavailable(void)
{
    g_autoptr(Driver) driver = driver_prepare();
    driver->settings.connections[POOL_SLOW] = 0;
    driver_start(driver);
    Ask *ask = driver_submit(driver, POOL_SLOW, "select 1");
    driver_run(driver);
    g_assert_cmpint(ask->outcome, ==, POOL_UNAVAILABLE);
    g_assert_cmpstr(ask->reason, ==, "no connections");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/pool/reads_of_a_turn_share_a_sync", reads_of_a_turn_share_a_sync);
    g_test_add_func("/pool/late_batch_holds_nobody_up", late_batch_holds_nobody_up);
    g_test_add_func("/pool/batches_are_capped", batches_are_capped);
    g_test_add_func("/pool/failing_read_loses_no_neighbour", failing_read_loses_no_neighbour);
    g_test_add_func("/pool/failing_statement_is_kept_apart", failing_statement_is_kept_apart);
    g_test_add_func("/pool/statement_that_cannot_be_prepared_fails_alone",
                    statement_that_cannot_be_prepared_fails_alone);
    g_test_add_func("/pool/fast_lane_cannot_write", fast_lane_cannot_write);
    g_test_add_func("/pool/writes_are_independent", writes_are_independent);
    g_test_add_func("/pool/several_calls_are_one_transaction", several_calls_are_one_transaction);
    g_test_add_func("/pool/constraint_at_commit_refuses", constraint_at_commit_refuses);
    g_test_add_data_func("/pool/identity_ends_with_its_request/fast", GUINT_TO_POINTER(POOL_FAST),
                         identity_ends_with_its_request);
    g_test_add_data_func("/pool/identity_ends_with_its_request/write", GUINT_TO_POINTER(POOL_WRITE),
                         identity_ends_with_its_request);
    g_test_add_data_func("/pool/identity_ends_with_its_request/slow", GUINT_TO_POINTER(POOL_SLOW),
                         identity_ends_with_its_request);
    g_test_add_func("/pool/identity_ends_with_an_error", identity_ends_with_an_error);
    g_test_add_func("/pool/unknown_role_is_refused", unknown_role_is_refused);
    g_test_add_func("/pool/decides_about_the_commit", decides_about_the_commit);
    g_test_add_func("/pool/decided_request_keeps_no_identity", decided_request_keeps_no_identity);
    g_test_add_func("/pool/statements_survive_another_shape", statements_survive_another_shape);
    g_test_add_func("/pool/statements_are_forgotten", statements_are_forgotten);
    g_test_add_func("/pool/statements_that_are_gone_are_prepared_again",
                    statements_that_are_gone_are_prepared_again);
    g_test_add_func("/pool/conflicts_are_tried_again", conflicts_are_tried_again);
    g_test_add_func("/pool/transaction_that_is_begun_costs_the_connection",
                    transaction_that_is_begun_costs_the_connection);
    g_test_add_func("/pool/abandoned_before_the_decision_is_rolled_back",
                    abandoned_before_the_decision_is_rolled_back);
    g_test_add_func("/pool/queue_has_a_limit", queue_has_a_limit);
    g_test_add_func("/pool/lane_without_connections_is_unavailable",
                    lane_without_connections_is_unavailable);
    return g_test_run();
}
