/*
 * A connection to a PostgreSQL server.
 *
 * If the command is interrupted (base/interrupt.h) statements are canceled, and no more are sent.
 *
 * Every connection begins with client_encoding UTF8, an application_name and timeouts. Errors
 * of the server keep their SQLSTATE and place: see database_error().
 */
#pragma once
#include "base/error.h"
#include "pg/settings.h"

#include <libpq-fe.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

typedef struct Database Database;

/* What the server said of the last statement that it refused. All texts may be NULL. */
typedef struct SqlError {
    char sqlstate[6]; /* "" if the failure was not the server's, such as a lost connection */
    char *message;
    char *detail;
    char *hint;
    char *context;
    char *column; /* that a constraint is about */
    int position; /* in the statement, in characters from 1; 0 if unknown */
} SqlError;

/**
 * database_open:
 *
 * Waits for the server 10 seconds unless the settings say otherwise.
 *
 * Returns: (transfer full): an open connection, or %NULL with APP_ERROR_CONNECT. The message
 *   names host, port and database, never a password.
 */
Database *database_open(const ConnectionSettings *settings, GError **error);

/* A connection that is made while something else is done. */
typedef struct Connecting Connecting;

void connecting_free(Connecting *connecting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Connecting, connecting_free)

/* (transfer full): begins as database_open(), which database_finish() ends. */
Connecting *database_begin(const ConnectionSettings *settings);

/* @connecting: (transfer full). Returns: as database_open(). */
Database *database_finish(Connecting *connecting, GError **error);

void database_close(Database *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Database, database_close)

/**
 * database_execute:
 * @sql: one or more statements, by the simple protocol
 *
 * Returns: whether all succeeded; else APP_ERROR_SQL, or APP_ERROR_CONNECT if the connection
 *   is gone, or APP_ERROR_LOCKED for SQLSTATE 55P03 (lock_timeout), or APP_ERROR_INPUT for COPY
 *   from or to the client.
 */
bool database_execute(Database *db, const char *sql, GError **error);

/**
 * database_query:
 * @sql: one statement with $1 … parameters
 * @values: (array length=count) (nullable): text values; a NULL element is SQL NULL
 *
 * Returns: (transfer full): the result, or %NULL with an error as database_execute().
 */
PGresult *database_query(Database *db, const char *sql, const char *const *values, int count,
                         GError **error);

/**
 * database_query_value:
 *
 * Returns: (transfer full): the first column of the first row; "" if that is NULL or there is
 *   no row; %NULL on error.
 */
char *database_query_value(Database *db, const char *sql, const char *const *values, int count,
                           GError **error);

/* What the server said of the last statement that failed; (transfer none), never %NULL. */
const SqlError *database_error(const Database *db);

/* Whether the server now copies rows from or to the client, which nobody here does. */
bool database_is_copy(const PGresult *result);

/* Turns a failed @result into an error, as database_execute() would, and remembers it; one that
 * copies is APP_ERROR_INPUT. */
void database_set_error(Database *db, const PGresult *result, GError **error);

/* The server's version as a number: 150004. */
int database_version(const Database *db);

/* The name of the connected database and the role; (transfer none). */
const char *database_name(const Database *db);
const char *database_user(const Database *db);

/* The server's process of this connection, as pg_stat_activity shows it. */
int database_backend_pid(const Database *db);

/* (transfer full): what the connection was made with, each default and service resolved. */
ConnectionSettings *database_settings(const Database *db);

/* (transfer full): the same of a connection that is not made: with the name that its database
 * would have. */
ConnectionSettings *database_resolve(const ConnectionSettings *settings);

/**
 * database_set_search_path:
 * @path: schemas with commas between, as in retort.ini
 *
 * Sets it for the session.
 */
bool database_set_search_path(Database *db, const char *path, GError **error);

/**
 * database_lift_limits:
 *
 * Lets the session's next transactions write and take as long as they need, whatever settings of
 * the role or the database say that are meant for applications.
 */
bool database_lift_limits(Database *db, GError **error);

/* Is told each notice or warning of the server: @message has no line end. */
typedef void DatabaseNotice(const char *severity, const char *message, void *data);

/* Notices go to @notice instead of to g_debug(); %NULL: to g_debug() again. */
void database_set_notice(Database *db, DatabaseNotice *notice, void *data);

/**
 * database_cancel:
 *
 * Asks the server to cancel what the connection is doing now; it fails with SQLSTATE 57014.
 * Safe from another thread while the connection is in use.
 */
bool database_cancel(Database *db, GError **error);

/* From now on the connection goes on when the command is interrupted (base/interrupt.h): to clear
 * up, or for what must not end half done. */
void database_shield(Database *db);

/* The libpq connection, for pipelines and notices; (transfer none). */
PGconn *database_connection(Database *db);
