#include "pool/request.h"
#include "pool/session.h"
#include "pool/suspects.h"

enum { MARGIN = 20 /* milliseconds that a deadline may be nearer than the lane's timeout */ };

static Lane *lane_of(const PoolRequest *request)
{
    return request->own.lane;
}

void queue_append(Queue *queue, PoolRequest *request)
{
    request->own.next = NULL;
    request->own.previous = queue->last;
    if (queue->last != NULL)
        queue->last->own.next = request;
    else
        queue->first = request;
    queue->last = request;
    queue->count++;
}

void queue_prepend(Queue *queue, PoolRequest *request)
{
    request->own.previous = NULL;
    request->own.next = queue->first;
    if (queue->first != NULL)
        queue->first->own.previous = request;
    else
        queue->last = request;
    queue->first = request;
    queue->count++;
}

void queue_remove(Queue *queue, PoolRequest *request)
{
    if (request->own.previous != NULL)
        request->own.previous->own.next = request->own.next;
    else
        queue->first = request->own.next;
    if (request->own.next != NULL)
        request->own.next->own.previous = request->own.previous;
    else
        queue->last = request->own.previous;
    queue->count--;
}

static Sent *sent_of(const PoolRequest *request)
{
    Session *session = request->own.session;
    return &session->sent[request->own.sent];
}

bool request_is_uncertain(const PoolRequest *request)
{
    if (request->own.state != REQUEST_SENT || request->lane == POOL_FAST)
        return false;
    const Session *session = request->own.session;
    bool open = session->deciding == DECIDING || session->deciding == DECLINED;
    return !open && sent_of(request)->error == NULL;
}

/* It runs alone, and so it is itself what takes long. */
static void note_late(const PoolRequest *request)
{
    const Session *session = request->own.session;
    if (request->own.state == REQUEST_SENT && session->sent_count == 1)
        suspects_runs(session->lane, request, loop_now(session->pool->loop) - session->sent_at);
}

static void on_deadline(LoopTimer *timer, void *data)
{
    (void)timer;
    PoolRequest *request = data;
    note_late(request);
    request_overdue(request, request->own.state == REQUEST_SENT ? "slow" : "waited",
                    request_is_uncertain(request));
}

/* A healthy server ends a slow statement before our own clock does. */
static unsigned timeout_of(const Lane *lane, const PoolRequest *request)
{
    const int64_t left = (request->deadline - loop_now(lane->pool->loop)) / 1000;
    const bool shorter = left < lane->timeout + MARGIN;
    if (lane->timeout == 0 || (!shorter && !request->patient))
        return 0;
    return (unsigned)CLAMP(left * 9 / 10, 1, G_MAXINT32);
}

void request_begin(Lane *lane, PoolRequest *request)
{
    memset(&request->own, 0, sizeof request->own);
    request->own.lane = lane;
    request->own.begun = loop_now(lane->pool->loop);
    request->own.timeout = timeout_of(lane, request);
    lane->pool->counts.requests++;
    loop_timer_start(lane->pool->loop, &request->own.timer, request->deadline, on_deadline,
                     request);
}

void request_again(PoolRequest *request)
{
    request_detach(request);
    request->own.state = REQUEST_WAITING;
    queue_prepend(&lane_of(request)->waiting, request);
}

unsigned request_settings(const PoolRequest *request)
{
    return request->setting_count + (request->own.timeout > 0) + request->reads;
}

const char *request_judged_by(const PoolRequest *request)
{
    return request->calls[request->call_count - 1].statement->name;
}

static void reject(PoolRequest *request)
{
    Pool *pool = lane_of(request)->pool;
    request_detach(request);
    request->own.state = REQUEST_REJECTED;
    queue_append(&pool->rejected, request);
    loop_again(pool->loop);
}

void request_set_apart(PoolRequest *request)
{
    Lane *lane = lane_of(request);
    if (lane->apart.count >= lane->pool->settings->queue / 2) {
        reject(request);
        return;
    }
    request_detach(request);
    request->own.state = REQUEST_APART;
    queue_append(&lane->apart, request);
}

void request_reject(PoolRequest *request)
{
    request->own.hopeless = 1;
    reject(request);
}

static void on_rested(LoopTimer *timer, void *data)
{
    Pool *pool = data;
    const int64_t now = loop_now(pool->loop);
    int64_t next = G_MAXINT64;
    for (PoolRequest *request = pool->resting.first, *after; request != NULL; request = after) {
        after = request->own.next;
        if (request->own.rest <= now)
            request_again(request);
        else
            next = MIN(next, request->own.rest);
    }
    if (next != G_MAXINT64)
        loop_timer_start(pool->loop, timer, next, on_rested, pool);
}

void request_rest(PoolRequest *request)
{
    Pool *pool = lane_of(request)->pool;
    request_detach(request);
    request->own.state = REQUEST_RESTING;
    request->own.rest = loop_now(pool->loop) + g_random_int_range(0, 10000 * request->own.tries);
    queue_append(&pool->resting, request);
    if (!loop_timer_runs(&pool->rest_timer) || pool->rest_timer.due > request->own.rest)
        loop_timer_start(pool->loop, &pool->rest_timer, request->own.rest, on_rested, pool);
}

void request_detach(PoolRequest *request)
{
    Pool *pool = lane_of(request)->pool;
    switch ((RequestState)request->own.state) {
    case REQUEST_OUTSIDE:
        break;
    case REQUEST_WAITING:
        queue_remove(&lane_of(request)->waiting, request);
        break;
    case REQUEST_APART:
        queue_remove(&lane_of(request)->apart, request);
        break;
    case REQUEST_RESTING:
        queue_remove(&pool->resting, request);
        break;
    case REQUEST_REJECTED:
        queue_remove(&pool->rejected, request);
        break;
    case REQUEST_SENT:
        sent_of(request)->request = NULL;
        session_orphan(request->own.session);
        break;
    }
    request->own.state = REQUEST_OUTSIDE;
    request->own.session = NULL;
}

void request_end(PoolRequest *request, const PoolResult *result)
{
    request_detach(request);
    loop_timer_stop(&request->own.timer);
    request->done(request, result, request->data);
}

void request_unavailable(PoolRequest *request, const char *reason, bool uncertain)
{
    const Lane *lane = lane_of(request);
    const PoolResult result = {.outcome = POOL_UNAVAILABLE,
                               .reason = reason,
                               .uncertain = uncertain,
                               .retry_after = MAX(lane->pool->settings->retry_time, 100)};
    request_end(request, &result);
}

void request_overdue(PoolRequest *request, const char *reason, bool uncertain)
{
    Pool *pool = lane_of(request)->pool;
    const PoolResult result = {.outcome = POOL_OVERDUE,
                               .reason = reason,
                               .uncertain = uncertain,
                               .retry_after = MAX(pool->settings->retry_time, 100)};
    pool->counts.overdue++;
    request_end(request, &result);
}
