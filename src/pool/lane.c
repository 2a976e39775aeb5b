#include "pool/lane.h"
#include "pool/batch.h"
#include "pool/lengths.h"
#include "pool/request.h"
#include "pool/session.h"
#include "pool/suspects.h"

enum {
    STAGGER = 10,    /* milliseconds between the first attempts of a lane's connections */
    MOST_WRITES = 8, /* of a batch: each waits for those before it, whatever they lock */
    LATE = 1000,     /* microseconds: a batch of short reads that takes longer is not waited for */
    CROWD = 8,       /* reads that are worth a batch of their own on a further connection */
};

void lane_init(Pool *pool, PoolLane kind, Target *target)
{
    Lane *lane = &pool->lanes[kind];
    const unsigned count = pool->settings->connections[kind];
    *lane = (Lane){.pool = pool,
                   .kind = kind,
                   .target = target,
                   .timeout = pool->settings->timeout[kind],
                   .sessions = g_new0(Session, count),
                   .count = count,
                   .reason = count > 0 ? "starting" : "no connections"};
    for (unsigned i = 0; i < count; i++) {
        session_init(&lane->sessions[i], lane);
        session_start(&lane->sessions[i], i * STAGGER);
    }
    lane_hold(lane, pool->settings->connect_time);
}

void lane_clear(Lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++)
        session_clear(&lane->sessions[i]);
    loop_timer_stop(&lane->timer);
    g_free(lane->sessions);
}

/* There will be a turn; nothing else is to be done. */
static void on_hold(LoopTimer *timer, void *data)
{
    (void)timer;
    (void)data;
}

void lane_hold(Lane *lane, unsigned milliseconds)
{
    lane->hold = loop_now(lane->pool->loop) + (int64_t)milliseconds * 1000;
    loop_timer_start(lane->pool->loop, &lane->timer, lane->hold, on_hold, NULL);
}

/* Whether a connection is on its way that has not failed yet. */
static bool is_hopeful(const Lane *lane)
{
    if (loop_now(lane->pool->loop) >= lane->hold)
        return false;
    for (unsigned i = 0; i < lane->count; i++)
        if (lane->sessions[i].failures == 0)
            return true;
    return false;
}

unsigned lane_waiting(const Lane *lane)
{
    return lane->waiting.count + lane->apart.count;
}

/* As many as wait now: what their done() submits is for the next turn. */
static void end_queue(const Lane *lane, const Queue *queue)
{
    for (unsigned left = queue->count; left > 0 && queue->first != NULL; left--)
        request_unavailable(queue->first, lane->reason, false);
}

static unsigned count_idle(const Lane *lane)
{
    unsigned idle = 0;
    for (unsigned i = 0; i < lane->count; i++)
        idle += lane->sessions[i].state == SESSION_READY;
    return idle;
}

/* Reads are cheapest in large batches, on the first connection that is free; writes, which wait
 * for locks, are spread. */
static unsigned share_of(const Lane *lane, const Session *session, unsigned idle)
{
    if (lane->kind == POOL_FAST)
        return session->limit;
    const unsigned fair = (lane->waiting.count + idle - 1) / idle;
    return MIN(fair, MIN(session->limit, MOST_WRITES));
}

/*
 * Whether reads wait for a batch that is about to come back, rather than to be sent on a further
 * connection: two half batches cost more than a whole one. A connection that is late is not waited
 * for, so one that is stuck holds nobody up; the loop looks again when it would be.
 */
static bool waits_for_batch(Lane *lane)
{
    if (lane->kind != POOL_FAST || lane->waiting.count >= CROWD)
        return false;
    const int64_t now = loop_now(lane->pool->loop);
    for (unsigned i = 0; i < lane->count; i++) {
        const Session *session = &lane->sessions[i];
        if (session->state != SESSION_BUSY || session->apart || now - session->sent_at >= LATE)
            continue;
        if (!loop_timer_runs(&lane->timer))
            loop_timer_start(lane->pool->loop, &lane->timer, session->sent_at + LATE, on_hold,
                             NULL);
        return true;
    }
    return false;
}

