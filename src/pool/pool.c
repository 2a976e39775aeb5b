#include "pool/pool.h"
#include "pool/batch.h"
#include "pool/lane.h"
#include "pool/lengths.h"
#include "pool/request.h"
#include "pool/session.h"
#include "pool/statements.h"
#include "pool/suspects.h"
#include "pool/swell.h"

enum {
    OLDEST_LIBPQ = 150006, /* before it, a connection lost in a pipeline could spin */
    MOST_BATCH = 1024,
    RESOLVERS = 4,  /* threads */
    CANCELLERS = 8, /* threads: a frozen server holds each that it is asked by */
};

/* As many as there are now: what their done() submits is for the next turn. */
static void end_rejected(Pool *pool)
{
    for (unsigned left = pool->rejected.count; left > 0 && pool->rejected.first != NULL; left--) {
        if (pool->rejected.first->own.hopeless)
            request_overdue(pool->rejected.first, "waited", false);
        else
            request_unavailable(pool->rejected.first, "queue full", false);
    }
}

void pool_turn(Pool *pool)
{
    end_rejected(pool);
    for (unsigned i = 0; i < POOL_LANES; i++)
        lane_turn(&pool->lanes[i]);
}

static void on_turn(void *data)
{
    pool_turn(data);
}

Pool *pool_new(Loop *loop, const PoolSettings *settings, GError **error)
{
    if (PQlibVersion() < OLDEST_LIBPQ) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "libpq is %d, which loses its place when a connection breaks\n"
                    "hint: 15.6 and later do not",
                    PQlibVersion());
        return NULL;
    }
    g_assert(settings->batch > 0 && settings->batch <= MOST_BATCH);
    g_autoptr(Pool) pool = g_new0(Pool, 1);
    pool->loop = loop;
    pool->settings = settings;
    suspects_init(pool);
    lengths_init(pool);
    pool->resolvers = errands_new(loop, RESOLVERS, error);
    if (pool->resolvers == NULL)
        return NULL;
    pool->cancellers = errands_new(loop, CANCELLERS, error);
    if (pool->cancellers == NULL)
        return NULL;
    const ConnectionSettings *reads = settings->reads != NULL ? settings->reads : settings->primary;
    pool->primary = target_new(settings->primary, true);
    pool->reads = target_new(reads, false);
    for (unsigned i = 0; i < POOL_LANES; i++)
        lane_init(pool, i, i == POOL_FAST ? pool->reads : pool->primary);
    loop_each_turn(loop, on_turn, pool);
    return g_steal_pointer(&pool);
}

static void end_queue(Queue *queue)
{
    while (queue->first != NULL)
        request_unavailable(queue->first, "stopping", false);
}

static void end_all(Pool *pool)
{
    pool->closing = true;
    for (unsigned i = 0; i < POOL_LANES; i++) {
        Lane *lane = &pool->lanes[i];
        lane->ready = 0; /* so that no read is moved to another connection */
        for (unsigned s = 0; s < lane->count; s++)
            batch_lost(&lane->sessions[s], "stopping");
        end_queue(&lane->waiting);
        end_queue(&lane->apart);
    }
    end_queue(&pool->resting);
    end_queue(&pool->rejected);
}

void pool_free(Pool *pool)
{
    if (pool == NULL)
        return;
    loop_no_turn(pool->loop, on_turn, pool);
    end_all(pool);
    for (unsigned i = 0; i < POOL_LANES; i++)
        lane_clear(&pool->lanes[i]);
    loop_timer_stop(&pool->rest_timer);
    swell_end(pool);
    errands_free(pool->resolvers);
    errands_free(pool->cancellers);
    target_free(pool->primary);
    target_free(pool->reads);
    suspects_clear(pool);
    lengths_clear(pool);
    if (pool->set_config != NULL)
        g_ptr_array_unref(pool->set_config);
    g_free(pool);
}

void pool_submit(Pool *pool, PoolRequest *request)
{
    Lane *lane = &pool->lanes[request->lane];
    g_assert(request->own.state == REQUEST_OUTSIDE);
    g_assert(request->call_count > 0 && request->call_count < NOBODY);
    g_assert(request->setting_count <= MOST_SETTINGS);
    g_assert(request->rows == NULL || request->lane == POOL_SLOW);
    request_begin(lane, request);
    const bool full = pool->closing || lane_waiting(lane) >= pool->settings->queue;
    request->own.state = full ? REQUEST_REJECTED : REQUEST_WAITING;
    queue_append(full ? &pool->rejected : &lane->waiting, request);
    loop_again(pool->loop);
}

void pool_abandon(Pool *pool, PoolRequest *request)
{
    (void)pool;
    if (request->own.lane == NULL)
        return;
    request_detach(request);
    loop_timer_stop(&request->own.timer);
}

void pool_pause(Pool *pool, PoolRequest *request, bool pause)
{
    (void)pool;
    Session *session = request->own.session;
    if (request->own.state == REQUEST_SENT && session->paused != pause)
        session_pause(session, pause);
}

void pool_forget_statements(Pool *pool, const PoolStatement *const *keep, unsigned count)
{
    g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < count; i++)
        g_hash_table_add(kept, (char *)keep[i]->name);
    for (unsigned i = 0; pool->set_config != NULL && i < pool->set_config->len; i++) {
        const PoolStatement *own = pool->set_config->pdata[i];
        if (own != NULL)
            g_hash_table_add(kept, (char *)own->name);
    }
    for (unsigned i = 0; i < POOL_LANES; i++)
        for (unsigned s = 0; s < pool->lanes[i].count; s++)
            statements_forget(&pool->lanes[i].sessions[s], kept);
    loop_again(pool->loop);
}

void pool_lane_state(const Pool *pool, PoolLane kind, PoolLaneState *out_state)
{
    const Lane *lane = &pool->lanes[kind];
    *out_state = (PoolLaneState){.connections = lane->count,
                                 .ready = lane->ready,
                                 .waiting = lane_waiting(lane),
                                 .read_only = lane->read_only,
                                 .reason = lane->ready == 0 ? lane->reason : NULL};
    for (unsigned i = 0; i < lane->count; i++)
        out_state->busy += lane->sessions[i].state == SESSION_BUSY;
    if (lane->ready == 0)
        g_strlcpy(out_state->sqlstate, lane->sqlstate, sizeof out_state->sqlstate);
}

const PoolCounts *pool_counts(const Pool *pool)
{
    return &pool->counts;
}
