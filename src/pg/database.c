#include "pg/database.h"

#include "base/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define CONNECT_TIMEOUT "10" /* seconds */
#define QUICK_TIMEOUT 1      /* seconds: of a connection that was begun early */

struct Database {
    PGconn *conn;
    SqlError last;
    Interruptible *interruptible; /* (nullable): until it is shielded */
    bool shielded;
    DatabaseNotice *notice; /* (nullable) */
    void *notice_data;
};

static void clear_last(Database *db)
{
    g_clear_pointer(&db->last.message, g_free);
    g_clear_pointer(&db->last.detail, g_free);
    g_clear_pointer(&db->last.hint, g_free);
    g_clear_pointer(&db->last.context, g_free);
    g_clear_pointer(&db->last.column, g_free);
    db->last = (SqlError){0};
}

static void receive_notice(void *data, const PGresult *notice)
{
    Database *db = data;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    if (severity == NULL || message == NULL)
        return;
    if (db->notice != NULL)
        db->notice(severity, message, db->notice_data);
    else
        g_debug("%s: %s", severity, message);
}

void database_set_notice(Database *db, DatabaseNotice *notice, void *data)
{
    db->notice = notice;
    db->notice_data = data;
}

/* PQconnectdbParams or PQconnectStartParams. */
typedef PGconn *Connect(const char *const *keys, const char *const *values, int expand);

/* Later words win in libpq: ours that must hold come last, those that may be changed first. */
static PGconn *connect_with(const ConnectionSettings *settings, Connect *connect)
{
    static const char *const first[][2] = {{"fallback_application_name", "retort"},
                                           {"connect_timeout", CONNECT_TIMEOUT}};
    bool timed = g_getenv("PGCONNECT_TIMEOUT") != NULL ||
                 settings_get(settings, "service") != NULL || g_getenv("PGSERVICE") != NULL;
    g_autofree const char **keys = settings_keywords(settings);
    g_autofree const char **values = settings_values(settings);
    g_autoptr(GPtrArray) all_keys = g_ptr_array_new();
    g_autoptr(GPtrArray) all_values = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(first) - (timed ? 1 : 0); i++) {
        g_ptr_array_add(all_keys, (char *)first[i][0]);
        g_ptr_array_add(all_values, (char *)first[i][1]);
    }
    for (size_t i = 0; keys[i] != NULL; i++) {
        g_ptr_array_add(all_keys, (char *)keys[i]);
        g_ptr_array_add(all_values, (char *)values[i]);
    }
    g_ptr_array_add(all_keys, (char *)"client_encoding");
    g_ptr_array_add(all_values, (char *)"UTF8");
    g_ptr_array_add(all_keys, NULL);
    g_ptr_array_add(all_values, NULL);
    return connect((const char *const *)all_keys->pdata, (const char *const *)all_values->pdata, 0);
}

static const char *known_or(const char *text, const char *fallback)
{
    return text != NULL && *text != '\0' ? text : fallback;
}

/* The text after "FATAL:", or what libpq says of a server that is not there. */
static char *connection_message(const PGconn *conn)
{
    g_autofree char *text = g_strchomp(g_strdup(PQerrorMessage(conn)));
    g_auto(GStrv) parts = g_strsplit(text, "\n\t", -1);
    return g_strjoinv("\nhint: ", parts);
}

static void set_connect_error(const PGconn *conn, const ConnectionSettings *settings,
                              GError **error)
{
    g_autofree char *place = settings_describe(settings);
    g_autofree char *message = connection_message(conn);
    const char *source = settings_source(settings);
    g_set_error(error, APP_ERROR, APP_ERROR_CONNECT, "could not connect to %s%s%s%s\n%s", place,
                *source != '\0' ? " (from " : "", source, *source != '\0' ? ")" : "",
                known_or(message, "no connection"));
}

/* What is idle does not mind. */
static void stop(void *data)
{
    database_cancel(data, NULL);
}

void database_shield(Database *db)
{
    db->shielded = true;
    interrupt_remove(g_steal_pointer(&db->interruptible));
}

static bool may_go_on(const Database *db, GError **error)
{
    return db->shielded || interrupt_check(error);
}

/* @conn: (transfer full) */
static Database *accept(PGconn *conn, const ConnectionSettings *settings, GError **error)
{
    g_autoptr(Database) db = g_new0(Database, 1);
    db->conn = conn;
    if (PQstatus(db->conn) != CONNECTION_OK) {
        set_connect_error(db->conn, settings, error);
        return NULL;
    }
    PQsetNoticeReceiver(db->conn, receive_notice, db);
    if (database_version(db) < 130000) {
        g_set_error(error, APP_ERROR, APP_ERROR_CONNECT,
                    "the server is PostgreSQL %d, which is not supported\n"
                    "hint: PostgreSQL 13 and later are",
                    database_version(db) / 10000);
        return NULL;
    }
    db->interruptible = interrupt_add(stop, db);
    return g_steal_pointer(&db);
}

Database *database_open(const ConnectionSettings *settings, GError **error)
{
    return accept(connect_with(settings, PQconnectdbParams), settings, error);
}

