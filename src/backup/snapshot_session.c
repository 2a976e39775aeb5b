#include "backup/snapshot_session.h"

#include "sql/quote.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define STOP_TIMEOUT 10 /* seconds: for the server to end what it was told to cancel */
#define STOP_AGAIN 100  /* milliseconds: until it is told again */

/* Text that is the same everywhere: quoted and qualified names, exact numbers, no time zone. A
 * table that policies hide rows of is an error. */
static const char settings_sql[] = "SET LOCAL search_path = pg_catalog;"
                                   "SET LOCAL row_security = off;"
                                   "SET LOCAL DateStyle = 'ISO, YMD';"
                                   "SET LOCAL TimeZone = 'UTC';"
                                   "SET LOCAL IntervalStyle = 'postgres';"
                                   "SET LOCAL bytea_output = 'hex';"
                                   "SET LOCAL extra_float_digits = 1;"
                                   "SET LOCAL lc_monetary = 'C';"
                                   "SET LOCAL xmlbinary = 'base64';"
                                   "SET LOCAL quote_all_identifiers = off;"
                                   "SET LOCAL statement_timeout = 0;"
                                   "SET LOCAL lock_timeout = '60s';"
                                   "SET LOCAL idle_in_transaction_session_timeout = 0;"
                                   "SET LOCAL max_parallel_workers_per_gather = 0;"
                                   "SET LOCAL parallel_setup_cost = 0;"
                                   "SET LOCAL jit = off;";

struct SnapshotSession {
    Database *db;
    int stop; /* (not owned) */
};

bool snapshot_session_settle(Database *db, GError **error)
{
    return database_execute(db, settings_sql, error) &&
           (database_version(db) < 170000 ||
            database_execute(db, "SET LOCAL transaction_timeout = 0", error));
}

static bool begin(SnapshotSession *session, const char *snapshot, GError **error)
{
    g_autoptr(GString) sql = g_string_new("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;");
    if (snapshot != NULL)
        sql_append(sql, "SET TRANSACTION SNAPSHOT %L;", snapshot);
    return database_execute(session->db, sql->str, error) &&
           snapshot_session_settle(session->db, error);
}

SnapshotSession *snapshot_session_open(const ConnectionSettings *settings, const char *snapshot,
                                       int stop, GError **error)
{
    g_autoptr(SnapshotSession) session = g_new0(SnapshotSession, 1);
    session->stop = stop;
    session->db = database_open(settings, error);
    if (session->db == NULL || !begin(session, snapshot, error))
        return NULL;
    return g_steal_pointer(&session);
}

void snapshot_session_free(SnapshotSession *session)
{
    if (session == NULL)
        return;
    database_close(session->db);
    g_free(session);
}

/* Whether the server has something to read before @stop does, @milliseconds (-1: for ever). */
static bool await(PGconn *conn, int stop, int milliseconds)
{
    struct pollfd both[] = {{.fd = PQsocket(conn), .events = POLLIN},
                            {.fd = stop, .events = POLLIN}};
    int ready = 0;
    do
        ready = poll(both, stop < 0 ? 1 : 2, milliseconds);
    while (ready < 0 && errno == EINTR);
    return both[1].revents == 0 && both[0].revents != 0;
}

/* Reads what came of the statement. Returns: whether that was its end. */
static bool has_ended(PGconn *conn)
{
    while (!PQisBusy(conn)) {
        g_autoptr(PGresult) result = PQgetResult(conn);
        if (result == NULL)
            return true;
    }
    return false;
}

/* Tells the server to cancel, and waits until it has. It is told again: a server that had not
 * begun with the statement passes over it. */
static void cancel(SnapshotSession *session)
{
    PGconn *conn = database_connection(session->db);
    gint64 end = g_get_monotonic_time() + STOP_TIMEOUT * G_TIME_SPAN_SECOND;
    while (!has_ended(conn) && g_get_monotonic_time() < end) {
        if (!database_cancel(session->db, NULL)) /* the connection is closed all the same */
            return;
        if (await(conn, -1, STOP_AGAIN) && !PQconsumeInput(conn))
            return;
    }
}

/* (transfer full) (nullable): the last result, or the first that is an error. */
static PGresult *collect(SnapshotSession *session, bool *out_stopped)
{
    PGconn *conn = database_connection(session->db);
    g_autoptr(PGresult) last = NULL;
    for (;;) {
        while (PQisBusy(conn)) {
            if (!await(conn, session->stop, -1)) {
                *out_stopped = true;
                cancel(session);
                return NULL;
            }
            if (!PQconsumeInput(conn))
                break; /* the next result tells of it */
        }
        PGresult *next = PQgetResult(conn);
        if (next == NULL)
            return g_steal_pointer(&last);
        PQclear(last);
        last = next;
    }
}

PGresult *snapshot_session_query(SnapshotSession *session, const char *sql, GError **error)
{
    bool stopped = false;
    bool sent = PQsendQuery(database_connection(session->db), sql) == 1;
    g_autoptr(PGresult) result = sent ? collect(session, &stopped) : NULL;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return g_steal_pointer(&result);
    if (stopped)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_SQL, "canceled");
    else
        database_set_error(session->db, result, error);
    return NULL;
}

bool snapshot_session_renew(SnapshotSession *session, GError **error)
{
    return database_execute(session->db, "ROLLBACK", error) && begin(session, NULL, error);
}

char *snapshot_session_export(SnapshotSession *session, GError **error)
{
    return database_query_value(session->db, "SELECT pg_export_snapshot()", NULL, 0, error);
}

const SqlError *snapshot_session_error(const SnapshotSession *session)
{
    return database_error(session->db);
}

bool snapshot_session_failed_with(const SnapshotSession *session, const char *sqlstate)
{
    return strcmp(snapshot_session_error(session)->sqlstate, sqlstate) == 0;
}
