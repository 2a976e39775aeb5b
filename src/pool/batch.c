#include "pool/batch.h"
#include "pool/answer.h"
#include "pool/outcome.h"
#include "pool/request.h"
#include "pool/rescue.h"
#include "pool/session.h"
#include "pool/setup.h"
#include "pool/statements.h"
#include "pool/suspects.h"
#include "pool/swell.h"

#include <string.h>

enum {
    MOST_OWN = 16,   /* requests with a Sync of their own in a batch */
    LENGTHY = 50000, /* microseconds: batches that take longer become smaller */
    QUICK = 20000,   /* those that take less may grow */
    MOST_STALE = 64, /* statements deallocated at once */
};

void batch_expect(Session *session, Expect expect)
{
    g_array_append_val(session->expects, expect);
}

/* Sends nothing yet where libpq can (since 17). */
bool batch_sync(Session *session, unsigned sent)
{
    session->pool->counts.syncs++;
    batch_expect(session, (Expect){.kind = EXPECT_SYNC, .sent = (uint16_t)sent});
#ifdef HAVE_PQSENDPIPELINESYNC
    return PQsendPipelineSync(session->conn) == 1;
#else
    return PQpipelineSync(session->conn) == 1;
#endif
}

static bool send_execute(Session *session, Expect expect, const PoolStatement *statement,
                         const char *const *values)
{
    Prepared *prepared = statements_find(session, statement->name);
    const int count = (int)statement->parameters;
    if (!prepared->sent) {
        prepared->sent = true;
        batch_expect(session, (Expect){.kind = EXPECT_PREPARE,
                                       .sent = expect.sent,
                                       .call = expect.call,
                                       .prepared = prepared});
        if (PQsendPrepare(session->conn, prepared->as, statement->sql, count, statement->types) !=
            1)
            return false;
    }
    batch_expect(session, expect);
    swell_sent(session, values, statement->parameters);
    return PQsendQueryPrepared(session->conn, prepared->as, count, values, NULL, NULL, 0) == 1;
}

/* What is left of the request's time may be less by now than when it was submitted. */
static unsigned timeout_now(const Session *session, const PoolRequest *request)
{
    const int64_t left = (request->deadline - loop_now(session->pool->loop)) / 1000;
    return (unsigned)CLAMP(left * 9 / 10, 1, request->own.timeout);
}

static bool send_settings(Session *session, unsigned i)
{
    const PoolRequest *request = session->sent[i].request;
    const bool timed = request->own.timeout > 0;
    const unsigned count = request_settings(request);
    const char *values[2 * (MOST_SETTINGS + 2)];
    char timeout[16];
    unsigned at = 0;
    if (count == 0)
        return true;
    if (timed) {
        g_snprintf(timeout, sizeof timeout, "%u", timeout_now(session, request));
        values[at++] = "statement_timeout";
        values[at++] = timeout;
    }
    if (request->reads) {
        values[at++] = "transaction_read_only";
        values[at++] = "on";
    }
    for (unsigned s = 0; s < request->setting_count; s++) {
        values[at++] = request->settings[s].name;
        values[at++] = request->settings[s].value;
    }
    return send_execute(session, (Expect){.kind = EXPECT_SETTINGS, .sent = (uint16_t)i},
                        statements_set_config(session->pool, count), values);
}

static bool send_calls(Session *session, unsigned i)
{
    const PoolRequest *request = session->sent[i].request;
    bool sent = true;
    for (unsigned c = 0; sent && c < request->call_count; c++)
        sent = send_execute(session,
                            (Expect){.kind = EXPECT_CALL, .sent = (uint16_t)i, .call = (uint16_t)c},
                            request->calls[c].statement, request->calls[c].values);
    return sent;
}

static bool send_shared(Session *session)
{
    bool any = false;
    for (unsigned i = 0; i < session->sent_count; i++) {
        if (!session->sent[i].shared)
            continue;
        any = true;
        if (!send_calls(session, i))
            return false;
    }
    return !any || batch_sync(session, NOBODY);
}

static bool send_own(Session *session, unsigned i)
{
    if (!send_settings(session, i) || !send_calls(session, i))
        return false;
    if (session->sent[i].request->decide == NULL)
        return batch_sync(session, i);
    session->deciding = DECIDING;
    return PQsendFlushRequest(session->conn) == 1;
}

static bool send_all(Session *session)
{
    bool sent = send_shared(session);
    for (unsigned i = 0; sent && i < session->sent_count; i++)
        if (!session->sent[i].shared)
            sent = send_own(session, i);
    return sent;
}

static bool stains(const PoolRequest *request)
{
    for (unsigned i = 0; i < request->call_count; i++)
        if (request->calls[i].statement->stains)
            return true;
    return false;
}