struct Connecting {
    PGconn *conn;
    ConnectionSettings *settings;
    PostgresPollingStatusType next; /* what libpq waits for */
};

/* Goes on as far as it can within @milliseconds; false if it has to wait longer. */
static bool go_on(Connecting *connecting, int milliseconds)
{
    struct pollfd socket = {.fd = PQsocket(connecting->conn),
                            .events = connecting->next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
    if (poll(&socket, 1, milliseconds) < 0)
        return errno == EINTR;
    if (socket.revents != 0)
        connecting->next = PQconnectPoll(connecting->conn);
    return socket.revents != 0;
}

static bool is_waiting(const Connecting *connecting)
{
    return PQstatus(connecting->conn) != CONNECTION_BAD && connecting->next != PGRES_POLLING_OK;
}

/* A local server is asked at once, so that it makes its process ready meanwhile. */
Connecting *database_begin(const ConnectionSettings *settings)
{
    Connecting *connecting = g_new0(Connecting, 1);
    connecting->conn = connect_with(settings, PQconnectStartParams);
    connecting->settings = settings_copy(settings);
    connecting->next = PGRES_POLLING_WRITING;
    while (is_waiting(connecting) && go_on(connecting, 0))
        continue;
    return connecting;
}

void connecting_free(Connecting *connecting)
{
    if (connecting == NULL)
        return;
    PQfinish(connecting->conn);
    settings_free(connecting->settings);
    g_free(connecting);
}

/* Whether the server answered, with yes or no, within @seconds. */
static bool await_answer(Connecting *connecting, int seconds)
{
    gint64 deadline = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
    while (is_waiting(connecting)) {
        gint64 left = (deadline - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
        if (left <= 0 || !go_on(connecting, (int)left))
            return false;
    }
    return true;
}

/* How long to wait for which of several hosts libpq knows alone: a slow server is asked again. */
Database *database_finish(Connecting *connecting, GError **error)
{
    g_autoptr(Connecting) owned = connecting;
    if (owned->conn != NULL && await_answer(owned, QUICK_TIMEOUT))
        return accept(g_steal_pointer(&owned->conn), owned->settings, error);
    return database_open(owned->settings, error);
}

void database_close(Database *db)
{
    if (db == NULL)
        return;
    interrupt_remove(db->interruptible);
    PQfinish(db->conn);
    clear_last(db);
    g_free(db);
}

/* (transfer full) (nullable): how a role is made that is missing; the server says only that. */
static char *role_hint(const SqlError *said)
{
    static const char role[] = "role \"";
    if (strcmp(said->sqlstate, "42704") != 0 || !g_str_has_prefix(said->message, role))
        return NULL;
    const char *name = said->message + strlen(role) - 1;
    const char *end = strrchr(name, '"');
    if (end == name)
        return NULL;
    return g_strdup_printf("roles belong to the whole server and are made there: "
                           "CREATE ROLE %.*s LOGIN",
                           (int)(end + 1 - name), name);
}

static void remember(Database *db, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    clear_last(db);
    g_strlcpy(db->last.sqlstate, state != NULL ? state : "", sizeof(db->last.sqlstate));
    db->last.message = g_strdup(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    db->last.detail = g_strdup(PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
    db->last.hint = g_strdup(PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
    if (db->last.hint == NULL)
        db->last.hint = role_hint(&db->last);
    db->last.context = g_strdup(PQresultErrorField(result, PG_DIAG_CONTEXT));
    db->last.column = g_strdup(PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
    db->last.position = position != NULL ? (int)strtol(position, NULL, 10) : 0;
}

/* The server's own end of the connection (57P01 … 57P05, class 08) is a lost connection too. */
static AppError code_of(const Database *db)
{
    const char *state = db->last.sqlstate;
    if (PQstatus(db->conn) == CONNECTION_BAD || g_str_has_prefix(state, "08"))
        return APP_ERROR_CONNECT;
    if (g_str_has_prefix(state, "57P"))
        return APP_ERROR_CONNECT;
    return g_str_equal(state, "55P03") ? APP_ERROR_LOCKED : APP_ERROR_SQL;
}

bool database_is_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* Where a write failed, libpq says so and does not look whether the server is still there. */
static bool is_lost(Database *db)
{
    return PQstatus(db->conn) == CONNECTION_BAD || PQconsumeInput(db->conn) == 0;
}

void database_set_error(Database *db, const PGresult *result, GError **error)
{
    remember(db, result);
    const SqlError *last = &db->last;
    if (database_is_copy(result)) {
        g_set_error_literal(
            error, APP_ERROR, APP_ERROR_INPUT,
            "a statement copies rows from or to the client, which is not possible here");
        return;
    }
    if (last->message == NULL) {
        const char *text = result != NULL ? PQresultErrorMessage(result) : "";
        g_auto(GStrv) said = g_strsplit(known_or(text, PQerrorMessage(db->conn)), "\n", 2);
        bool lost = is_lost(db);
        g_set_error(error, APP_ERROR, lost ? APP_ERROR_CONNECT : APP_ERROR_SQL, "%s%s",
                    lost ? "the connection was lost: " : "", known_or(said[0], "no result"));
        return;
    }
    g_autoptr(GString) text = g_string_new(last->message);
    if (last->detail != NULL)
        g_string_append_printf(text, "\ndetail: %s", last->detail);
    if (last->hint != NULL)
        g_string_append_printf(text, "\nhint: %s", last->hint);
    g_set_error_literal(error, APP_ERROR, code_of(db), text->str);
}

static bool is_good(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        return true;
    default:
        return false;
    }
}

/* A COPY in @sql has nobody to talk to here; its failure must not leave the connection in it. */
static void leave_copy(Database *db, const PGresult *result)
{
    bool in = PQresultStatus(result) == PGRES_COPY_IN;
    if (in)
        PQputCopyEnd(db->conn, "COPY FROM STDIN is not possible here");
    else
        database_cancel(db, NULL);
    char *row = NULL;
    while (!in && PQgetCopyData(db->conn, &row, 0) > 0)
        g_clear_pointer(&row, PQfreemem);
    PGresult *rest = NULL;
    while ((rest = PQgetResult(db->conn)) != NULL)
        PQclear(rest);
}

static bool check(Database *db, const PGresult *result, GError **error)
{
    clear_last(db);
    if (is_good(result))
        return true;
    if (database_is_copy(result))
        leave_copy(db, result);
    database_set_error(db, result, error);
    return false;
}

bool database_execute(Database *db, const char *sql, GError **error)
{
    if (!may_go_on(db, error))
        return false;
    g_autoptr(PGresult) result = PQexec(db->conn, sql);
    return check(db, result, error);
}

PGresult *database_query(Database *db, const char *sql, const char *const *values, int count,
                         GError **error)
{
    if (!may_go_on(db, error))
        return NULL;
    g_autoptr(PGresult) result = PQexecParams(db->conn, sql, count, NULL, values, NULL, NULL, 0);
    return check(db, result, error) ? g_steal_pointer(&result) : NULL;
}

char *database_query_value(Database *db, const char *sql, const char *const *values, int count,
                           GError **error)
{
    g_autoptr(PGresult) result = database_query(db, sql, values, count, error);
    if (result == NULL)
        return NULL;
    return g_strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
}

bool database_set_search_path(Database *db, const char *path, GError **error)
{
    const char *values[] = {path};
    g_autoptr(PGresult) result = database_query(
        db, "SELECT pg_catalog.set_config('search_path', $1, false)", values, 1, error);
    return result != NULL;
}

bool database_lift_limits(Database *db, GError **error)
{
    static const char sql[] =
        "SELECT pg_catalog.set_config(s.name, s.value, false)"
        " FROM (VALUES ('default_transaction_read_only', 'off'), ('statement_timeout', '0'),"
        " ('lock_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),"
        " ('idle_session_timeout', '0'), ('transaction_timeout', '0')) s (name, value)"
        " WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL"; /* not all servers have all
                                                                        */
    g_autoptr(PGresult) result = database_query(db, sql, NULL, 0, error);
    return result != NULL;
}

const SqlError *database_error(const Database *db)
{
    return &db->last;
}

int database_version(const Database *db)
{
    return PQserverVersion(db->conn);
}

const char *database_name(const Database *db)
{
    return PQdb(db->conn);
}

const char *database_user(const Database *db)
{
    return PQuser(db->conn);
}

int database_backend_pid(const Database *db)
{
    return PQbackendPID(db->conn);
}

PGconn *database_connection(Database *db)
{
    return db->conn;
}

/* What this program sets itself, or libpq by default, is not worth passing on. */
static bool is_worth_passing(const PQconninfoOption *option)
{
    static const char *const always[] = {"host", "hostaddr", "port", "dbname", "user", NULL};
    static const char *const never[] = {"service", "client_encoding", "fallback_application_name",
                                        "connect_timeout", NULL};
    if (option->val == NULL || *option->val == '\0' || g_strv_contains(never, option->keyword))
        return false;
    return g_strv_contains(always, option->keyword) || option->compiled == NULL ||
           !g_str_equal(option->compiled, option->val);
}

static ConnectionSettings *settings_of(PGconn *conn)
{
    ConnectionSettings *settings = settings_new();
    PQconninfoOption *options = PQconninfo(conn);
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (is_worth_passing(o))
            settings_set(settings, o->keyword, o->val);
    PQconninfoFree(options);
    return settings;
}

ConnectionSettings *database_settings(const Database *db)
{
    return settings_of(db->conn);
}

ConnectionSettings *database_resolve(const ConnectionSettings *settings)
{
    PGconn *conn = connect_with(settings, PQconnectStartParams);
    ConnectionSettings *resolved = settings_of(conn);
    PQfinish(conn);
    return resolved;
}

bool database_cancel(Database *db, GError **error)
{
    char message[256] = "";
    PGcancel *cancel = PQgetCancel(db->conn);
    bool sent = cancel != NULL && PQcancel(cancel, message, sizeof(message)) == 1;
    PQfreeCancel(cancel);
    if (!sent)
        g_set_error(error, APP_ERROR, APP_ERROR_CONNECT, "%s", g_strchomp(message));
    return sent;
}
