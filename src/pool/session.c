#include "pool/session.h"
#include "pool/batch.h"
#include "pool/cancel.h"
#include "pool/lane.h"
#include "pool/outcome.h"
#include "pool/rescue.h"
#include "pool/setup.h"
#include "pool/statements.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds. */
enum {
    FIRST_RETRY = 20,   /* at most, after a connection was lost */
    WRITER_RETRY = 250, /* at least, while the server only reads */
    ORPHAN_TIME = 50,   /* what nobody waits for is cancelled then */
    CANCEL_TIME = 1000, /* what does not end after its cancel, or its cleaning, is given up then */
    GRACE = 100,        /* that a server may be late with its statement_timeout */
    HOLD_TIME = 150,    /* requests wait as long for a connection that was lost just now */
};

static int64_t in_milliseconds(const Session *session, unsigned milliseconds)
{
    return loop_now(session->pool->loop) + (int64_t)milliseconds * 1000;
}

static bool is_up(const Session *session)
{
    return session->state == SESSION_READY || session->state == SESSION_BUSY || session->again;
}

void session_set_state(Session *session, SessionState state)
{
    const bool was_up = is_up(session);
    session->state = state;
    session->again = session->again && state == SESSION_SETTING_UP;
    session->lane->ready += is_up(session);
    session->lane->ready -= was_up;
}

void session_init(Session *session, Lane *lane)
{
    const PoolSettings *settings = lane->pool->settings;
    session->pool = lane->pool;
    session->lane = lane;
    session->limit = settings->batch;
    session->socket = -1;
    session->sent = g_new0(Sent, settings->batch);
    session->expects = g_array_new(FALSE, FALSE, sizeof(Expect));
    session->results = g_ptr_array_new();
    statements_init(session);
}

/* With what libpq holds of it. Never blocks: what would still be sent goes nowhere. */
static void disconnect(Session *session)
{
    loop_timer_stop(&session->timer);
    g_clear_pointer(&session->watch, loop_watch_free);
    if (session->socket >= 0)
        close(session->socket);
    session->socket = -1;
    g_clear_pointer(&session->resolved, g_strfreev);
    session->swollen_at = 0;
    if (session->errand != NULL)
        errand_forget(g_steal_pointer(&session->errand));
    if (session->conn == NULL)
        return;
    if (PQsocket(session->conn) >= 0)
        shutdown(PQsocket(session->conn), SHUT_RDWR);
    PQfinish(g_steal_pointer(&session->conn));
}

void session_clear(Session *session)
{
    disconnect(session);
    session_set_state(session, SESSION_DOWN);
    batch_clear(session);
    statements_destroy(session);
    g_array_unref(session->expects);
    g_ptr_array_unref(session->results);
    g_free(session->sent);
}

/* Half to one and a half times the mean, so that not all come back at once. */
static unsigned with_jitter(unsigned mean)
{
    return mean / 2 + (unsigned)g_random_int_range(0, (int)mean + 1);
}

static void note_reason(Session *session, const char *reason)
{
    Lane *lane = session->lane;
    lane->reason = reason;
    g_strlcpy(lane->sqlstate, session->sqlstate, sizeof lane->sqlstate);
    session->sqlstate[0] = '\0';
}

void session_failed(Session *session, const char *reason)
{
    Lane *lane = session->lane;
    const bool read_only = g_str_equal(reason, "in recovery") || g_str_equal(reason, "read only");
    const unsigned mean = MAX(session->pool->settings->retry_time, read_only ? WRITER_RETRY : 1);
    disconnect(session);
    session_set_state(session, SESSION_DOWN);
    batch_clear(session);
    session->failures++;
    session->pool->counts.failures++;
    if (lane->ready == 0)
        lane->read_only = read_only;
    note_reason(session, reason);
    session_start(session, with_jitter(mean));
}

/* What the server or the system said when no connection came about. */
static void fail_to_connect(Session *session)
{
    outcome_connect_sqlstate(PQerrorMessage(session->conn), session->sqlstate);
    session_failed(session,
                   *session->sqlstate != '\0' ? outcome_reason(session->sqlstate) : "unreachable");
}

static void on_connect_time(LoopTimer *timer, void *data)
{
    (void)timer;
    Session *session = data;
    if (session->state != SESSION_RESOLVING) {
        session_failed(session, "no answer");
        return;
    }
    /* The thread cannot be stopped: another would hang beside it. */
    session->failures++;
    session->pool->counts.failures++;
    note_reason(session, "unknown host");
}

static void start_connect_time(Session *session)
{
    loop_timer_start(session->pool->loop, &session->timer,
                     in_milliseconds(session, session->pool->settings->connect_time),
                     on_connect_time, session);
}

/* Reads all there is. OpenSSL may hold the rest of a record, which no event tells of. */
static bool consume(Session *session)
{
    SSL *ssl = PQsslInUse(session->conn) ? PQgetssl(session->conn) : NULL;
    bool alive = PQconsumeInput(session->conn) == 1;
    while (alive && ssl != NULL && SSL_pending(ssl) > 0)
        alive = PQconsumeInput(session->conn) == 1;
    return alive;
}