static bool is_shared(const Lane *lane, const PoolRequest *request, Trust trust)
{
    return lane->kind == POOL_FAST && request_settings(request) == 0 && request->call_count == 1 &&
           !request->alone && request->decide == NULL && !request->calls[0].statement->stains &&
           trust == TRUSTED;
}

/* How long, in milliseconds, nothing may come back of it from a healthy server. Statements are
 * limited each by itself, but the results of several come together. */
static unsigned longest(const Session *session, const PoolRequest *request)
{
    const int64_t left = MAX((request->deadline - loop_now(session->pool->loop)) / 1000, 1);
    const unsigned limit = session->lane->timeout;
    if (limit == 0)
        return (unsigned)left;
    if (request->call_count > 1)
        return (unsigned)MAX(left, limit);
    return request->own.timeout > 0 ? timeout_now(session, request) : limit;
}

static void take(Session *session, PoolRequest *request, bool shared)
{
    request_detach(request);
    request->own.state = REQUEST_SENT;
    request->own.session = session;
    request->own.sent = session->sent_count;
    session->timeout = MAX(session->timeout, longest(session, request));
    session->sent[session->sent_count++] = (Sent){.request = request, .shared = shared};
    session->live++;
    session->stained = session->stained || stains(request);
}

/* Nobody else is in its batch: it may be rolled back, it streams, its session is cleaned before
 * anybody else runs, or it was in a batch that was late. */
static bool is_exclusive(const Lane *lane, const PoolRequest *request)
{
    return request->decide != NULL || lane->kind == POOL_SLOW || request->own.rescued ||
           stains(request);
}

/* What is overdue stays for its own timer, which is about to fire. */
static void fill(Session *session, unsigned most)
{
    unsigned own = 0;
    PoolRequest *next = NULL;
    for (PoolRequest *request = session->lane->waiting.first; request != NULL; request = next) {
        next = request->own.next;
        if (request->deadline <= loop_now(session->pool->loop) ||
            rescue_must_wait(session->lane, request))
            continue;
        const Trust trust = suspects_find(session->pool, request);
        if (trust == SLOW) {
            request_set_apart(request);
            continue;
        }
        const bool exclusive = is_exclusive(session->lane, request);
        const bool shared = is_shared(session->lane, request, trust);
        if (session->sent_count >= most || (exclusive && session->sent_count > 0) ||
            (!shared && own >= MOST_OWN))
            return;
        take(session, request, shared);
        own += !shared;
        if (exclusive)
            return;
    }
}

static void begin(Session *session)
{
    session->timeout = 0;
    swell_begin(session);
    session->sent_at = loop_now(session->pool->loop);
    session_set_state(session, SESSION_BUSY);
}

static void send_batch(Session *session)
{
    if (session->sent_count == 0) {
        session_set_state(session, SESSION_READY);
        return;
    }
    session->pool->counts.batches++;
    rescue_begin(session);
    session_begin_patience(session);
    if (send_all(session))
        session_flush(session);
    else
        session_lost(session, "lost", true);
}

void batch_send(Session *session, unsigned most)
{
    begin(session);
    fill(session, most);
    send_batch(session);
}

void batch_send_apart(Session *session)
{
    begin(session);
    session->apart = true;
    take(session, session->lane->apart.first, false);
    send_batch(session);
}

