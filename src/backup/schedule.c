#include "backup/schedule.h"

#include <glib.h>

enum { FIRST_PAUSE = 1000, MOST_DOUBLINGS = 20 };

int64_t schedule_wait(const Schedule *schedule, int64_t last, int64_t wall, int64_t monotonic)
{
    const int64_t due = last == 0 ? 0 : last + schedule->interval - wall;
    const int64_t pause = schedule->resume - monotonic;
    return MAX(due, pause);
}

void schedule_succeed(Schedule *schedule)
{
    schedule->failures = 0;
    schedule->resume = 0;
}

int64_t schedule_fail(Schedule *schedule, int64_t took, int64_t monotonic)
{
    const int64_t doubled = (int64_t)FIRST_PAUSE << MIN(schedule->failures, MOST_DOUBLINGS);
    const int64_t pause = MAX(MIN(doubled, SCHEDULE_LONGEST), took);
    schedule->failures++;
    schedule->resume = monotonic + MIN(pause, schedule->interval);
    return schedule->resume - monotonic;
}

void schedule_skip(Schedule *schedule, int64_t monotonic)
{
    schedule->failures = 0;
    schedule->resume = monotonic + schedule->interval;
}
