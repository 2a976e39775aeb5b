/*
 * A connection without the pooler between: for work that needs a session of the server.
 */
#pragma once
#include "pg/database.h"

/**
 * direct_verify:
 * @db: (transfer full): the open connection to the server itself
 * @pooled: what leads to the same database through a pooler, or so it is said
 *
 * Two URLs that name one database drift apart in time; then migrations would go to another
 * database than the application's. So both are asked.
 *
 * Returns: (transfer full): @db; %NULL with APP_ERROR_INPUT if they are not the same database, else
 *   as database_open() and database_query().
 */
Database *direct_verify(Database *db, const ConnectionSettings *pooled, GError **error);
