#include "pool/suspects.h"
#include "pool/lengths.h"
#include "pool/request.h"

enum {
    RUNS = 32,       /* until it is trusted again */
    LONG = 50000,    /* microseconds */
    LONG_SHARE = 8,  /* of the lane's timeout */
    SLOW_FLAG = 256, /* beside the runs that are left */
};

void suspects_init(Pool *pool)
{
    pool->suspects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void suspects_clear(Pool *pool)
{
    g_hash_table_unref(pool->suspects);
}

static unsigned find(const Pool *pool, const PoolRequest *request)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(pool->suspects, request_judged_by(request)));
}

static void set(Pool *pool, const PoolRequest *request, unsigned value)
{
    g_hash_table_insert(pool->suspects, g_strdup(request_judged_by(request)),
                        GUINT_TO_POINTER(value));
}

Trust suspects_find(const Pool *pool, const PoolRequest *request)
{
    if (g_hash_table_size(pool->suspects) == 0 || request->lane != POOL_FAST)
        return TRUSTED;
    const unsigned value = find(pool, request);
    return value == 0 ? TRUSTED : value & SLOW_FLAG ? SLOW : WATCHED;
}

void suspects_watch(Pool *pool, const PoolRequest *request)
{
    if (request->lane == POOL_FAST)
        set(pool, request, RUNS | (find(pool, request) & SLOW_FLAG));
}

bool suspects_is_long(const Lane *lane, int64_t took)
{
    return took > MAX(LONG, (int64_t)lane->timeout * 1000 / LONG_SHARE);
}

void suspects_runs(Lane *lane, const PoolRequest *request, int64_t took)
{
    lengths_runs(lane->pool, request, took);
    if (lane->kind == POOL_FAST && suspects_is_long(lane, took))
        set(lane->pool, request, RUNS | SLOW_FLAG);
}

void suspects_ran(Lane *lane, const PoolRequest *request, int64_t took)
{
    Pool *pool = lane->pool;
    suspects_runs(lane, request, took);
    lengths_ran(pool, request, took);
    if (lane->kind != POOL_FAST || suspects_is_long(lane, took) ||
        g_hash_table_size(pool->suspects) == 0)
        return;
    const unsigned value = find(pool, request);
    if ((value & ~SLOW_FLAG) > 1)
        set(pool, request, value - 1);
    else
        g_hash_table_remove(pool->suspects, request_judged_by(request));
}
