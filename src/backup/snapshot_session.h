/*
 * A connection that sees a database as it was when a snapshot was exported, and prints all that is
 * in it always the same way, whatever the server, the database and the role are set to.
 *
 * Its statements can be stopped from another thread: they wait for the server and for a descriptor
 * that becomes readable.
 */
#pragma once
#include "pg/database.h"

typedef struct SnapshotSession SnapshotSession;

/**
 * snapshot_session_open:
 * @snapshot: (nullable): that pg_export_snapshot() gave; %NULL: takes a new one
 * @stop: a descriptor that becomes readable, and stays so, when all shall end
 *
 * Returns: (transfer full): in a transaction, REPEATABLE READ and READ ONLY; %NULL with an error as
 * database_open() or database_execute().
 */
SnapshotSession *snapshot_session_open(const ConnectionSettings *settings, const char *snapshot,
                                       int stop, GError **error);
void snapshot_session_free(SnapshotSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SnapshotSession, snapshot_session_free)

/* The same settings for the transaction that @db is in. */
bool snapshot_session_settle(Database *db, GError **error);

/**
 * snapshot_session_query:
 * @sql: one or more statements, by the simple protocol
 *
 * Returns: (transfer full): the last one's result, or %NULL with an error as database_query().
 * When it is stopped the server has ended the statement, or did not answer for 10 seconds.
 */
PGresult *snapshot_session_query(SnapshotSession *session, const char *sql, GError **error);

/* Ends the transaction and begins another one, which takes its snapshot with its first query; that
 * a LOCK TABLE comes before is the point. Returns: whether it could. */
bool snapshot_session_renew(SnapshotSession *session, GError **error);

/* (transfer full): for other sessions, while this one lives; %NULL with an error. */
char *snapshot_session_export(SnapshotSession *session, GError **error);

/* What the server said of the last statement that failed: see database_error(). */
const SqlError *snapshot_session_error(const SnapshotSession *session);

/* Whether that was the SQLSTATE of its last error; "" if the server said nothing. */
bool snapshot_session_failed_with(const SnapshotSession *session, const char *sqlstate);