static const char *lost_reason(const Session *session)
{
    return outcome_reason(session->sqlstate);
}

static void drop_notifications(Session *session)
{
    for (PGnotify *notify; (notify = PQnotifies(session->conn)) != NULL;)
        PQfreemem(notify);
}

static void lose(Session *session)
{
    if (session->state == SESSION_SETTING_UP && !session->again)
        session_failed(session, lost_reason(session));
    else
        session_lost(session, lost_reason(session), true);
}

static void on_ready(unsigned events, void *data)
{
    Session *session = data;
    bool alive = true;
    if (events & LOOP_READ) {
        alive = consume(session);
        batch_receive(session);
        if (session->conn == NULL)
            return;
        if (session->state == SESSION_READY)
            drop_notifications(session);
    }
    if (!alive || PQstatus(session->conn) == CONNECTION_BAD)
        lose(session);
    else if (events & LOOP_WRITE)
        session_flush(session);
}

void session_flush(Session *session)
{
    const int left = PQflush(session->conn);
    const unsigned reads = session->paused ? 0 : LOOP_READ;
    /* If sending failed, reading will tell why. */
    loop_watch_set(session->watch, reads | (left == 1 ? LOOP_WRITE : 0));
}

/* The end of a session that does nothing is told by a notice. */
static void on_notice(void *data, const PGresult *notice)
{
    Session *session = data;
    const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL && outcome_of(notice) == MEANS_LOST)
        g_strlcpy(session->sqlstate, sqlstate, sizeof session->sqlstate);
}

/* libpq closes its own as soon as the connection is lost, and another thread may have the number
 * again before the watch of it has ended. */
static bool watch_socket(Session *session)
{
    session->socket = fcntl(PQsocket(session->conn), F_DUPFD_CLOEXEC, 0);
    if (session->socket < 0)
        return false;
    session->watch =
        loop_watch_new(session->pool->loop, session->socket, LOOP_READ, on_ready, session);
    return true;
}

static void begin_setup(Session *session)
{
    if (PQserverVersion(session->conn) < 130000) {
        session_failed(session, "server too old");
        return;
    }
    PQsetErrorVerbosity(session->conn, PQERRORS_DEFAULT);
    if (PQsetnonblocking(session->conn, 1) != 0 || !PQenterPipelineMode(session->conn) ||
        !watch_socket(session)) {
        session_failed(session, "lost");
        return;
    }
    statements_clear(session);
    setup_send(session);
}

/* The socket may be another after each call, under the same number. */
static void on_connecting(unsigned events, void *data)
{
    (void)events;
    Session *session = data;
    g_clear_pointer(&session->watch, loop_watch_free);
    const PostgresPollingStatusType next = PQconnectPoll(session->conn);
    if (next == PGRES_POLLING_FAILED)
        fail_to_connect(session);
    else if (next == PGRES_POLLING_OK)
        begin_setup(session);
    else
        session->watch = loop_watch_new(session->pool->loop, PQsocket(session->conn),
                                        next == PGRES_POLLING_READING ? LOOP_READ : LOOP_WRITE,
                                        on_connecting, session);
}

static void begin_connect(Session *session)
{
    session_set_state(session, SESSION_CONNECTING);
    session->pool->counts.connects++;
    start_connect_time(session);
    session->conn = target_connect(session->lane->target, session->resolved);
    if (session->conn == NULL || PQstatus(session->conn) == CONNECTION_BAD) {
        fail_to_connect(session);
        return;
    }
    PQsetErrorVerbosity(session->conn, PQERRORS_SQLSTATE);
    PQsetNoticeReceiver(session->conn, on_notice, session);
    session->watch = loop_watch_new(session->pool->loop, PQsocket(session->conn), LOOP_WRITE,
                                    on_connecting, session);
}

typedef struct Lookup {
    Target *target;
    char **resolved;
} Lookup;

static void run_lookup(void *data)
{
    Lookup *lookup = data;
    lookup->resolved = target_resolve(lookup->target);
}

static void free_lookup(void *data)
{
    Lookup *lookup = data;
    target_free(lookup->target);
    g_strfreev(lookup->resolved);
    g_free(lookup);
}

static void on_lookup(void *data, void *sender)
{
    Lookup *lookup = data;
    Session *session = sender;
    session->errand = NULL;
    session->resolved = g_steal_pointer(&lookup->resolved);
    if (session->resolved == NULL)
        session_failed(session, "unknown host");
    else
        begin_connect(session);
}

static void begin_lookup(Session *session)
{
    Lookup *lookup = g_new0(Lookup, 1);
    lookup->target = target_ref(session->lane->target);
    session_set_state(session, SESSION_RESOLVING);
    session->errand =
        errand_send(session->pool->resolvers, run_lookup, on_lookup, free_lookup, lookup, session);
    if (session->errand != NULL)
        start_connect_time(session);
    else
        session_failed(session, "unknown host");
}

