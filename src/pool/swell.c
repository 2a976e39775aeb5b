#include "pool/swell.h"
#include "pool/lane.h"
#include "pool/outcome.h"
#include "pool/session.h"

#include <string.h>

enum {
    LONG = 524288,   /* bytes of a row, or of a batch's values; a buffer has up to twice that */
    QUIET = 2000000, /* microseconds without a long message, after which there may be no more */
    PACE = 100000,   /* microseconds: one connection of a lane after the other */
};

void swell_begin(Session *session)
{
    session->value_bytes = 0;
}

/* One of a lane with several is replaced only while another is there. */
static bool may_renew(const Session *session)
{
    const Lane *lane = session->lane;
    return session->state == SESSION_READY && lane_waiting(lane) == 0 &&
           (lane->ready > 1 || lane->count == 1);
}

/* Returns: when to look again; G_MAXINT64: there is nothing large. */
static int64_t renew_one(Lane *lane, int64_t now)
{
    bool renewed = false;
    int64_t next = G_MAXINT64;
    for (unsigned i = 0; i < lane->count; i++) {
        Session *session = &lane->sessions[i];
        if (session->swollen_at == 0)
            continue;
        const int64_t due = session->swollen_at + QUIET;
        if (now < due || renewed || !may_renew(session)) {
            next = MIN(next, MAX(due, now + PACE));
            continue;
        }
        session_renew(session);
        renewed = true;
    }
    return next;
}

static void on_timer(LoopTimer *timer, void *data)
{
    Pool *pool = data;
    int64_t next = G_MAXINT64;
    for (unsigned i = 0; i < POOL_LANES; i++)
        next = MIN(next, renew_one(&pool->lanes[i], loop_now(pool->loop)));
    if (next < G_MAXINT64)
        loop_timer_start(pool->loop, timer, next, on_timer, pool);
}

static void note(Session *session)
{
    Pool *pool = session->pool;
    session->swollen_at = loop_now(pool->loop);
    if (!loop_timer_runs(&pool->swell_timer))
        loop_timer_start(pool->loop, &pool->swell_timer, session->swollen_at + QUIET, on_timer,
                         pool);
}

/* libpq takes values by their lengths again, and sends them as the socket takes them. */
void swell_sent(Session *session, const char *const *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        session->value_bytes += values[i] == NULL ? 0 : strlen(values[i]);
    if (session->value_bytes > LONG)
        note(session);
}

static bool has_long_row(const PGresult *rows)
{
    const int count = PQntuples(rows), columns = PQnfields(rows);
    for (int row = 0; row < count; row++) {
        size_t length = 0;
        for (int column = 0; column < columns; column++)
            length += (size_t)PQgetlength(rows, row, column);
        if (length > LONG)
            return true;
    }
    return false;
}

void swell_received(Session *session, const PGresult *result)
{
    const bool is_error = PQresultStatus(result) == PGRES_FATAL_ERROR;
    if (is_error ? outcome_of(result) == MEANS_OVERDUE
                 : PQresultMemorySize(result) > LONG && has_long_row(result))
        note(session);
}

void swell_end(Pool *pool)
{
    loop_timer_stop(&pool->swell_timer);
}
