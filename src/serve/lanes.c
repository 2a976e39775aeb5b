#include "serve/lanes.h"

#include <stdatomic.h>
#include <string.h>

enum { LANE_COUNTS = sizeof(PoolCounts) / sizeof(uint64_t) };

typedef struct Lane {
    atomic_uint connections, ready, busy, waiting;
    atomic_bool read_only;
    _Atomic int64_t down_since; /* 0: not down */
    const char *_Atomic reason;
    _Atomic uint64_t sqlstate; /* its five bytes */
} Lane;

/* One loop's: apart from each other, so that two processors do not write one cache line. */
typedef struct __attribute__((aligned(64))) LoopLanes {
    Lane lanes[POOL_LANES];
    _Atomic uint64_t counts[LANE_COUNTS];
    atomic_bool known;
} LoopLanes;

struct Lanes {
    unsigned loops;
    LoopLanes *of;
};

#define STORE(place, value) atomic_store_explicit(&(place), value, memory_order_relaxed)
#define LOAD(place) atomic_load_explicit(&(place), memory_order_relaxed)

Lanes *lanes_new(unsigned loops)
{
    Lanes *lanes = g_new0(Lanes, 1);
    lanes->loops = loops;
    lanes->of = g_aligned_alloc0(MAX(loops, 1), sizeof(LoopLanes), 64);
    return lanes;
}

void lanes_free(Lanes *lanes)
{
    if (lanes == NULL)
        return;
    g_aligned_free(lanes->of);
    g_free(lanes);
}

static void publish_lane(Lane *lane, const PoolLaneState *state, int64_t now)
{
    STORE(lane->connections, state->connections);
    STORE(lane->ready, state->ready);
    STORE(lane->busy, state->busy);
    STORE(lane->waiting, state->waiting);
    STORE(lane->read_only, state->read_only);
    bool down = state->connections > 0 && state->ready == 0;
    if (!down)
        STORE(lane->down_since, 0);
    else if (LOAD(lane->down_since) == 0)
        STORE(lane->down_since, MAX(now, 1));
    STORE(lane->reason, state->reason);
    uint64_t sqlstate = 0;
    memcpy(&sqlstate, state->sqlstate, strnlen(state->sqlstate, 5));
    STORE(lane->sqlstate, sqlstate);
}

void lanes_publish(Lanes *lanes, unsigned loop, const PoolLaneState *states,
                   const PoolCounts *counts, int64_t now)
{
    g_assert(loop < lanes->loops);
    LoopLanes *mine = &lanes->of[loop];
    for (unsigned i = 0; i < POOL_LANES; i++)
        publish_lane(&mine->lanes[i], &states[i], now);
    uint64_t sums[LANE_COUNTS];
    memcpy(sums, counts, sizeof sums);
    for (unsigned i = 0; i < LANE_COUNTS; i++)
        STORE(mine->counts[i], sums[i]);
    STORE(mine->known, true);
}

static void add_down(LaneSummary *sum, const Lane *lane, int64_t since, int64_t now)
{
    sum->down++;
    int64_t down_for = MAX(now - since, 0);
    if (sum->down > 1 && down_for <= sum->down_for)
        return;
    sum->down_for = down_for;
    sum->reason = LOAD(lane->reason);
    uint64_t sqlstate = LOAD(lane->sqlstate);
    memcpy(sum->sqlstate, &sqlstate, 5);
}

void lanes_sum(const Lanes *lanes, PoolLane lane, int64_t now, LaneSummary *out_summary)
{
    *out_summary = (LaneSummary){0};
    for (unsigned i = 0; i < lanes->loops; i++) {
        const Lane *one = &lanes->of[i].lanes[lane];
        unsigned connections = LOAD(one->connections);
        if (connections == 0 || !LOAD(lanes->of[i].known))
            continue;
        out_summary->loops++;
        out_summary->connections += connections;
        out_summary->ready += LOAD(one->ready);
        out_summary->busy += LOAD(one->busy);
        out_summary->waiting += LOAD(one->waiting);
        out_summary->read_only = out_summary->read_only || LOAD(one->read_only);
        int64_t since = LOAD(one->down_since);
        if (since != 0)
            add_down(out_summary, one, since, now);
    }
}

void lanes_counts(const Lanes *lanes, PoolCounts *out_counts)
{
    uint64_t sums[LANE_COUNTS] = {0};
    for (unsigned i = 0; i < lanes->loops; i++) {
        for (unsigned j = 0; j < LANE_COUNTS; j++)
            sums[j] += LOAD(lanes->of[i].counts[j]);
    }
    memcpy(out_counts, sums, sizeof sums);
}

const char *lane_name(PoolLane lane)
{
    static const char *const names[POOL_LANES] = {"fast", "write", "slow"};
    return names[lane];
}
