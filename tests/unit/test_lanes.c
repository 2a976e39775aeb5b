#include "serve/lanes.h"

#include <string.h>

static const PoolLaneState ready = {.connections = 2, .ready = 2, .busy = 1, .waiting = 3};
static const PoolLaneState down = {
    .connections = 2, .waiting = 1, .reason = "starting", .sqlstate = "57P03"};

static void publish(Lanes *lanes, unsigned loop, PoolLaneState fast, int64_t now)
{
    PoolLaneState states[POOL_LANES] = {[POOL_FAST] = fast, [POOL_WRITE] = ready};
    PoolCounts counts = {.requests = 10, .batches = 4, .refused = 1};
    lanes_publish(lanes, loop, states, &counts, now);
}

static void sums_all_loops(void)
{
    g_autoptr(Lanes) lanes = lanes_new(3);
    publish(lanes, 0, ready, 100);
    publish(lanes, 1, ready, 100);
    LaneSummary sum;
    lanes_sum(lanes, POOL_FAST, 200, &sum);
    g_assert_cmpuint(sum.loops, ==, 2);
    g_assert_cmpuint(sum.connections, ==, 4);
    g_assert_cmpuint(sum.ready, ==, 4);
    g_assert_cmpuint(sum.busy, ==, 2);
    g_assert_cmpuint(sum.waiting, ==, 6);
    g_assert_cmpuint(sum.down, ==, 0);
    PoolCounts counts;
    lanes_counts(lanes, &counts);
    g_assert_cmpuint(counts.requests, ==, 20);
    g_assert_cmpuint(counts.batches, ==, 8);
    g_assert_cmpuint(counts.refused, ==, 2);
}

static void knows_since_when_a_loop_is_down(void)
{
    g_autoptr(Lanes) lanes = lanes_new(2);
    publish(lanes, 0, ready, 100);
    publish(lanes, 1, down, 1000);
    publish(lanes, 1, down, 4000);
    LaneSummary sum;
    lanes_sum(lanes, POOL_FAST, 5000, &sum);
    g_assert_cmpuint(sum.down, ==, 1);
    g_assert_cmpint(sum.down_for, ==, 4000);
    g_assert_cmpstr(sum.reason, ==, "starting");
    g_assert_cmpstr(sum.sqlstate, ==, "57P03");
    publish(lanes, 1, ready, 6000);
    lanes_sum(lanes, POOL_FAST, 7000, &sum);
    g_assert_cmpuint(sum.down, ==, 0);
    g_assert_cmpint(sum.down_for, ==, 0);
    g_assert_null(sum.reason);
    publish(lanes, 1, down, 8000);
    lanes_sum(lanes, POOL_FAST, 8500, &sum);
    g_assert_cmpint(sum.down_for, ==, 500);
}

static void leaves_out_what_is_off(void)
{
    g_autoptr(Lanes) lanes = lanes_new(1);
    LaneSummary sum;
    lanes_sum(lanes, POOL_FAST, 1, &sum);
    g_assert_cmpuint(sum.loops, ==, 0);
    publish(lanes, 0, ready, 1);
    lanes_sum(lanes, POOL_SLOW, 1, &sum);
    g_assert_cmpuint(sum.loops, ==, 0);
    g_assert_cmpuint(sum.down, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lanes/sums_all_loops", sums_all_loops);
    g_test_add_func("/lanes/knows_since_when_a_loop_is_down", knows_since_when_a_loop_is_down);
    g_test_add_func("/lanes/leaves_out_what_is_off", leaves_out_what_is_off);
    return g_test_run();
}
