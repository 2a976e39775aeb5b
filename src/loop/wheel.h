/*
 * Deadlines by ticks: start and stop cost the same however many there are.
 *
 * Four rings of 64 slots: a slot of the first is a tick, one of the next 64 ticks, and so on. What
 * is far away lies in an outer ring and moves inwards as its time comes near (Varghese and Lauck,
 * "Hashed and hierarchical timing wheels", 1987). It knows no clock and no event loop.
 */
#pragma once
#include "loop/loop.h"

enum { WHEEL_TICK = 10000, WHEEL_RINGS = 4, WHEEL_SLOTS = 64 };

typedef struct Wheel {
    int64_t tick;               /* the last one that was served, in WHEEL_TICK microseconds */
    uint64_t used[WHEEL_RINGS]; /* a bit a slot: may hold timers */
    LoopTimer *slots[WHEEL_RINGS][WHEEL_SLOTS];
    LoopTimer *due;
} Wheel;

/* @now: microseconds. */
void wheel_start(Wheel *wheel, int64_t now);

/* @timer has its due time and runs in no wheel. */
void wheel_add(Wheel *wheel, LoopTimer *timer);
void wheel_remove(LoopTimer *timer);

/* Calls those that are due at @now; they may start and stop any timer. */
void wheel_advance(Wheel *wheel, int64_t now);

/* When wheel_advance() has something to do again, in microseconds; G_MAXINT64 if never. It may turn
 * out to be no more than a move inwards. */
int64_t wheel_next(const Wheel *wheel);
