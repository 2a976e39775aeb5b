#include "loop/loop.h"

#include <sys/socket.h>

typedef struct Case {
    Loop *loop;
    int here;
    int there;
    GString *seen; /* what happened, in order */
    LoopWatch *watch;
    LoopTimer timer;
    unsigned turns;
    unsigned calls;
} Case;

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    test->loop = loop_new(&error);
    g_assert_no_error(error);
    int pair[2] = {0};
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    test->here = pair[0];
    test->there = pair[1];
    test->seen = g_string_new(NULL);
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    loop_watch_free(test->watch);
    loop_free(test->loop);
    close(test->here);
    if (test->there >= 0)
        close(test->there);
    g_string_free(test->seen, TRUE);
}

static void on_turn(void *data)
{
    Case *test = data;
    g_string_append(test->seen, "turn;");
    loop_stop(test->loop);
}

static void on_read(unsigned events, void *data)
{
    Case *test = data;
    char byte = 0;
    g_assert_true(events & LOOP_READ);
    g_assert_cmpint(read(test->here, &byte, 1), ==, 1);
    g_string_append(test->seen, "read;");
}

static void on_call(void *data)
{
    Case *test = data;
    g_string_append(test->seen, "call;");
}

static void a_turn_has_its_order(Case *test, const void *unused)
{
    (void)unused;
    test->watch = loop_watch_new(test->loop, test->here, LOOP_READ, on_read, test);
    loop_each_turn(test->loop, on_turn, test);
    loop_call(test->loop, on_call, test);
    loop_call(test->loop, on_call, test);
    g_assert_cmpint(write(test->there, "x", 1), ==, 1);
    loop_run(test->loop);
    g_assert_cmpstr(test->seen->str, ==, "read;call;call;turn;");
}

static void a_call_can_be_taken_back(Case *test, const void *unused)
{
    (void)unused;
    loop_each_turn(test->loop, on_turn, test);
    loop_call(test->loop, on_call, test);
    loop_call(test->loop, on_call, test);
    g_assert_true(loop_take_back(test->loop, on_call, test));
    g_assert_false(loop_take_back(test->loop, on_call, test->loop));
    loop_run(test->loop);
    g_assert_cmpstr(test->seen->str, ==, "call;turn;");
    g_assert_false(loop_take_back(test->loop, on_call, test));
}

static void free_watch(unsigned events, void *data)
{
    Case *test = data;
    g_assert_cmpuint(events, !=, 0);
    g_clear_pointer(&test->watch, loop_watch_free);
    g_string_append(test->seen, "freed;");
}

/* Readable and writable in one turn, but freed by the first of the two. */
static void a_watch_may_free_itself(Case *test, const void *unused)
{
    (void)unused;
    test->watch = loop_watch_new(test->loop, test->here, LOOP_READ | LOOP_WRITE, free_watch, test);
    loop_each_turn(test->loop, on_turn, test);
    g_assert_cmpint(write(test->there, "x", 1), ==, 1);
    loop_run(test->loop);
    g_assert_cmpstr(test->seen->str, ==, "freed;turn;");
}

static void on_hangup(unsigned events, void *data)
{
    Case *test = data;
    g_assert_true(events & LOOP_HANGUP);
    loop_stop(test->loop);
}

static void tells_of_a_hangup(Case *test, const void *unused)
{
    (void)unused;
    test->watch = loop_watch_new(test->loop, test->here, LOOP_READ | LOOP_HANGUP, on_hangup, test);
    g_assert_cmpint(shutdown(test->there, SHUT_WR), ==, 0);
    loop_run(test->loop);
}

static void on_write(unsigned events, void *data)
{
    Case *test = data;
    g_assert_cmpuint(events, ==, LOOP_WRITE);
    g_string_append(test->seen, "write;");
    loop_watch_set(test->watch, 0);
}

