/*
 * A connection to the database that a thread of the server waits with: for reading the endpoints
 * again, and the keys of a table. The main thread can end the waiting, since a server that hangs
 * must not keep this one from stopping.
 */
#pragma once
#include "pg/database.h"
#include "serve/server.h"

typedef struct Visit Visit;

/* (transfer full): connects to what @options name, once a visit and with a limit of 2 seconds for
 * each address. */
Visit *visit_new(const ServerOptions *options);

/* No thread may be inside. */
void visit_free(Visit *visit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visit, visit_free)

/* In the thread: (transfer none): the connection, made if there is none; its search_path is set.
 * %NULL as database_open(), or with APP_ERROR_CONNECT after visit_cut(). */
Database *visit_begin(Visit *visit, GError **error);

/* In the thread: closes the connection. */
void visit_end(Visit *visit);

/* In any thread: what waits for the server fails now, and so does all that follows. */
void visit_cut(Visit *visit);

/* Whether visit_cut() was called. Any thread. */
bool visit_is_cut(Visit *visit);
