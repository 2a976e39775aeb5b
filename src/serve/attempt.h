/*
 * A connection that a thread makes for a loop.
 *
 * libpq connects without waiting, but for names, which it looks up in the call; and it goes on to
 * the next host or address of several only when the one before has answered, or by a time limit
 * that it knows in its waiting calls alone. So a thread does it, and the loop gets what came of it.
 */
#pragma once
#include "loop/loop.h"
#include "pg/settings.h"

#include <libpq-fe.h>

typedef struct Attempt Attempt;

/*
 * @conn: (transfer full) (nullable): connected, or why not: PQstatus() tells; its messages are
 *   verbose, so that they begin with the SQLSTATE. Non-blocking. @overdue: there was no answer in
 *   time, which is no fault that libpq words.
 */
typedef void AttemptDone(PGconn *conn, bool overdue, void *data);

/* How to connect, and what then. Plain values; what they point to lives until attempt_new(). */
typedef struct AttemptOrder {
    const ConnectionSettings *settings;
    const char *application_name;
    unsigned time; /* milliseconds for the first try, which tells the SQLSTATE of a refusal; if
                      nobody answered, 2 s for each address */
    AttemptDone *done;
    void *data;
} AttemptOrder;

/**
 * attempt_new:
 *
 * Returns: (transfer full): calls @done in the loop's thread, after which the attempt is gone; or
 *   %NULL with APP_ERROR_PROGRAM if there can be no thread.
 */
Attempt *attempt_new(Loop *loop, const AttemptOrder *order, GError **error);

/* @done is not called any more; what the thread still makes is closed. Never waits. */
void attempt_abandon(Attempt *attempt);
