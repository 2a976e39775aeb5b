#include "serve/probe.h"

#include "serve/attempt.h"
#include "sql/quote.h"

#include <string.h>

/* $1, $2: schema and name of the version table. Asking to_regclass() would be an error where the
 * role may not use the schema. A standby without a receiver has not heard of anything new, whatever
 * it has replayed. */
static const char look_sql[] =
    "select pg_catalog.pg_is_in_recovery()\n"
    "     , pg_catalog.current_setting('transaction_read_only')\n"
    "     , case when pg_catalog.pg_is_in_recovery() then\n"
    "         case when pg_catalog.pg_last_wal_receive_lsn() <= "
    "pg_catalog.pg_last_wal_replay_lsn()\n"
    "                   and exists (select from pg_catalog.pg_stat_wal_receiver) then 0\n"
    "              else extract(epoch from pg_catalog.clock_timestamp()\n"
    "                                      - pg_catalog.pg_last_xact_replay_timestamp()) end end\n"
    "     , (select case when pg_catalog.has_schema_privilege(n.oid, 'usage')\n"
    "                         and pg_catalog.has_table_privilege(c.oid, 'select')\n"
    "                    then 'read' else 'forbidden' end\n"
    "          from pg_catalog.pg_class c\n"
    "          join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n"
    "         where n.nspname = $1 and c.relname = $2)";

typedef struct Waiter {
    ProbeDone *done;
    void *data;
} Waiter;

/* Whose results come. */
typedef enum Stage { STAGE_STATE, STAGE_VERSIONS } Stage;

struct Probe {
    Loop *loop;
    ConnectionSettings *server;
    char *application_name;
    char *schema, *table; /* of the versions */
    char *versions_sql;
    int64_t deadline; /* microseconds */

    /* Callbacks note what has happened and call this: it does what is next. */
    void (*advance)(Probe *probe);
    bool has_input;   /* the connection can be read */
    bool is_overdue;  /* the look's deadline has come */
    bool has_ended;   /* the attempt, with: */
    PGconn *made;     /* (nullable) */
    bool was_overdue; /* there was no answer */

    Attempt *attempt; /* (nullable) */
    PGconn *conn;     /* (nullable): connected, in pipeline mode */
    LoopWatch *watch; /* of it */
    bool is_fresh;    /* it was made for this look */
    bool is_readable; /* the version table was when last asked: so it is asked at once */

    bool looking;
    bool asked_versions; /* in this look */
    bool was_refused;    /* a statement of this look: why is in @next */
    Stage stage;
    int64_t begun;
    LoopTimer timer;
    GArray *now;   /* (element-type Waiter): for this look */
    GArray *later; /* (element-type Waiter): for the next one */

    ProbeResult next; /* what this look has found so far */
    char *next_message;
    char **next_revisions;
    ProbeResult last;
    char *last_message;
    char **last_revisions;
};

static void disconnect(Probe *probe)
{
    g_clear_pointer(&probe->watch, loop_watch_free);
    g_clear_pointer(&probe->conn, PQfinish);
}

const ProbeResult *probe_last(const Probe *probe)
{
    return &probe->last;
}

/* A server that cannot be what the settings ask for is left: the next one may be. */
static bool is_wrong_server(const Probe *probe)
{
    const char *wanted = settings_get(probe->server, "target_session_attrs");
    bool writes = g_strcmp0(wanted, "read-write") == 0 || g_strcmp0(wanted, "primary") == 0;
    return writes && probe->last.outcome == PROBE_ANSWERED &&
           (probe->last.in_recovery || probe->last.read_only);
}

static void publish(Probe *probe, ProbeOutcome outcome)
{
    g_free(probe->last_message);
    g_strfreev(probe->last_revisions);
    probe->last_message = g_steal_pointer(&probe->next_message);
    probe->last_revisions = g_steal_pointer(&probe->next_revisions);
    if (probe->last_message == NULL)
        probe->last_message = g_strdup("");
    if (probe->last_revisions == NULL)
        probe->last_revisions = g_new0(char *, 1);
    probe->last = probe->next;
    probe->last.outcome = outcome;
    probe->last.message = probe->last_message;
    probe->last.revisions = (const char *const *)probe->last_revisions;
    probe->last.time = g_get_real_time();
    probe->last.duration = g_get_monotonic_time() - probe->begun;
}