/* What runs alone and takes long is known by now to do so: the next one is not sent as others. */
static void note_long(Lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++) {
        Session *session = &lane->sessions[i];
        const int64_t took = loop_now(lane->pool->loop) - session->sent_at;
        if (session->state != SESSION_BUSY || session->sent_count != 1 || session->apart ||
            session->sent[0].request == NULL || !suspects_is_long(lane, took))
            continue;
        session->apart = true;
        suspects_runs(lane, session->sent[0].request, took);
    }
}

/* How many connections are held by what takes long. */
static unsigned count_held(const Lane *lane)
{
    unsigned held = 0;
    for (unsigned i = 0; i < lane->count; i++)
        held += lane->sessions[i].apart || lane->sessions[i].rescued;
    return held;
}

/* The one that must be answered first of both queues; where there is but one connection, they take
 * turns so. */
static bool is_due_before_others(const Lane *lane)
{
    const PoolRequest *apart = lane->apart.first, *waiting = lane->waiting.first;
    return apart != NULL && (waiting == NULL || apart->deadline <= waiting->deadline);
}

/* A connection is free for the first of @queue: for the first that may still end in time. */
static void reject_hopeless(Queue *queue)
{
    while (queue->first != NULL && !lengths_fit(queue->first))
        request_reject(queue->first);
}

/* What takes long never gets the last connection, unless there is no other. */
static void send_apart(Lane *lane)
{
    const unsigned most = MAX(lane->count, 2) - 1;
    unsigned held = count_held(lane);
    for (unsigned i = 0; i < lane->count && held < most && is_due_before_others(lane); i++) {
        if (lane->sessions[i].state != SESSION_READY)
            continue;
        reject_hopeless(&lane->apart);
        if (lane->apart.count == 0)
            return;
        batch_send_apart(&lane->sessions[i]);
        held++;
    }
}

static void send_waiting(Lane *lane)
{
    if (waits_for_batch(lane))
        return;
    unsigned idle = count_idle(lane);
    for (unsigned i = 0; i < lane->count && lane->waiting.count > 0 && idle > 0; i++) {
        Session *session = &lane->sessions[i];
        if (session->state != SESSION_READY)
            continue;
        if (lane->kind == POOL_SLOW)
            reject_hopeless(&lane->waiting);
        if (lane->waiting.count > 0)
            batch_send(session, share_of(lane, session, idle--));
    }
}

/* Reads that are found to take long go to their own queue while others are sent. */
static void send_all(Lane *lane)
{
    if (lane->kind == POOL_FAST)
        note_long(lane);
    if (lane->apart.count > 0)
        send_apart(lane);
    if (lane->waiting.count > 0)
        send_waiting(lane);
    if (lane->apart.count > 0)
        send_apart(lane);
}

static void forget_stale(Lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++)
        if (lane->sessions[i].state == SESSION_READY && lane->sessions[i].stale->len > 0)
            batch_forget(&lane->sessions[i]);
}

/* Reading goes on with what libpq has in its buffer, which no event tells of. */
static void resume(Lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++) {
        Session *session = &lane->sessions[i];
        if (!session->resumed)
            continue;
        session->resumed = false;
        batch_receive(session);
    }
}

bool lane_writes(const Lane *lane)
{
    return lane->kind == POOL_WRITE || (lane->kind == POOL_SLOW && target_chooses(lane->target));
}

void lane_turn(Lane *lane)
{
    if (lane->kind == POOL_SLOW)
        resume(lane);
    if (lane_waiting(lane) == 0) {
        forget_stale(lane);
    } else if (lane->ready > 0) {
        send_all(lane);
    } else if (!is_hopeful(lane)) {
        end_queue(lane, &lane->waiting);
        end_queue(lane, &lane->apart);
    }
}
