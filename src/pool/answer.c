#include "pool/answer.h"
#include "pg/database.h"
#include "pool/outcome.h"
#include "pool/request.h"
#include "pool/statements.h"
#include "pool/suspects.h"

enum {
    TRIES = 3, /* again after a conflict */
};

/* (transfer full): nobody else will end it now. */
static PoolRequest *release(Session *session, Sent *sent)
{
    PoolRequest *request = g_steal_pointer(&sent->request);
    if (request != NULL) {
        session->live--;
        request->own.state = REQUEST_OUTSIDE;
        request->own.session = NULL;
    }
    return request;
}

/* Microseconds that the transaction which comes back now has taken. */
static int64_t time_of(const Session *session)
{
    return loop_now(session->pool->loop) - MAX(session->sent_at, session->synced_at);
}

void answer_read(Sent *sent, PGresult *result)
{
    Session *session = sent->request->own.session;
    PoolRequest *request = release(session, sent);
    if (session->sent_count == 1)
        suspects_ran(session->lane, request, time_of(session));
    PGresult *const results[] = {result};
    const PoolResult answer = {.outcome = POOL_DONE, .results = results};
    request_end(request, &answer);
}

void answer_done(Session *session, Sent *sent)
{
    PoolRequest *request = release(session, sent);
    if (request == NULL)
        return;
    suspects_ran(session->lane, request, time_of(session));
    const PoolResult answer = {
        .outcome = session->deciding == DECLINED ? POOL_DECLINED : POOL_DONE,
        .results = (PGresult *const *)session->results->pdata + sent->first,
    };
    request_end(request, &answer);
}

/* With the results of its calls before the one that failed; a shared read has but one call. */
static void refuse(Session *session, PoolRequest *request, const Sent *sent)
{
    const GPtrArray *results = session->results;
    const PoolResult answer = {
        .outcome = POOL_REFUSED,
        .results = sent->shared ? NULL : (PGresult *const *)results->pdata + sent->first,
        .result_count = sent->shared ? 0 : results->len - sent->first,
        .error = sent->error,
        .failed = sent->failed,
        .in_settings = sent->in_settings,
    };
    session->pool->counts.refused++;
    request_end(request, &answer);
}

/* The statement that the error is of; NULL if it is of the commit. */
static const PoolStatement *failed_statement(Pool *pool, const PoolRequest *request,
                                             const Sent *sent)
{
    if (sent->in_settings)
        return statements_set_config(pool, request_settings(request));
    return sent->failed < request->call_count ? request->calls[sent->failed].statement : NULL;
}

/* What is known of the connection's statements was wrong: nothing has happened, so again. */
static bool mend(Session *session, PoolRequest *request, const Sent *sent, Meaning meaning)
{
    const PoolStatement *statement = failed_statement(session->pool, request, sent);
    if (statement == NULL || request->own.mended > MIN(request->call_count, 30))
        return false;
    if (meaning == MEANS_UNPREPARED)
        statements_lost(session, statement->name);
    else if (meaning == MEANS_PREPARED)
        statements_found(session, statement->name);
    else if (meaning == MEANS_OUTDATED)
        statements_renew(session, statement->name);
    else
        return false;
    request->own.mended++;
    request_again(request);
    return true;
}

/* The transaction was rolled back, so running it again is safe if the request says so. */
static bool try_again(PoolRequest *request, Meaning meaning)
{
    const bool repeatable = request->repeatable || request->lane == POOL_FAST;
    if (meaning != MEANS_CONFLICT || !repeatable || request->own.tries >= TRIES)
        return false;
    request->own.tries++;
    request_rest(request);
    return true;
}

static void tell(Session *session, PoolRequest *request, const Sent *sent, Meaning meaning)
{
    const char *sqlstate = PQresultErrorField(sent->error, PG_DIAG_SQLSTATE);
    const bool read_only =
        meaning == MEANS_READ_ONLY && request->lane != POOL_FAST && !request->reads;
    session->suspicious = session->suspicious || read_only;
    if (read_only || meaning == MEANS_UNAVAILABLE)
        request_unavailable(request, outcome_reason(sqlstate), false);
    else if (meaning == MEANS_OVERDUE)
        request_overdue(request, "statement timeout", false);
    else
        refuse(session, request, sent);
}

void answer_error(Session *session, Sent *sent)
{
    g_autoptr(PGresult) error = sent->error;
    const Meaning meaning = outcome_of(error);
    PoolRequest *request = release(session, sent);
    if (request != NULL && meaning == MEANS_OVERDUE &&
        suspects_is_long(session->lane, time_of(session)))
        suspects_runs(session->lane, request, time_of(session));
    else if (request != NULL && (meaning == MEANS_REFUSED || meaning == MEANS_OVERDUE))
        suspects_watch(session->pool, request);
    if (request != NULL && !mend(session, request, sent, meaning) && !try_again(request, meaning))
        tell(session, request, sent, meaning);
    sent->error = NULL;
}
