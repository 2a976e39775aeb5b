#include "backup/schedule.h"

#include <glib.h>

enum { SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR };

/* 2026-11-23T12:00:00Z */
static const int64_t noon = G_GINT64_CONSTANT(1795435200000);

static void is_due_when_the_last_one_is_old(void)
{
    const Schedule daily = {.interval = DAY};
    g_assert_cmpint(schedule_wait(&daily, noon, noon, 0), ==, DAY);
    g_assert_cmpint(schedule_wait(&daily, noon, noon + DAY - 1, 0), ==, 1);
    g_assert_cmpint(schedule_wait(&daily, noon, noon + DAY, 0), <=, 0);
    g_assert_cmpint(schedule_wait(&daily, noon, noon + 9 * DAY, 0), <=, 0);
    g_assert_cmpint(schedule_wait(&daily, 0, noon, 0), <=, 0);
}

/* The clock on the wall is set to an hour later, and back by two. */
static void believes_a_clock_that_was_set(void)
{
    const Schedule daily = {.interval = DAY};
    g_assert_cmpint(schedule_wait(&daily, noon, noon + 2 * HOUR, HOUR), ==, 22 * HOUR);
    g_assert_cmpint(schedule_wait(&daily, noon, noon, 2 * HOUR), ==, DAY);
}

static void tries_again_later_and_later(void)
{
    Schedule daily = {.interval = DAY};
    int64_t now = 5 * HOUR, sum = 0;
    g_assert_cmpint(schedule_fail(&daily, 10, now), ==, SECOND);
    g_assert_cmpint(schedule_wait(&daily, 0, noon, now), ==, SECOND);
    g_assert_cmpint(schedule_wait(&daily, 0, noon, now + SECOND), ==, 0);
    g_assert_cmpint(schedule_fail(&daily, 10, now), ==, 2 * SECOND);
    g_assert_cmpint(schedule_fail(&daily, 10, now), ==, 4 * SECOND);
    for (unsigned i = 0; i < 100; i++)
        sum += schedule_fail(&daily, 10, now);
    g_assert_cmpint(schedule_fail(&daily, 10, now), ==, SCHEDULE_LONGEST);
    g_assert_cmpint(sum, <, 100 * (int64_t)SCHEDULE_LONGEST);
    schedule_succeed(&daily);
    g_assert_cmpint(schedule_wait(&daily, 0, noon, now), <=, 0);
    g_assert_cmpint(schedule_fail(&daily, 10, now), ==, SECOND);
}

static void rests_as_long_as_the_failure_took(void)
{
    Schedule daily = {.interval = DAY};
    g_assert_cmpint(schedule_fail(&daily, 2 * HOUR, 7), ==, 2 * HOUR);
    Schedule hourly = {.interval = HOUR};
    g_assert_cmpint(schedule_fail(&hourly, 2 * HOUR, 7), ==, HOUR);
}

static void one_that_does_not_count_is_not_made_up_for(void)
{
    Schedule daily = {.interval = DAY};
    schedule_skip(&daily, HOUR);
    g_assert_cmpint(schedule_wait(&daily, noon - 2 * (int64_t)DAY, noon, HOUR), ==, DAY);
    schedule_succeed(&daily);
    g_assert_cmpint(schedule_wait(&daily, noon - 2 * (int64_t)DAY, noon, HOUR), <=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/is_due_when_the_last_one_is_old", is_due_when_the_last_one_is_old);
    g_test_add_func("/schedule/believes_a_clock_that_was_set", believes_a_clock_that_was_set);
    g_test_add_func("/schedule/tries_again_later_and_later", tries_again_later_and_later);
    g_test_add_func("/schedule/rests_as_long", rests_as_long_as_the_failure_took);
    g_test_add_func("/schedule/one_that_does_not_count",
                    one_that_does_not_count_is_not_made_up_for);
    return g_test_run();
}
