/*
 * The event loop of one thread: descriptors, deadlines, and what is done once a turn.
 *
 * Nothing of a loop may be touched by another thread, but for loop_call(). A turn is: wait, serve
 * all descriptors that are ready, run what others called and what is overdue, then the functions
 * of loop_each_turn() in the order in which they were added. What they queue (bytes for a client,
 * statements for the server) therefore goes out once a turn, in one system call each.
 *
 * It is libevent's core (event_base without locks), a wheel of deadlines and an eventfd. A loop
 * that has nothing to do sleeps: it wakes for no tick at which nothing is due.
 */
#pragma once
#include "base/error.h"

#include <stdint.h>

typedef struct Loop Loop;

/* (transfer full): %NULL with APP_ERROR_PROGRAM if the system has no descriptors left. */
Loop *loop_new(GError **error);

/* What hangs on it (watches, timers that run) has ended before. */
void loop_free(Loop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loop, loop_free)

/* Turns until loop_stop(), which the loop's own thread calls. */
void loop_run(Loop *loop);
void loop_stop(Loop *loop);

/* Microseconds of the monotonic clock, read once a turn. */
int64_t loop_now(const Loop *loop);

typedef enum LoopEvents {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    LOOP_HANGUP = 4, /* asked for beside LOOP_READ: the other side has closed its half */
} LoopEvents;

/* A descriptor that is watched until loop_watch_free(); the descriptor stays the caller's. */
typedef struct LoopWatch LoopWatch;
typedef void LoopReady(unsigned events, void *data);

LoopWatch *loop_watch_new(Loop *loop, int descriptor, unsigned events, LoopReady *ready,
                          void *data);

/* Changes which events are waited for (none, too); no system call if they are the same. A broken
 * connection shows as LOOP_READ and LOOP_WRITE, whichever was asked for. */
void loop_watch_set(LoopWatch *watch, unsigned events);

/* May be called in the watch's own LoopReady. */
void loop_watch_free(LoopWatch *watch);

/* A deadline, kept in the struct of what it is for. Begin with {0}. Fires once, up to 10 ms late.
 */
typedef struct LoopTimer LoopTimer;
typedef void LoopExpired(LoopTimer *timer, void *data);
struct LoopTimer {
    LoopTimer *next; /* these five are the loop's */
    LoopTimer **link;
    int64_t due;
    LoopExpired *expired;
    void *data;
};

/* (Re)starts @timer for @due, a time of loop_now()'s clock. Costs no system call. A time that has
 * passed is due in the next tick. */
void loop_timer_start(Loop *loop, LoopTimer *timer, int64_t due, LoopExpired *expired, void *data);

/* No harm if it does not run. */
void loop_timer_stop(LoopTimer *timer);
bool loop_timer_runs(const LoopTimer *timer);

/* Calls @turn at the end of each turn, until loop_no_turn() with the same two. */
typedef void LoopTurn(void *data);
void loop_each_turn(Loop *loop, LoopTurn *turn, void *data);
void loop_no_turn(Loop *loop, LoopTurn *turn, void *data);

/* In a LoopTurn: the next turn does not wait, because something was queued for a LoopTurn that has
 * run already. */
void loop_again(Loop *loop);

/* From any thread: calls @call in the loop's thread, in its next turn; calls keep their order. */
typedef void LoopCall(void *data);
void loop_call(Loop *loop, LoopCall *call, void *data);

/* From any thread: takes back a call that has not begun; whether there was one. A loop that is
 * freed makes no more calls. */
bool loop_take_back(Loop *loop, LoopCall *call, const void *data);
