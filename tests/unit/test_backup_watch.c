#include "serve/backup_watch.h"

#include "no_threads.h"

/* A look that lasts until it is let go, and finds what it is told to. */
typedef struct Case {
    Loop *loop;
    BackupWatch *watch;
    LoopTimer timer;
    GMutex lock;
    GCond changed;
    bool may_end, looking;
    BackupTimes times;
    const char *fault; /* (nullable) */
} Case;

static bool find(BackupTimes *out_times, void *data, GError **error)
{
    Case *test = data;
    g_mutex_lock(&test->lock);
    test->looking = true;
    while (!test->may_end)
        g_cond_wait(&test->changed, &test->lock);
    *out_times = test->times;
    if (test->fault != NULL)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT, test->fault);
    const bool found = test->fault == NULL;
    test->looking = false;
    g_mutex_unlock(&test->lock);
    return found;
}

static void let_end(Case *test)
{
    g_mutex_lock(&test->lock);
    test->may_end = true;
    g_cond_signal(&test->changed);
    g_mutex_unlock(&test->lock);
}

static bool is_looking(Case *test)
{
    g_mutex_lock(&test->lock);
    const bool looking = test->looking;
    g_mutex_unlock(&test->lock);
    return looking;
}

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    test->loop = loop_new(NULL);
    const BackupSource source = {.look = find, .data = test};
    test->watch = backup_watch_new(test->loop, &source);
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    backup_watch_free(test->watch);
    g_assert_false(test->looking);
    loop_timer_stop(&test->timer);
    loop_free(test->loop);
}

static void poll_known(LoopTimer *timer, void *data)
{
    Case *test = data;
    if (backup_watch_standing(test->watch).known)
        loop_stop(test->loop);
    else
        loop_timer_start(test->loop, timer, loop_now(test->loop), poll_known, test);
}

static BackupStanding wait_known(Case *test)
{
    poll_known(&test->timer, test);
    loop_run(test->loop);
    return backup_watch_standing(test->watch);
}

static void tells_what_was_found(Case *test, const void *unused)
{
    (void)unused;
    test->times = (BackupTimes){1000, 10};
    let_end(test);
    const BackupStanding standing = wait_known(test);
    g_assert_cmpstr(standing.fault, ==, NULL);
    g_assert_cmpint(standing.times.good, ==, 1000);
    g_assert_cmpint(standing.times.proven, ==, 10);
}

static void tells_why_nothing_was_found(Case *test, const void *unused)
{
    (void)unused;
    test->fault = "no right";
    let_end(test);
    g_assert_cmpstr(wait_known(test).fault, ==, "no right");
}

static void without_a_thread_it_says_so(Case *test, const void *unused)
{
    (void)unused;
    if (!g_test_subprocess()) {
        let_end(test); /* this one has its thread */
        wait_known(test);
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        return;
    }
    struct rlimit before;
    no_threads_begin(&before);
    g_assert_nonnull(strstr(wait_known(test).fault, "gives no thread"));
    no_threads_end(&before);
}

static void turn_ends(LoopTimer *timer, void *data)
{
    (void)timer;
    loop_stop(((Case *)data)->loop);
}

/* The loop goes on meanwhile, and the end waits for the look. */
static void the_loop_does_not_wait(Case *test, const void *unused)
{
    (void)unused;
    while (!is_looking(test)) {
        loop_timer_start(test->loop, &test->timer, loop_now(test->loop), turn_ends, test);
        loop_run(test->loop);
    }
    g_assert_false(backup_watch_standing(test->watch).known);
    backup_watch_stop(test->watch);
    let_end(test);
}

static void without_a_function_nothing_is_known(void)
{
    g_autoptr(Loop) loop = loop_new(NULL);
    const BackupSource source = {0};
    g_autoptr(BackupWatch) watch = backup_watch_new(loop, &source);
    g_assert_false(backup_watch_standing(watch).known);
    g_clear_pointer(&watch, backup_watch_free);
}

static void add_case(const char *path, void (*run)(Case *, const void *))
{
    g_test_add(path, Case, NULL, set_up, run, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_case("/backup_watch/tells_what_was_found", tells_what_was_found);
    add_case("/backup_watch/tells_why_nothing_was_found", tells_why_nothing_was_found);
    add_case("/backup_watch/without_a_thread", without_a_thread_it_says_so);
    add_case("/backup_watch/the_loop_does_not_wait", the_loop_does_not_wait);
    g_test_add_func("/backup_watch/without_a_function", without_a_function_nothing_is_known);
    return g_test_run();
}
