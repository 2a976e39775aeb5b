#include "migrate/send.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* The milliseconds until the next tick, for poll(): -1 without one. */
typedef struct Clock {
    const Waiting *waiting;
    gint64 next; /* monotonic */
} Clock;

static Clock clock_new(const Waiting *waiting)
{
    gint64 now = g_get_monotonic_time();
    return (Clock){.waiting = waiting,
                   .next = waiting != NULL ? now + (gint64)waiting->first * 1000 : 0};
}

static int clock_remaining(const Clock *clock)
{
    if (clock->waiting == NULL)
        return -1;
    gint64 left = clock->next - g_get_monotonic_time();
    return left <= 0 ? 0 : (int)MIN(left / 1000 + 1, G_MAXINT);
}

static void clock_tick(Clock *clock)
{
    if (clock->waiting == NULL || clock_remaining(clock) > 0)
        return;
    unsigned pause = clock->waiting->tick(clock->waiting->data);
    clock->next = g_get_monotonic_time() + (gint64)pause * 1000;
}

/* Waits until a result can be had without waiting; false if the connection is gone. */
static bool wait_for_input(PGconn *conn, Clock *clock)
{
    while (PQisBusy(conn)) {
        int unsent = PQflush(conn);
        if (unsent < 0)
            return false;
        struct pollfd socket = {.fd = PQsocket(conn),
                                .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))};
        int ready = poll(&socket, 1, clock_remaining(clock));
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready > 0 && (socket.revents & ~POLLOUT) != 0 && !PQconsumeInput(conn))
            return false;
        clock_tick(clock);
    }
    return true;
}

static PGresult *next_result(PGconn *conn, Clock *clock)
{
    wait_for_input(conn, clock); /* a lost connection shows as a failed result */
    return PQgetResult(conn);
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool send_request(PGconn *conn, const Request *request)
{
    int count = request->values != NULL ? (int)request->values->len : 0;
    const char *const *values = count > 0 ? (const char *const *)request->values->pdata : NULL;
    if (request->sql == NULL)
        return PQsendQueryPrepared(conn, request->name, count, values, NULL, NULL, 0) != 0;
    if (request->name != NULL)
        return PQsendPrepare(conn, request->name, request->sql, 0, NULL) != 0;
    return PQsendQueryParams(conn, request->sql, count, NULL, values, NULL, NULL, 0) != 0;
}

/* Nobody will copy, and the server would wait for ever: only the end of the connection helps. */
static void end_copy(PGconn *conn)
{
    shutdown(PQsocket(conn), SHUT_RDWR);
    while (PQstatus(conn) == CONNECTION_OK && PQconsumeInput(conn))
        ; /* until libpq has noticed */
}

/* Reads the answer to one statement up to its end. */
static bool read_answer(Database *db, Clock *clock, GError **error)
{
    PGconn *conn = database_connection(db);
    PGresult *result = next_result(conn, clock);
    bool good = is_good(result);
    if (!good)
        database_set_error(db, result, error);
    if (database_is_copy(result))
        end_copy(conn);
    for (; result != NULL && PQstatus(conn) == CONNECTION_OK; result = next_result(conn, clock))
        PQclear(result);
    PQclear(result);
    return good;
}

/* Reads what is left of a pipeline, up to its end. */
static void skip_to_sync(PGconn *conn, Clock *clock)
{
    while (PQstatus(conn) == CONNECTION_OK) {
        g_autoptr(PGresult) result = next_result(conn, clock);
        if (result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            return;
    }
}

static bool read_all(Database *db, size_t count, Clock *clock, size_t *out_failed, GError **error)
{
    bool good = true;
    size_t done = 0;
    while (good && done < count) {
        good = read_answer(db, clock, error);
        if (good && clock->waiting != NULL && clock->waiting->answered != NULL)
            clock->waiting->answered(done, clock->waiting->answered_data);
        done += good;
    }
    skip_to_sync(database_connection(db), clock);
    if (!good)
        *out_failed = done;
    return good;
}

static bool tell_lost(Database *db, GError **error)
{
    database_set_error(db, NULL, error);
    return false;
}

bool send_begin(Database *db, GError **error)
{
    PGconn *conn = database_connection(db);
    bool good = PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn);
    return good || tell_lost(db, error);
}

bool send_add(Database *db, const Request *request, GError **error)
{
    PGconn *conn = database_connection(db);
    bool good = send_request(conn, request) && (!request->flush || PQsendFlushRequest(conn));
    return good || tell_lost(db, error);
}

bool send_finish(Database *db, size_t count, const Waiting *waiting, size_t *out_failed,
                 GError **error)
{
    PGconn *conn = database_connection(db);
    Clock clock = clock_new(waiting);
    *out_failed = count;
    if (!PQpipelineSync(conn))
        return tell_lost(db, error);
    bool good = read_all(db, count, &clock, out_failed, error);
    PQexitPipelineMode(conn); /* fails only if the connection is gone: then all else does */
    PQsetnonblocking(conn, 0);
    return good;
}

bool send_batch(Database *db, const GPtrArray *statements, const Waiting *waiting,
                size_t *out_failed, GError **error)
{
    *out_failed = statements->len;
    if (!send_begin(db, error))
        return false;
    for (unsigned i = 0; i < statements->len; i++) {
        Request request = {.sql = statements->pdata[i]};
        if (!send_add(db, &request, error))
            return false;
    }
    return send_finish(db, statements->len, waiting, out_failed, error);
}

bool send_alone(Database *db, const char *sql, const Waiting *waiting, GError **error)
{
    PGconn *conn = database_connection(db);
    Clock clock = clock_new(waiting);
    if (!PQsendQuery(conn, sql)) {
        database_set_error(db, NULL, error);
        return false;
    }
    return read_answer(db, &clock, error);
}
