#include "pool/cancel.h"
#include "pool/session.h"

static void run_cancel(void *data)
{
    char message[256];
    PQcancel(data, message, sizeof message); /* whether it arrives, the connection will show */
}

static void free_cancel(void *data)
{
    PQfreeCancel(data);
}

static void on_arrived(void *data, void *sender)
{
    (void)data;
    Session *session = sender;
    session->errand = NULL;
    session_rested(session);
}

static Errand *send_cancel(Session *session, ErrandEnd *end)
{
    PGcancel *cancel = PQgetCancel(session->conn);
    if (cancel == NULL)
        return NULL;
    session->pool->counts.cancels++;
    return errand_send(session->pool->cancellers, run_cancel, end, free_cancel, cancel, session);
}

void cancel_running(Session *session)
{
    session->cancelled = true;
    session->errand = send_cancel(session, on_arrived);
}

void cancel_lost(Session *session)
{
    send_cancel(session, NULL);
}
