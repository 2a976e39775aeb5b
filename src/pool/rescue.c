#include "pool/rescue.h"
#include "pool/request.h"
#include "pool/suspects.h"

enum {
    SHARE = 4,      /* a batch is late after this part of its time */
    AGAIN = 10000,  /* microseconds until it is looked again whether another one is late */
    SOONEST = 20000 /* microseconds */
};

/* Milliseconds that a statement of @request may take, however long it has waited. */
static unsigned time_of(const Lane *lane, const PoolRequest *request)
{
    return request->own.timeout > 0 ? request->own.timeout : lane->timeout;
}

void rescue_begin(Session *session)
{
    const Lane *lane = session->lane;
    session->rescue_at = 0;
    if (lane->kind != POOL_FAST || session->sent_count < 2)
        return;
    unsigned shortest = G_MAXUINT;
    for (unsigned i = 0; i < session->sent_count; i++)
        shortest = MIN(shortest, time_of(lane, session->sent[i].request));
    if (shortest > 0)
        session->rescue_at = session->sent_at + MAX((int64_t)shortest * 1000 / SHARE, SOONEST);
}

bool rescue_is_due(const Session *session)
{
    return session->rescue_at != 0 && loop_now(session->pool->loop) >= session->rescue_at;
}

static bool is_another_late(const Lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++)
        if (lane->sessions[i].rescued)
            return true;
    return false;
}

/* Those that share a Sync run first. @out_shared: whether it is known only to be one of them.
 * Nobody, or nobody who is waited for: @sent_count. */
static unsigned find_culprit(const Session *session, bool *out_shared)
{
    unsigned own = session->sent_count;
    *out_shared = false;
    for (unsigned i = session->sent_count; i-- > 0;) {
        const Sent *sent = &session->sent[i];
        if (sent->shared && sent->request != NULL)
            *out_shared = true;
        else if (!sent->shared && !sent->ended)
            own = i;
    }
    return *out_shared ? session->sent_count : own;
}

/* A read that has failed is told so when its Sync has come back. */
static bool can_be_sent_again(const Sent *sent)
{
    return sent->request != NULL && sent->error == NULL && !sent->request->own.rescued;
}

bool rescue_must_wait(const Lane *lane, const PoolRequest *request)
{
    const char *name = request_judged_by(request);
    for (unsigned i = 0; request->own.rescued && i < lane->count; i++) {
        const Session *session = &lane->sessions[i];
        const PoolRequest *other = session->sent_count == 1 ? session->sent[0].request : NULL;
        if (other != NULL && g_str_equal(request_judged_by(other), name))
            return true;
    }
    return false;
}

/* @culprit: its place in the batch; nobody: sent_count. */
static void note_culprit(Session *session, unsigned culprit)
{
    const int64_t since = MAX(session->sent_at, session->synced_at);
    if (culprit < session->sent_count && session->sent[culprit].request != NULL)
        suspects_runs(session->lane, session->sent[culprit].request,
                      loop_now(session->pool->loop) - since);
}

/* One of those that share a Sync; the next time it will be known which. */
static void watch_shared(Session *session)
{
    for (unsigned i = 0; i < session->sent_count; i++)
        if (session->sent[i].shared && session->sent[i].request != NULL)
            suspects_watch(session->pool, session->sent[i].request);
}

static void send_others_again(Session *session, unsigned culprit)
{
    session->rescued = true;
    for (unsigned i = session->sent_count; i-- > 0;) {
        PoolRequest *request = session->sent[i].request;
        if (i == culprit || !can_be_sent_again(&session->sent[i]))
            continue;
        request->own.rescued = 1;
        session->pool->counts.rescued++;
        request_again(request);
    }
}

void rescue(Session *session)
{
    if (is_another_late(session->lane)) {
        session->rescue_at = loop_now(session->pool->loop) + AGAIN;
        return;
    }
    bool shared = false;
    const unsigned culprit = find_culprit(session, &shared);
    session->rescue_at = 0;
    note_culprit(session, culprit);
    if (session->lane->count > 1)
        send_others_again(session, culprit);
    else if (shared)
        watch_shared(session);
}
