/*
 * When the next backup is due. Pure, but for the times given to it.
 *
 * Due is a backup when the last good one is as old as the interval, by the clock on the wall: so a
 * restart changes nothing, what was missed is made up for once, and a clock that is set is believed
 * at the next look. After a failure it is tried again, by the clock that never jumps: after a
 * second first, then twice as long each time; not before as much time has passed as the failure
 * took; at the latest with the interval.
 *
 * All times are in milliseconds.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    SCHEDULE_RECHECK = 60000,     /* how long nobody looks at the clock and the folder, at most */
    SCHEDULE_LONGEST = 10 * 60000 /* pause after a failure that was quick */
};

/* A value: begin with .interval. */
typedef struct Schedule {
    int64_t interval;
    unsigned failures; /* in a row */
    int64_t resume;    /* of the monotonic clock: nothing is tried before */
} Schedule;

/**
 * schedule_wait:
 * @last: when the last good backup began; 0: there is none
 * @wall, @monotonic: what the two clocks say
 *
 * Returns: for how long there is nothing to do; 0: one is due.
 */
int64_t schedule_wait(const Schedule *schedule, int64_t last, int64_t wall, int64_t monotonic);

void schedule_succeed(Schedule *schedule);

/* @took: how long what failed has lasted. Returns: how long nothing is tried. */
int64_t schedule_fail(Schedule *schedule, int64_t took, int64_t monotonic);

/* There is a backup, but it is none that counts: the next one is due after a whole interval. */
void schedule_skip(Schedule *schedule, int64_t monotonic);
