#include "backup/copy_in.h"

enum { LARGEST = 1 << 30 /* bytes that libpq is given at once */ };

bool copy_in_begin(Database *db, const char *sql, GError **error)
{
    g_autoptr(PGresult) result = PQexec(database_connection(db), sql);
    if (PQresultStatus(result) == PGRES_COPY_IN)
        return true;
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        database_set_error(db, result, error);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "it has no COPY FROM STDIN but \"%s\"", sql);
    return false;
}

static bool lost(Database *db, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_CONNECT, "the connection was lost: %s",
                PQerrorMessage(database_connection(db)));
    return false;
}

bool copy_in_put(Database *db, const void *bytes, size_t length, GError **error)
{
    const char *at = bytes;
    for (size_t left = length; left > 0;) {
        const size_t part = MIN(left, (size_t)LARGEST);
        if (PQputCopyData(database_connection(db), at, (int)part) != 1)
            return lost(db, error);
        at += part;
        left -= part;
    }
    return true;
}

bool copy_in_end(Database *db, uint64_t *out_rows, GError **error)
{
    PGconn *conn = database_connection(db);
    const bool sent = PQputCopyEnd(conn, NULL) == 1;
    bool good = true;
    *out_rows = 0;
    for (PGresult *next; (next = PQgetResult(conn)) != NULL;) {
        g_autoptr(PGresult) result = next;
        if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            *out_rows = g_ascii_strtoull(PQcmdTuples(result), NULL, 10);
        } else if (good) {
            database_set_error(db, result, error);
            good = false;
        }
    }
    return good && (sent || lost(db, error));
}

void copy_in_abandon(Database *db)
{
    PGconn *conn = database_connection(db);
    (void)!PQputCopyEnd(conn, "the restore has failed");
    for (PGresult *next; (next = PQgetResult(conn)) != NULL;)
        PQclear(next);
}