static bool send_deallocate(Session *session)
{
    g_autofree char *name = g_ptr_array_steal_index(session->stale, session->stale->len - 1);
    g_autofree char *quoted = PQescapeIdentifier(session->conn, name, strlen(name));
    if (quoted == NULL)
        return false;
    g_autofree char *sql = g_strconcat("deallocate ", quoted, NULL);
    batch_expect(session, (Expect){.kind = EXPECT_OTHER, .sent = NOBODY});
    return PQsendQueryParams(session->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

void batch_forget(Session *session)
{
    bool sent = true;
    session->timeout = 1000;
    session->sent_at = loop_now(session->pool->loop);
    session->cancelled = true; /* nothing to cancel */
    session_set_state(session, SESSION_BUSY);
    session_begin_patience(session);
    for (unsigned i = 0; sent && i < MOST_STALE && session->stale->len > 0; i++)
        sent = send_deallocate(session);
    if (sent && batch_sync(session, NOBODY))
        session_flush(session);
    else
        session_lost(session, "lost", true);
}

static Sent *sent_of(Session *session, const Expect *expect)
{
    return expect->sent == NOBODY ? NULL : &session->sent[expect->sent];
}

/* Those that another's error took down wait again, in front and in their order. */
static void return_aborted(Session *session)
{
    for (unsigned i = session->sent_count; i-- > 0;) {
        const Sent *sent = &session->sent[i];
        if (sent->aborted && sent->request != NULL)
            request_again(sent->request);
    }
}

static void clear_results(Session *session)
{
    for (unsigned i = 0; i < session->results->len; i++)
        PQclear(session->results->pdata[i]);
    g_ptr_array_set_size(session->results, 0);
}

/* Its own Sync has come. */
static void end_sent(Session *session, Sent *sent)
{
    if (sent->error != NULL)
        answer_error(session, sent);
    else
        answer_done(session, sent);
    sent->ended = true;
    clear_results(session);
}

static void take_sync(Session *session, const Expect *expect)
{
    session->expected++;
    if (session->state == SESSION_SETTING_UP) {
        batch_clear(session);
        setup_end(session);
        return;
    }
    if (expect->sent == NOBODY)
        return_aborted(session);
    else
        end_sent(session, &session->sent[expect->sent]);
    session->synced_at = loop_now(session->pool->loop);
}

static void take_error(Session *session, const Expect *expect, PGresult *error)
{
    Sent *sent = sent_of(session, expect);
    if (expect->kind == EXPECT_PREPARE)
        expect->prepared->sent = false;
    if (sent == NULL || sent->error != NULL) {
        PQclear(error);
        return;
    }
    const bool commit = expect->kind == EXPECT_SYNC;
    sent->error = error;
    sent->in_settings = expect->kind == EXPECT_SETTINGS;
    sent->failed = commit && sent->request != NULL ? sent->request->call_count : expect->call;
    if (sent->shared)
        answer_error(session, sent);
}

static void take_aborted(Session *session, const Expect *expect)
{
    Sent *sent = sent_of(session, expect);
    if (expect->kind == EXPECT_PREPARE)
        expect->prepared->sent = false;
    if (sent != NULL)
        sent->aborted = true;
}

static void take_call(Session *session, const Expect *expect, PGresult *result)
{
    Sent *sent = sent_of(session, expect);
    if (!sent->shared) {
        if (expect->call == 0)
            sent->first = session->results->len;
        g_ptr_array_add(session->results, result);
        return;
    }
    if (sent->request != NULL)
        answer_read(sent, result);
    PQclear(result);
}

static void take_rows(Session *session, const Expect *expect, PGresult *rows)
{
    PoolRequest *request = sent_of(session, expect)->request;
    if (request != NULL)
        request->rows(request, rows, request->data);
    PQclear(rows);
}

static bool begins_transaction(const PGresult *result)
{
    const char *tag = PQcmdStatus((PGresult *)result);
    return g_str_equal(tag, "BEGIN") || g_str_equal(tag, "START TRANSACTION");
}

static void take_good(Session *session, const Expect *expect, PGresult *result)
{
    if (expect->kind == EXPECT_CALL) {
        take_call(session, expect, result);
        return;
    }
    if (expect->kind == EXPECT_SETUP)
        setup_take(session, result);
    if (expect->kind == EXPECT_PREPARE)
        expect->prepared->ready = true;
    PQclear(result);
}

static void lose(Session *session, const char *reason)
{
    if (session->state == SESSION_SETTING_UP)
        session_failed(session, reason);
    else
        session_lost(session, reason, true);
}

/* An error that ends the connection; what it says is the reason. */
static void take_end(Session *session, PGresult *error)
{
    const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL)
        g_strlcpy(session->sqlstate, sqlstate, sizeof session->sqlstate);
    PQclear(error);
    lose(session, outcome_reason(session->sqlstate));
}

static void take_failure(Session *session, const Expect *expect, PGresult *error)
{
    if (outcome_of(error) == MEANS_LOST) {
        take_end(session, error);
        return;
    }
    if (session->state == SESSION_SETTING_UP)
        setup_take(session, error);
    take_error(session, expect, error);
}

/* @result: (transfer full). Its arrival may end the session. */
static void take_result(Session *session, const Expect expect, PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    const bool sync = status == PGRES_PIPELINE_SYNC;
    session->between = !sync && status != PGRES_SINGLE_TUPLE;
    swell_received(session, result);
    if (sync && expect.kind == EXPECT_SYNC) {
        PQclear(result);
        take_sync(session, &expect);
    } else if (status == PGRES_SINGLE_TUPLE && session->rows_begun) {
        take_rows(session, &expect, result);
    } else if (status == PGRES_PIPELINE_ABORTED) {
        PQclear(result);
        take_aborted(session, &expect);
    } else if (status == PGRES_FATAL_ERROR) {
        take_failure(session, &expect, result);
    } else if (expect.kind != EXPECT_SYNC &&
               (status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ||
                (status == PGRES_COMMAND_OK && !begins_transaction(result)))) {
        take_good(session, &expect, result);
    } else {
        PQclear(result);
        lose(session, status == PGRES_COMMAND_OK ? "transaction begun" : "out of step");
    }
}

/* The end of one command's results; an error at a Sync comes before the Sync itself. */
static bool take_end_of_command(Session *session, const Expect *expect)
{
    if (!session->between)
        return false;
    session->between = false;
    session->rows_begun = false;
    if (expect->kind != EXPECT_SYNC)
        session->expected++;
    return true;
}

static bool send_rollback(Session *session)
{
    batch_expect(session, (Expect){.kind = EXPECT_OTHER, .sent = NOBODY});
    return PQsendQueryParams(session->conn, "rollback", 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* All calls of the batch's only request have their results. */
static void decide(Session *session)
{
    Sent *sent = &session->sent[0];
    PoolRequest *request = sent->request;
    PGresult *const *results = (PGresult *const *)session->results->pdata + sent->first;
    bool commit =
        sent->error == NULL && request != NULL && request->decide(request, results, request->data);
    commit = commit && sent->request != NULL; /* it may have been abandoned meanwhile */
    session->deciding = commit ? DECIDED : DECLINED;
    const bool roll_back = !commit && sent->error == NULL;
    if ((!roll_back || send_rollback(session)) && batch_sync(session, 0))
        session_flush(session);
    else
        session_lost(session, "lost", true);
}

/* Row by row, from the first one on: it must be said before libpq has looked at any. */
static void begin_rows(Session *session, const Expect *expect)
{
    const PoolRequest *request = expect->kind == EXPECT_CALL && !session->between
                                     ? session->sent[expect->sent].request
                                     : NULL;
    if (request == NULL || request->rows == NULL || session->rows_begun ||
        expect->call + 1U != request->call_count)
        return;
    session->rows_begun = PQsetSingleRowMode(session->conn) == 1;
}

static bool is_receiving(const Session *session)
{
    return (session->state == SESSION_BUSY || session->state == SESSION_SETTING_UP) &&
           !session->paused && session->expected < session->expects->len;
}

/* Takes one result; false if there is none yet. */
static bool receive_one(Session *session)
{
    const Expect expect = g_array_index(session->expects, Expect, session->expected);
    begin_rows(session, &expect);
    if (PQisBusy(session->conn))
        return false;
    PGresult *result = PQgetResult(session->conn);
    if (result != NULL)
        take_result(session, expect, result);
    else if (!take_end_of_command(session, &expect))
        lose(session, outcome_reason(session->sqlstate));
    return true;
}

/* Batches that take long hold up who is behind, and become smaller. */
static void adapt(Session *session)
{
    const int64_t took = loop_now(session->pool->loop) - session->sent_at;
    if (took > LENGTHY && session->sent_count > 1)
        session->limit = session->sent_count / 2;
    else if (took < QUICK)
        session->limit = MIN(session->limit * 2, session->pool->settings->batch);
}

void batch_receive(Session *session)
{
    bool any = false;
    while (is_receiving(session) && receive_one(session)) {
        any = true;
        if (session->state == SESSION_BUSY && session->deciding == DECIDING &&
            session->expected == session->expects->len)
            decide(session);
    }
    if (session->state != SESSION_BUSY)
        return;
    if (session->expected == session->expects->len) {
        adapt(session);
        session_rested(session);
    } else if (any && session->live > 0 && !session->paused) {
        session_begin_patience(session);
    }
}

/* A read goes to another connection, once; of a write nobody knows. */
static void move_or_end(Session *session, PoolRequest *request, bool uncertain, const char *reason)
{
    const bool late = request->deadline <= loop_now(session->pool->loop);
    if (session->lane->kind == POOL_FAST && !late && !request->own.moved &&
        session->lane->ready > 0) {
        request->own.moved = 1;
        request_again(request);
    } else if (late) {
        request_overdue(request, reason, uncertain);
    } else {
        request_unavailable(request, reason, uncertain);
    }
}

void batch_lost(Session *session, const char *reason)
{
    for (unsigned i = session->sent_count; i-- > 0;) {
        Sent *sent = &session->sent[i];
        PoolRequest *request = sent->request;
        if (request == NULL)
            continue;
        if (sent->error != NULL && !sent->shared && outcome_of(sent->error) == MEANS_REFUSED)
            answer_error(session, sent);
        else
            move_or_end(session, request, request_is_uncertain(request), reason);
    }
    batch_clear(session);
}

void batch_clear(Session *session)
{
    for (unsigned i = 0; i < session->sent_count; i++)
        PQclear(session->sent[i].error);
    clear_results(session);
    g_array_set_size(session->expects, 0);
    session->sent_count = session->live = session->expected = 0;
    session->between = session->rows_begun = false;
    session->cancelled = session->apart = session->rescued = false;
    session->rescue_at = session->synced_at = 0;
    session->deciding = DECIDING_NOT;
}