static void on_start(LoopTimer *timer, void *data)
{
    (void)timer;
    Session *session = data;
    session->sqlstate[0] = '\0';
    if (target_has_names(session->lane->target))
        begin_lookup(session);
    else
        begin_connect(session);
}

void session_start(Session *session, unsigned delay)
{
    loop_timer_start(session->pool->loop, &session->timer, in_milliseconds(session, delay),
                     on_start, session);
}

void session_is_ready(Session *session)
{
    loop_timer_stop(&session->timer);
    session->failures = 0;
    session->limit = session->pool->settings->batch;
    session->lane->read_only = false;
    session_set_state(session, SESSION_READY);
}

void session_lost(Session *session, const char *reason, bool hopeful)
{
    Lane *lane = session->lane;
    disconnect(session);
    session_set_state(session, SESSION_DOWN);
    session->failures = hopeful ? 0 : 1;
    session->paused = session->resumed = false;
    session->pool->counts.failures++;
    note_reason(session, reason);
    if (lane->ready == 0)
        lane_hold(lane, HOLD_TIME);
    session_start(session, (unsigned)g_random_int_range(0, FIRST_RETRY));
    batch_lost(session, reason);
}

void session_renew(Session *session)
{
    Lane *lane = session->lane;
    disconnect(session);
    session_set_state(session, SESSION_DOWN);
    note_reason(session, "renewing");
    if (lane->ready == 0)
        lane_hold(lane, HOLD_TIME);
    session_start(session, 0);
}

static int64_t next_look(const Session *session)
{
    return session->rescue_at != 0 ? MIN(session->patience, session->rescue_at) : session->patience;
}

/* Its time is over, nobody waits any more, or its batch is late. */
static void on_patience(LoopTimer *timer, void *data)
{
    Session *session = data;
    const int64_t now = loop_now(session->pool->loop);
    const bool pending = session->expected < session->expects->len;
    if (pending && session->live > 0 && now < session->patience && rescue_is_due(session)) {
        rescue(session);
        if (session->live > 0)
            loop_timer_start(session->pool->loop, timer, next_look(session), on_patience, session);
        return;
    }
    if (pending && session->live == 0 && !session->cancelled && now < session->patience) {
        cancel_running(session);
        session->patience = MIN(session->patience, in_milliseconds(session, CANCEL_TIME));
        loop_timer_start(session->pool->loop, timer, session->patience, on_patience, session);
        return;
    }
    if (pending)
        cancel_lost(session);
    session_lost(session, "frozen", false);
}

static void wait_for_batch(Session *session, unsigned milliseconds)
{
    session->patience = in_milliseconds(session, milliseconds);
    loop_timer_start(session->pool->loop, &session->timer, next_look(session), on_patience,
                     session);
}

void session_begin_patience(Session *session)
{
    wait_for_batch(session, session->timeout + GRACE);
}

void session_orphan(Session *session)
{
    session->live--;
    if (session->live > 0 || session->state != SESSION_BUSY)
        return;
    if (session->paused)
        session_pause(session, false);
    if (!session->cancelled)
        loop_timer_start(session->pool->loop, &session->timer,
                         MIN(session->patience, in_milliseconds(session, ORPHAN_TIME)), on_patience,
                         session);
}

/* Since version 14 the server tells that it has become read-only. */
static bool has_become_read_only(const Session *session)
{
    const char *value = PQparameterStatus(session->conn, "default_transaction_read_only");
    return lane_writes(session->lane) && value != NULL && g_str_equal(value, "on");
}

/* It has just answered, so it does not take long, unless the server hangs. */
static void set_up_again(Session *session)
{
    session->again = true; /* it is busy: up before and after */
    loop_timer_start(session->pool->loop, &session->timer, in_milliseconds(session, CANCEL_TIME),
                     on_connect_time, session);
    setup_send(session);
}

void session_rested(Session *session)
{
    if (session->state != SESSION_BUSY || session->expected < session->expects->len)
        return;
    if (session->errand != NULL) {
        wait_for_batch(session, CANCEL_TIME);
        return;
    }
    loop_timer_stop(&session->timer);
    batch_clear(session);
    session->cancelled = false;
    if (PQtransactionStatus(session->conn) != PQTRANS_IDLE) {
        session_lost(session, "transaction left open", true);
    } else if (session->suspicious || session->stained || has_become_read_only(session)) {
        set_up_again(session);
    } else {
        session_set_state(session, SESSION_READY);
    }
}

void session_pause(Session *session, bool pause)
{
    session->resumed = session->paused && !pause;
    session->paused = pause;
    loop_watch_set(session->watch, pause ? 0 : LOOP_READ);
    if (pause)
        loop_timer_stop(&session->timer);
    else
        session_begin_patience(session);
    if (session->resumed)
        loop_again(session->pool->loop);
}
