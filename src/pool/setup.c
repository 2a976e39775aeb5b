#include "pool/setup.h"
#include "pool/batch.h"
#include "pool/lane.h"
#include "pool/session.h"

/* $1 search_path, $2 statement_timeout, $3 application_name. */
#define COMMON                                                                                     \
    "select pg_catalog.set_config(name, value, false) from (values"                                \
    " ('client_encoding', 'UTF8'), ('datestyle', 'ISO, MDY'), ('intervalstyle', 'iso_8601'),"      \
    " ('timezone', 'UTC'), ('bytea_output', 'hex'), ('extra_float_digits', '1'),"                  \
    " ('standard_conforming_strings', 'on'), ('client_min_messages', 'warning'),"                  \
    " ('search_path', coalesce($1, pg_catalog.current_setting('search_path'))),"                   \
    " ('statement_timeout', $2), ('application_name', $3), ('lock_timeout', '0'),"                 \
    " ('idle_in_transaction_session_timeout', '10s')"

/* Reads of a batch share a transaction, and are answered before it ends: each sees what is
 * committed when it begins, whatever the role's settings say. */
static const char set_fast[] = COMMON ", ('default_transaction_read_only', 'on'),"
                                      " ('default_transaction_isolation', 'read committed'),"
                                      " ('jit', 'off')) setting (name, value)";
static const char set_other[] = COMMON ") setting (name, value)";

static const char verify[] =
    "select pg_catalog.pg_is_in_recovery(),"
    " pg_catalog.current_setting('default_transaction_read_only') operator(pg_catalog.=) 'on',"
    " pg_catalog.current_setting('client_encoding') operator(pg_catalog.=) 'UTF8'"
    " and pg_catalog.current_setting('datestyle') operator(pg_catalog.=) 'ISO, MDY'"
    " and pg_catalog.current_setting('intervalstyle') operator(pg_catalog.=) 'iso_8601'"
    " and pg_catalog.current_setting('timezone') operator(pg_catalog.=) 'UTC'"
    " and pg_catalog.current_setting('bytea_output') operator(pg_catalog.=) 'hex'"
    " and pg_catalog.current_setting('extra_float_digits') operator(pg_catalog.=) '1'"
    " and pg_catalog.current_setting('standard_conforming_strings') operator(pg_catalog.=) 'on'";
enum { IN_RECOVERY, READ_ONLY, AS_SET, VERIFIED };

/* What a function may have left behind; all of it works in read-only sessions and on standbys. */
static const char *const clean[] = {
    "set session authorization default", /* and no role */
    "reset all",
    "close all",
    "unlisten *",
    "select pg_catalog.pg_advisory_unlock_all()",
    "discard temporary",
    "discard sequences",
};

static bool send_clean(Session *session)
{
    bool sent = true;
    for (size_t i = 0; sent && i < G_N_ELEMENTS(clean); i++) {
        sent = PQsendQueryParams(session->conn, clean[i], 0, NULL, NULL, NULL, NULL, 0) == 1;
        batch_expect(session, (Expect){.kind = EXPECT_SETUP, .sent = NOBODY});
    }
    return sent;
}

void setup_send(Session *session)
{
    const Lane *lane = session->lane;
    const PoolSettings *settings = session->pool->settings;
    g_autofree char *timeout = g_strdup_printf("%u", lane->timeout);
    const char *const values[] = {settings->search_path, timeout, settings->application_name};
    const char *set = lane->kind == POOL_FAST ? set_fast : set_other;
    session->unfit = NULL;
    session->suspicious = false;
    session_set_state(session, SESSION_SETTING_UP);
    bool sent =
        (!session->stained || send_clean(session)) &&
        PQsendQueryParams(session->conn, set, G_N_ELEMENTS(values), NULL, values, NULL, NULL, 0) &&
        PQsendQueryParams(session->conn, verify, 0, NULL, NULL, NULL, NULL, 0);
    session->stained = false;
    batch_expect(session, (Expect){.kind = EXPECT_SETUP, .sent = NOBODY});
    batch_expect(session, (Expect){.kind = EXPECT_SETUP, .sent = NOBODY});
    if (!sent || !batch_sync(session, NOBODY))
        session_failed(session, "lost");
    else
        session_flush(session);
}

static bool is_true(const PGresult *result, int column)
{
    return *PQgetvalue(result, 0, column) == 't';
}

void setup_take(Session *session, const PGresult *result)
{
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (session->unfit == NULL)
            g_strlcpy(session->sqlstate, sqlstate != NULL ? sqlstate : "",
                      sizeof session->sqlstate);
        session->unfit = "settings refused";
        return;
    }
    if (PQnfields(result) != VERIFIED || PQntuples(result) != 1)
        return;
    const bool writes = lane_writes(session->lane);
    if (!is_true(result, AS_SET))
        session->unfit = "settings not kept";
    else if (writes && is_true(result, IN_RECOVERY))
        session->unfit = "in recovery";
    else if (writes && is_true(result, READ_ONLY))
        session->unfit = "read only";
}

void setup_end(Session *session)
{
    if (session->unfit != NULL)
        session_failed(session, session->unfit);
    else
        session_is_ready(session);
}