/* Of a verbose message, "…FATAL:  57P03: words\nLOCATION:  …": the last SQLSTATE in it. */
static bool read_sqlstate(const char *text, char *out_sqlstate, char **out_message)
{
    const char *found = NULL;
    for (const char *at = strstr(text, ":  "); at != NULL; at = strstr(at + 3, ":  ")) {
        if (strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && at[8] == ':' &&
            at[9] == ' ')
            found = at;
    }
    if (found == NULL)
        return false;
    memcpy(out_sqlstate, found + 3, 5);
    out_sqlstate[5] = '\0';
    *out_message = g_strndup(found + 10, strcspn(found + 10, "\n"));
    return true;
}

/* What libpq says of a connection that was not had or is lost. */
static ProbeOutcome read_connection_error(Probe *probe, const PGconn *conn)
{
    const char *text = conn != NULL ? PQerrorMessage(conn) : "out of memory";
    g_clear_pointer(&probe->next_message, g_free);
    if (read_sqlstate(text, probe->next.sqlstate, &probe->next_message))
        return PROBE_REFUSED;
    probe->next_message = g_strchomp(g_strdup(text));
    return PROBE_UNREACHABLE;
}

static void on_input(unsigned events, void *data)
{
    (void)events;
    Probe *probe = data;
    probe->has_input = true;
    probe->advance(probe);
}

static void on_connected(PGconn *conn, bool overdue, void *data)
{
    Probe *probe = data;
    probe->attempt = NULL;
    probe->has_ended = true;
    probe->made = conn;
    probe->was_overdue = overdue;
    probe->advance(probe);
}

static void on_expired(LoopTimer *timer, void *data)
{
    (void)timer;
    Probe *probe = data;
    probe->is_overdue = true;
    probe->advance(probe);
}

static void ignore_notice(void *data, const char *message)
{
    (void)data;
    (void)message;
}

/* Goes on with the attempt that is under way, or begins one. */
static void begin_connecting(Probe *probe)
{
    if (probe->attempt != NULL)
        return;
    const AttemptOrder order = {.settings = probe->server,
                                .application_name = probe->application_name,
                                .time = (unsigned)(probe->deadline / 1000),
                                .done = on_connected,
                                .data = probe};
    g_autoptr(GError) error = NULL; /* is what the look has found */
    probe->attempt = attempt_new(probe->loop, &order, &error);
    if (probe->attempt != NULL)
        return;
    g_free(probe->next_message);
    probe->next_message = g_strdup(error->message);
    loop_timer_start(probe->loop, &probe->timer, loop_now(probe->loop), on_expired, probe);
}

