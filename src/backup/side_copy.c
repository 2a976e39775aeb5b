#include "backup/side_copy.h"

enum { TELL_EACH = 1000000 /* bytes */ };

static bool begin(Database *db, const char *sql, ExecStatusType wanted, GError **error)
{
    g_autoptr(PGresult) result = PQexec(database_connection(db), sql);
    if (PQresultStatus(result) == wanted)
        return true;
    database_set_error(db, result, error);
    return false;
}

/* The rows that a COPY was about, once it is over; -1 with an error. */
static int64_t finish(Database *db, GError **error)
{
    int64_t rows = -1;
    bool failed = false;
    for (bool over = false; !over;) {
        g_autoptr(PGresult) result = PQgetResult(database_connection(db));
        over = result == NULL || database_is_copy(result); /* of one that cannot be ended */
        if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            rows = g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
            continue;
        }
        if (!failed && (!over || rows < 0)) {
            database_set_error(db, result, error);
            failed = true;
        }
    }
    return failed ? -1 : rows;
}

/* Nobody wants the rest of the rows. */
static void abandon(Database *from)
{
    PGconn *conn = database_connection(from);
    database_cancel(from, NULL); /* else all of them come */
    char *row = NULL;
    while (PQgetCopyData(conn, &row, 0) > 0)
        PQfreemem(row);
    finish(from, NULL);
}

/* Returns: whether all rows that can be read were written. */
static bool pump(Database *from, Database *to, int64_t *bytes, LoadProgress *progress, void *data)
{
    for (;;) {
        char *row = NULL;
        int length = PQgetCopyData(database_connection(from), &row, 0);
        if (length < 0)
            return true;
        bool written = PQputCopyData(database_connection(to), row, length) == 1;
        PQfreemem(row);
        if (!written)
            return false;
        int64_t before = *bytes;
        *bytes += length;
        if (progress != NULL && *bytes / TELL_EACH > before / TELL_EACH)
            progress(&(LoadStanding){.bytes = *bytes}, data);
    }
}

/* The writer would take no more. */
static int64_t give_up(Database *from, Database *to, GError **error)
{
    abandon(from);
    PQputCopyEnd(database_connection(to), NULL); /* fails if the server has ended it already */
    if (finish(to, error) >= 0)
        g_set_error(error, APP_ERROR, APP_ERROR_SQL, "the server took no more rows");
    return -1;
}

/* The reader's error comes first: it is why the writer is told to give up. */
static int64_t end(Database *from, Database *to, GError **error)
{
    int64_t read = finish(from, error);
    PQputCopyEnd(database_connection(to), read < 0 ? "the rows could not be read" : NULL);
    int64_t written = finish(to, read < 0 ? NULL : error);
    if (read < 0 || written < 0)
        return -1;
    if (read == written)
        return written;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "%" G_GINT64_FORMAT " rows were sent, and %" G_GINT64_FORMAT " came", (gint64)read,
                (gint64)written);
    return -1;
}

int64_t side_copy(Database *from, const char *out, Database *to, const char *in, int64_t *bytes,
                  LoadProgress *progress, void *data, GError **error)
{
    if (!begin(to, in, PGRES_COPY_IN, error))
        return -1;
    if (begin(from, out, PGRES_COPY_OUT, error))
        return pump(from, to, bytes, progress, data) ? end(from, to, error)
                                                     : give_up(from, to, error);
    PQputCopyEnd(database_connection(to), "there are no rows to read");
    finish(to, NULL);
    return -1;
}
