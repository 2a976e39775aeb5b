#include "loop/wheel.h"

enum { MANY = 2000 };

typedef struct Deadline {
    LoopTimer timer;
    int64_t fired; /* 0: not yet */
} Deadline;

typedef struct Case {
    Wheel wheel;
    int64_t now;
    int64_t last; /* due time of the last one fired, in ticks */
    Deadline deadlines[MANY];
} Case;

static void on_expired(LoopTimer *timer, void *data)
{
    Case *test = data;
    Deadline *deadline = (Deadline *)timer;
    g_assert_cmpint(deadline->fired, ==, 0);
    deadline->fired = test->now;
}

static Case *new_case(int64_t now)
{
    Case *test = g_new0(Case, 1);
    test->now = now;
    wheel_start(&test->wheel, now);
    return test;
}

static void add(Case *test, unsigned i, int64_t due)
{
    LoopTimer *timer = &test->deadlines[i].timer;
    timer->due = due;
    timer->expired = on_expired;
    timer->data = test;
    wheel_add(&test->wheel, timer);
}

static int64_t random_delay(GRand *random)
{
    const int64_t limit = (int64_t)1 << g_rand_int_range(random, 1, 42);
    return (int64_t)(g_rand_double(random) * (double)limit);
}

/* Goes from one wheel_next() to the next; no step is needless by more than the moves inwards. */
static unsigned run_dry(Case *test)
{
    unsigned steps = 0;
    for (int64_t next = wheel_next(&test->wheel); next != G_MAXINT64;
         next = wheel_next(&test->wheel)) {
        g_assert_cmpint(next, >, test->now);
        test->now = next;
        wheel_advance(&test->wheel, next);
        steps++;
    }
    return steps;
}

static void fires_each_once_and_in_its_tick(void)
{
    GRand *random = g_rand_new_with_seed(1);
    const int64_t begin = (int64_t)g_rand_int(random) * 1000;
    g_autofree Case *test = new_case(begin);
    for (unsigned i = 0; i < MANY; i++)
        add(test, i, begin + random_delay(random));
    run_dry(test);
    for (unsigned i = 0; i < MANY; i++) {
        const Deadline *deadline = &test->deadlines[i];
        g_assert_cmpint(deadline->fired, >=, deadline->timer.due);
        g_assert_cmpint(deadline->fired - deadline->timer.due, <=, 2 * WHEEL_TICK);
        g_assert_null(deadline->timer.link);
    }
    g_rand_free(random);
}

static void goes_on_after_a_long_sleep(void)
{
    g_autofree Case *test = new_case(12345);
    GRand *random = g_rand_new_with_seed(2);
    for (unsigned i = 0; i < MANY; i++)
        add(test, i, test->now + random_delay(random));
    test->now += (int64_t)1 << 40;
    wheel_advance(&test->wheel, test->now);
    for (unsigned i = 0; i < MANY; i++)
        g_assert_true((test->deadlines[i].timer.due <= test->now - WHEEL_TICK) <=
                      (test->deadlines[i].fired != 0));
    g_rand_free(random);
}

static void stopped_ones_never_fire(void)
{
    g_autofree Case *test = new_case(0);
    GRand *random = g_rand_new_with_seed(3);
    for (unsigned i = 0; i < MANY; i++)
        add(test, i, random_delay(random));
    for (unsigned i = 0; i < MANY; i += 2)
        wheel_remove(&test->deadlines[i].timer);
    run_dry(test);
    for (unsigned i = 0; i < MANY; i++)
        g_assert_true((test->deadlines[i].fired != 0) == (i % 2 == 1));
    g_rand_free(random);
}

static void wakes_a_few_times_for_one_far_deadline(void)
{
    g_autofree Case *test = new_case(777777);
    add(test, 0, test->now + (int64_t)3600 * G_USEC_PER_SEC);
    g_assert_cmpuint(run_dry(test), <=, WHEEL_RINGS);
    g_assert_cmpint(test->deadlines[0].fired, >, 0);
}

static void a_time_that_has_passed_is_due_next(void)
{
    g_autofree Case *test = new_case(1000000);
    add(test, 0, 5);
    g_assert_cmpint(wheel_next(&test->wheel), ==, 1000000 + WHEEL_TICK);
    run_dry(test);
    g_assert_cmpint(test->deadlines[0].fired, ==, 1000000 + WHEEL_TICK);
}

static void stop_others(LoopTimer *timer, void *data)
{
    Case *test = data;
    for (unsigned i = 0; i < 10; i++)
        if (&test->deadlines[i].timer != timer && test->deadlines[i].timer.link != NULL)
            wheel_remove(&test->deadlines[i].timer);
    test->last++;
}

static void one_may_stop_others_of_its_tick(void)
{
    g_autofree Case *test = new_case(0);
    for (unsigned i = 0; i < 10; i++) {
        add(test, i, 50 * WHEEL_TICK);
        test->deadlines[i].timer.expired = stop_others;
    }
    run_dry(test);
    g_assert_cmpint(test->last, ==, 1);
}

static void start_again(LoopTimer *timer, void *data)
{
    Case *test = data;
    if (++test->last < 5) {
        timer->due = test->now;
        wheel_add(&test->wheel, timer);
    }
}

static void one_that_starts_itself_waits_for_the_next_tick(void)
{
    g_autofree Case *test = new_case(0);
    add(test, 0, WHEEL_TICK);
    test->deadlines[0].timer.expired = start_again;
    g_assert_cmpuint(run_dry(test), ==, 5);
    g_assert_cmpint(test->now, ==, 5 * WHEEL_TICK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wheel/fires_each_once_and_in_its_tick", fires_each_once_and_in_its_tick);
    g_test_add_func("/wheel/goes_on_after_a_long_sleep", goes_on_after_a_long_sleep);
    g_test_add_func("/wheel/stopped_ones_never_fire", stopped_ones_never_fire);
    g_test_add_func("/wheel/wakes_a_few_times", wakes_a_few_times_for_one_far_deadline);
    g_test_add_func("/wheel/passed_is_due_next", a_time_that_has_passed_is_due_next);
    g_test_add_func("/wheel/one_may_stop_others", one_may_stop_others_of_its_tick);
    g_test_add_func("/wheel/starts_itself", one_that_starts_itself_waits_for_the_next_tick);
    return g_test_run();
}
