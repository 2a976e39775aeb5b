/*
 * What the pools of all loops look like, for those who are not in their threads.
 *
 * A pool may be asked in its own thread alone. So each loop publishes its lanes now and then, by
 * relaxed atomic stores; health and metrics read the sums whenever they are asked. A sum may mix
 * two moments of one loop.
 */
#pragma once
#include "pool/pool.h"

typedef struct Lanes Lanes;

/* (transfer full): for @loops loops, of which nothing is known yet. */
Lanes *lanes_new(unsigned loops);
void lanes_free(Lanes *lanes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lanes, lanes_free)

/**
 * lanes_publish:
 * @loop: from 0; each has one thread that publishes
 * @states: (array fixed-size=POOL_LANES): as pool_lane_state() tells
 * @now: of loop_now()'s clock, which is the same for all loops
 *
 * Costs some twenty stores: once in 100 ms, and where a lane has lost or got back its last ready
 * connection.
 */
void lanes_publish(Lanes *lanes, unsigned loop, const PoolLaneState *states,
                   const PoolCounts *counts, int64_t now);

/* One lane over all loops. A value. */
typedef struct LaneSummary {
    unsigned connections, ready, busy, waiting; /* sums */
    unsigned loops;                             /* that have this lane and have published */
    unsigned down;      /* of them: without any ready connection: their requests get 503 */
    int64_t down_for;   /* microseconds that the longest of them is down */
    bool read_only;     /* a write lane of a loop whose server is in recovery or read-only */
    const char *reason; /* (nullable): of a loop that is down; valid for ever */
    char sqlstate[6];   /* of the same; "" */
} LaneSummary;

void lanes_sum(const Lanes *lanes, PoolLane lane, int64_t now, LaneSummary *out_summary);

/* The sums of all loops' counts. */
void lanes_counts(const Lanes *lanes, PoolCounts *out_counts);

/* "fast", "write" or "slow". */
const char *lane_name(PoolLane lane);