static void events_are_changed(Case *test, const void *unused)
{
    (void)unused;
    test->watch = loop_watch_new(test->loop, test->here, LOOP_READ, on_write, test);
    loop_watch_set(test->watch, LOOP_WRITE);
    g_assert_cmpint(write(test->there, "x", 1), ==, 1);
    loop_each_turn(test->loop, on_turn, test);
    loop_run(test->loop);
    loop_call(test->loop, on_call, test);
    loop_run(test->loop);
    g_assert_cmpstr(test->seen->str, ==, "write;turn;call;turn;");
}

static void on_timer(LoopTimer *timer, void *data)
{
    Case *test = data;
    g_assert_true(timer == &test->timer);
    g_assert_false(loop_timer_runs(timer));
    loop_stop(test->loop);
}

static void count_turn(void *data)
{
    Case *test = data;
    test->turns++;
}

static void a_deadline_is_kept_without_turning(Case *test, const void *unused)
{
    (void)unused;
    const int64_t due = loop_now(test->loop) + 200000;
    loop_each_turn(test->loop, count_turn, test);
    loop_timer_start(test->loop, &test->timer, due + 999999, on_timer, test);
    loop_timer_start(test->loop, &test->timer, due, on_timer, test);
    g_assert_true(loop_timer_runs(&test->timer));
    loop_run(test->loop);
    g_assert_cmpint(loop_now(test->loop), >=, due);
    g_assert_cmpuint(test->turns, <=, 12); /* of 20 ticks */
}

static void ask_again(void *data)
{
    Case *test = data;
    if (++test->turns == 3)
        loop_stop(test->loop);
    else
        loop_again(test->loop);
}

static void a_turn_function_may_ask_for_another(Case *test, const void *unused)
{
    (void)unused;
    loop_each_turn(test->loop, ask_again, test);
    loop_call(test->loop, on_call, test);
    loop_run(test->loop);
    g_assert_cmpuint(test->turns, ==, 3);
}

static void remove_turn(void *data)
{
    Case *test = data;
    g_string_append(test->seen, "removed;");
    loop_no_turn(test->loop, remove_turn, test);
}

static void a_turn_function_may_remove_itself(Case *test, const void *unused)
{
    (void)unused;
    loop_each_turn(test->loop, remove_turn, test);
    loop_each_turn(test->loop, on_turn, test);
    loop_call(test->loop, on_call, test);
    loop_run(test->loop);
    g_assert_cmpstr(test->seen->str, ==, "call;removed;turn;");
}

enum { CALLERS = 4, CALLS = 20000 };

static void count_call(void *data)
{
    Case *test = data;
    if (++test->calls == CALLERS * CALLS)
        loop_stop(test->loop);
}

static void *call_often(void *data)
{
    Case *test = data;
    for (unsigned i = 0; i < CALLS; i++)
        loop_call(test->loop, count_call, test);
    return NULL;
}

static void no_call_of_another_thread_is_lost(Case *test, const void *unused)
{
    (void)unused;
    GThread *threads[CALLERS] = {NULL};
    for (unsigned i = 0; i < CALLERS; i++)
        threads[i] = g_thread_new("caller", call_often, test);
    loop_run(test->loop);
    for (unsigned i = 0; i < CALLERS; i++)
        g_thread_join(threads[i]);
    g_assert_cmpuint(test->calls, ==, CALLERS * CALLS);
}

static void add_case(const char *name, void (*run)(Case *, const void *))
{
    g_test_add(name, Case, NULL, set_up, run, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_case("/loop/a_turn_has_its_order", a_turn_has_its_order);
    add_case("/loop/a_call_can_be_taken_back", a_call_can_be_taken_back);
    add_case("/loop/a_watch_may_free_itself", a_watch_may_free_itself);
    add_case("/loop/tells_of_a_hangup", tells_of_a_hangup);
    add_case("/loop/events_are_changed", events_are_changed);
    add_case("/loop/a_deadline_is_kept", a_deadline_is_kept_without_turning);
    add_case("/loop/a_turn_may_ask_for_another", a_turn_function_may_ask_for_another);
    add_case("/loop/a_turn_may_remove_itself", a_turn_function_may_remove_itself);
    add_case("/loop/no_call_is_lost", no_call_of_another_thread_is_lost);
    return g_test_run();
}