/* Sends what libpq holds back; whether the connection is still there. */
static bool flush(Probe *probe)
{
    int left = PQflush(probe->conn);
    if (left < 0)
        return false;
    loop_watch_set(probe->watch, left > 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    return true;
}

static bool queue_versions(Probe *probe)
{
    probe->asked_versions = true;
    return PQsendQueryParams(probe->conn, probe->versions_sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool send_look(Probe *probe)
{
    const char *const values[] = {probe->schema, probe->table};
    probe->stage = STAGE_STATE;
    return PQsendQueryParams(probe->conn, look_sql, 2, NULL, values, NULL, NULL, 0) == 1 &&
           (!probe->is_readable || queue_versions(probe)) && PQpipelineSync(probe->conn) == 1 &&
           flush(probe);
}

/* The table was not asked at once, but it can be: a second round trip, once. */
static bool send_versions(Probe *probe)
{
    probe->stage = STAGE_VERSIONS;
    return queue_versions(probe) && PQpipelineSync(probe->conn) == 1 && flush(probe);
}

/* What was found so far. */
static void forget(Probe *probe)
{
    g_clear_pointer(&probe->next_message, g_free);
    g_clear_pointer(&probe->next_revisions, g_strfreev);
    probe->next = (ProbeResult){.lag = -1};
    probe->asked_versions = probe->was_refused = false;
}

static void begin_look(Probe *probe)
{
    GArray *told = probe->now;
    probe->now = probe->later;
    probe->later = told;
    g_array_set_size(probe->later, 0);
    probe->looking = true;
    probe->is_fresh = probe->is_overdue = false;
    forget(probe);
    probe->begun = g_get_monotonic_time();
    loop_timer_start(probe->loop, &probe->timer, probe->begun + probe->deadline, on_expired, probe);
    if (probe->conn != NULL && send_look(probe))
        return;
    disconnect(probe);
    begin_connecting(probe);
}

/* A connection of an earlier look may have ended since: only a new one shows what is true. */
static ProbeOutcome lose(Probe *probe)
{
    ProbeOutcome outcome = PROBE_REFUSED;
    if (!probe->was_refused)
        outcome = read_connection_error(probe, probe->conn);
    disconnect(probe);
    if (!probe->looking || probe->is_fresh)
        return outcome;
    forget(probe);
    begin_connecting(probe);
    return PROBE_NONE;
}

static ProbeOutcome take_connection(Probe *probe)
{
    PGconn *conn = g_steal_pointer(&probe->made);
    probe->has_ended = false;
    if (conn == NULL || PQstatus(conn) != CONNECTION_OK || PQenterPipelineMode(conn) != 1) {
        ProbeOutcome outcome =
            probe->was_overdue ? PROBE_OVERDUE : read_connection_error(probe, conn);
        PQfinish(conn);
        return outcome;
    }
    disconnect(probe);
    PQsetNoticeProcessor(conn, ignore_notice, NULL);
    probe->conn = conn;
    probe->watch = loop_watch_new(probe->loop, PQsocket(conn), LOOP_READ, on_input, probe);
    if (!probe->looking)
        return PROBE_NONE;
    probe->is_fresh = true;
    return send_look(probe) ? PROBE_NONE : lose(probe);
}

static void read_refusal(Probe *probe, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (probe->was_refused || sqlstate == NULL)
        return;
    bool missing = g_str_equal(sqlstate, "42P01") || g_str_equal(sqlstate, "3F000");
    if (probe->stage == STAGE_VERSIONS && (missing || g_str_equal(sqlstate, "42501"))) {
        probe->next.version = missing ? PROBE_VERSION_MISSING : PROBE_VERSION_FORBIDDEN;
        probe->is_readable = false;
        return;
    }
    probe->was_refused = true;
    g_strlcpy(probe->next.sqlstate, sqlstate, sizeof probe->next.sqlstate);
    g_free(probe->next_message);
    probe->next_message = g_strdup(message != NULL ? message : PQresultErrorMessage(result));
}

static void read_state(Probe *probe, const PGresult *row)
{
    ProbeResult *next = &probe->next;
    next->server_version = PQserverVersion(probe->conn);
    next->in_recovery = g_str_equal(PQgetvalue(row, 0, 0), "t");
    next->read_only = g_str_equal(PQgetvalue(row, 0, 1), "on");
    if (!PQgetisnull(row, 0, 2))
        next->lag = MAX(g_ascii_strtod(PQgetvalue(row, 0, 2), NULL), 0);
    const char *table = PQgetvalue(row, 0, 3);
    probe->is_readable = g_str_equal(table, "read");
    next->version = probe->is_readable ? PROBE_VERSION_READ
                    : *table != '\0'   ? PROBE_VERSION_FORBIDDEN
                                       : PROBE_VERSION_MISSING;
}

static void read_revisions(Probe *probe, const PGresult *rows)
{
    unsigned count = (unsigned)PQntuples(rows);
    g_strfreev(probe->next_revisions);
    probe->next_revisions = g_new0(char *, count + 1);
    for (unsigned i = 0; i < count; i++)
        probe->next_revisions[i] = g_strdup(PQgetvalue(rows, (int)i, 0));
}

static void read_result(Probe *probe, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR)
        read_refusal(probe, result);
    else if (status == PGRES_TUPLES_OK && probe->stage == STAGE_VERSIONS)
        read_revisions(probe, result);
    else if (status == PGRES_TUPLES_OK && PQntuples(result) == 1)
        read_state(probe, result);
}

static ProbeOutcome end_round(Probe *probe)
{
    if (probe->was_refused)
        return PROBE_REFUSED;
    if (!probe->is_readable || probe->asked_versions)
        return PROBE_ANSWERED;
    return send_versions(probe) ? PROBE_NONE : lose(probe);
}

/* Reads what has come. A statement's results end with NULL, a round with its Sync. */
static ProbeOutcome receive(Probe *probe)
{
    probe->has_input = false;
    if (PQconsumeInput(probe->conn) != 1 || !flush(probe))
        return lose(probe);
    bool ended = false; /* the NULL was the last thing: two in a row end all */
    while (PQisBusy(probe->conn) == 0) {
        g_autoptr(PGresult) result = PQgetResult(probe->conn);
        if (PQstatus(probe->conn) != CONNECTION_OK) {
            if (result != NULL)
                read_result(probe, result);
            return lose(probe);
        }
        if (result == NULL && ended)
            break;
        ended = result == NULL;
        if (result == NULL)
            probe->stage = STAGE_VERSIONS;
        else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            return end_round(probe);
        else
            read_result(probe, result);
    }
    return PROBE_NONE;
}

/* Ends the look and tells all who wait for it. */
static void finish(Probe *probe, ProbeOutcome outcome)
{
    loop_timer_stop(&probe->timer);
    publish(probe, outcome);
    if (outcome != PROBE_ANSWERED || is_wrong_server(probe))
        disconnect(probe);
    for (unsigned i = 0; i < probe->now->len; i++) {
        const Waiter *waiter = &g_array_index(probe->now, Waiter, i);
        waiter->done(&probe->last, waiter->data);
    }
    probe->looking = false;
    if (probe->later->len > 0)
        begin_look(probe);
}

static void advance(Probe *probe)
{
    ProbeOutcome outcome = PROBE_NONE;
    if (probe->has_ended)
        outcome = take_connection(probe);
    if (outcome == PROBE_NONE && probe->conn != NULL && probe->has_input)
        outcome = receive(probe);
    if (outcome == PROBE_NONE && probe->looking && probe->is_overdue)
        outcome = probe->next_message != NULL ? PROBE_UNREACHABLE : PROBE_OVERDUE;
    if (outcome != PROBE_NONE && probe->looking)
        finish(probe, outcome);
}

void probe_ask(Probe *probe, ProbeDone *done, void *data)
{
    const Waiter waiter = {.done = done, .data = data};
    g_array_append_val(probe->later, waiter);
    if (!probe->looking)
        begin_look(probe);
}

Probe *probe_new(Loop *loop, const ProbeSettings *settings)
{
    Probe *probe = g_new0(Probe, 1);
    probe->loop = loop;
    probe->advance = advance;
    probe->server = settings_copy(settings->server);
    probe->application_name = g_strdup(settings->application_name);
    probe->schema = g_strdup(version_table_schema(settings->version));
    probe->table = g_strdup(version_table_name(settings->version));
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "select version_num from %s order by version_num collate \"C\"",
               version_table_quoted(settings->version));
    probe->versions_sql = g_strdup(sql->str);
    probe->deadline = (int64_t)settings->deadline * 1000;
    probe->now = g_array_new(FALSE, FALSE, sizeof(Waiter));
    probe->later = g_array_new(FALSE, FALSE, sizeof(Waiter));
    probe->last_revisions = g_new0(char *, 1);
    probe->last = (ProbeResult){
        .message = "", .lag = -1, .revisions = (const char *const *)probe->last_revisions};
    return probe;
}

void probe_free(Probe *probe)
{
    if (probe == NULL)
        return;
    loop_timer_stop(&probe->timer);
    attempt_abandon(probe->attempt);
    disconnect(probe);
    g_array_unref(probe->now);
    g_array_unref(probe->later);
    settings_free(probe->server);
    g_free(probe->application_name);
    g_free(probe->schema);
    g_free(probe->table);
    g_free(probe->versions_sql);
    PQfinish(probe->made);
    g_free(probe->next_message);
    g_strfreev(probe->next_revisions);
    g_free(probe->last_message);
    g_strfreev(probe->last_revisions);
    g_free(probe);
}
