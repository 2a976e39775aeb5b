#include "base/thread.h"

#include "no_threads.h"

#include <pthread.h>
#include <signal.h>

static void *look_at_signals(void *data)
{
    pthread_sigmask(SIG_SETMASK, NULL, data);
    return data;
}

static void leaves_signals_alone(void)
{
    sigset_t inside, outside;
    g_autoptr(GError) error = NULL;
    GThread *thread = thread_start("looks", look_at_signals, &inside, &error);
    g_assert_no_error(error);
    g_assert_true(g_thread_join(thread) == &inside);
    pthread_sigmask(SIG_SETMASK, NULL, &outside);
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_assert_true(sigismember(&inside, numbers[i]));
        g_assert_false(sigismember(&outside, numbers[i]));
    }
}

static void at_the_limit_there_is_an_error(void)
{
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        return;
    }
    struct rlimit before;
    g_autoptr(GError) error = NULL;
    no_threads_begin(&before);
    g_assert_null(thread_start("none", look_at_signals, NULL, &error));
    no_threads_end(&before);
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "gives no thread (none)"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/thread/leaves_signals_alone", leaves_signals_alone);
    g_test_add_func("/thread/at_the_limit", at_the_limit_there_is_an_error);
    return g_test_run();
}
