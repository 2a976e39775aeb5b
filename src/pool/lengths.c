#include "pool/lengths.h"
#include "pool/request.h"

enum {
    LONG = 50000, /* microseconds: shorter ones are not kept in mind */
    FRESH = 10,   /* a part of its time in which a request has hardly waited */
};

void lengths_init(Pool *pool)
{
    pool->lengths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void lengths_clear(Pool *pool)
{
    g_hash_table_unref(pool->lengths);
}

/* Microseconds; 0: it is not known to take long. */
static int64_t find(const Pool *pool, const PoolRequest *request)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(pool->lengths, request_judged_by(request)));
}

static void set(Pool *pool, const PoolRequest *request, int64_t length)
{
    g_hash_table_insert(pool->lengths, g_strdup(request_judged_by(request)),
                        GSIZE_TO_POINTER((size_t)length));
}

/* Rows that stream go at the pace of who takes them. */
static bool has_length(const PoolRequest *request)
{
    return request->rows == NULL;
}

void lengths_ran(Pool *pool, const PoolRequest *request, int64_t took)
{
    if (took > LONG && has_length(request))
        set(pool, request, took);
    else if (g_hash_table_size(pool->lengths) > 0)
        g_hash_table_remove(pool->lengths, request_judged_by(request));
}

void lengths_runs(Pool *pool, const PoolRequest *request, int64_t took)
{
    if (took > MAX(LONG, find(pool, request)) && has_length(request))
        set(pool, request, took);
}

bool lengths_fit(const PoolRequest *request)
{
    const Lane *lane = request->own.lane;
    const Pool *pool = lane->pool;
    if (g_hash_table_size(pool->lengths) == 0)
        return true;
    const int64_t now = loop_now(pool->loop);
    const int64_t whole = request->deadline - request->own.begun;
    return request->deadline - now >= find(pool, request) ||
           now - request->own.begun <= whole / FRESH;
}
