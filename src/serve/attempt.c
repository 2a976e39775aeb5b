#include "serve/attempt.h"

#include "base/thread.h"

#include <poll.h>
#include <pthread.h>

/* Seconds for each address of a second try: the least that libpq takes. */
#define ADDRESS_TIME "2"

/* Shared by the loop and the thread: who leaves last frees it. */
struct Attempt {
    pthread_mutex_t lock;
    Loop *loop; /* %NULL: abandoned */
    unsigned users;
    AttemptDone *done;
    void *data;
    unsigned time;
    ConnectionSettings *settings;
    PGconn *conn; /* what came of it */
    bool overdue;
};

/* With the lock held, which it gives back. */
static void leave(Attempt *attempt)
{
    bool last = --attempt->users == 0;
    pthread_mutex_unlock(&attempt->lock);
    if (!last)
        return;
    PQfinish(attempt->conn);
    settings_free(attempt->settings);
    pthread_mutex_destroy(&attempt->lock);
    g_free(attempt);
}

/* In the loop's thread. */
static void deliver(void *data)
{
    Attempt *attempt = data;
    pthread_mutex_lock(&attempt->lock);
    bool wanted = attempt->loop != NULL;
    PGconn *conn = wanted ? g_steal_pointer(&attempt->conn) : NULL;
    AttemptDone *done = attempt->done;
    void *done_data = attempt->data;
    bool overdue = attempt->overdue;
    attempt->users -= wanted; /* the loop's own */
    leave(attempt);
    if (wanted)
        done(conn, overdue, done_data);
}

/* Waits for what PQconnectPoll() asked for; whether it came in time. */
static bool wait_for(PGconn *conn, PostgresPollingStatusType wanted, int64_t until)
{
    struct pollfd socket = {.fd = PQsocket(conn),
                            .events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT};
    int64_t left = (until - g_get_monotonic_time() + 999) / 1000;
    return left > 0 && poll(&socket, 1, (int)left) > 0;
}

/* The first try: without waiting calls, so that the messages can be made verbose before. */
static PGconn *try_once(const char *const *keys, const char *const *values, unsigned time,
                        bool *out_overdue)
{
    int64_t until = g_get_monotonic_time() + (int64_t)time * 1000;
    PGconn *conn = PQconnectStartParams(keys, values, 0);
    if (conn == NULL || PQstatus(conn) == CONNECTION_BAD)
        return conn;
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    do {
        if (!wait_for(conn, wanted, until)) {
            *out_overdue = true;
            break;
        }
        wanted = PQconnectPoll(conn);
    } while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING);
    return conn;
}

static PGconn *make(Attempt *attempt, bool *out_overdue)
{
    g_autofree const char **keys = settings_keywords(attempt->settings);
    g_autofree const char **values = settings_values(attempt->settings);
    PGconn *conn = try_once((const char *const *)keys, (const char *const *)values, attempt->time,
                            out_overdue);
    if (!*out_overdue)
        return conn;
    PQfinish(conn);
    conn = PQconnectdbParams((const char *const *)keys, (const char *const *)values, 0);
    *out_overdue = PQstatus(conn) != CONNECTION_OK;
    return conn;
}

static void *run(void *data)
{
    Attempt *attempt = data;
    bool overdue = false;
    PGconn *conn = make(attempt, &overdue);
    if (conn != NULL && PQstatus(conn) == CONNECTION_OK) {
        PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
        PQsetnonblocking(conn, 1);
    }
    pthread_mutex_lock(&attempt->lock);
    attempt->conn = conn;
    attempt->overdue = overdue;
    if (attempt->loop != NULL) {
        attempt->users++; /* the call's */
        loop_call(attempt->loop, deliver, attempt);
    }
    leave(attempt);
    return NULL;
}

static ConnectionSettings *complete(const AttemptOrder *order)
{
    ConnectionSettings *settings = settings_copy(order->settings);
    settings_set(settings, "client_encoding", "UTF8");
    settings_set(settings, "connect_timeout", ADDRESS_TIME);
    settings_set(settings, "application_name", order->application_name);
    return settings;
}

Attempt *attempt_new(Loop *loop, const AttemptOrder *order, GError **error)
{
    Attempt *attempt = g_new0(Attempt, 1);
    pthread_mutex_init(&attempt->lock, NULL);
    attempt->loop = loop;
    attempt->users = 2;
    attempt->done = order->done;
    attempt->data = order->data;
    attempt->time = order->time;
    attempt->settings = complete(order);
    GThread *thread = thread_start("connect", run, attempt, error);
    if (thread != NULL) {
        g_thread_unref(thread);
        return attempt;
    }
    pthread_mutex_lock(&attempt->lock);
    attempt->users = 1;
    leave(attempt);
    return NULL;
}

void attempt_abandon(Attempt *attempt)
{
    if (attempt == NULL)
        return;
    pthread_mutex_lock(&attempt->lock);
    if (loop_take_back(attempt->loop, deliver, attempt))
        attempt->users--;
    attempt->loop = NULL;
    leave(attempt);
}
