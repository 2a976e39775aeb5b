/*
 * COPY FROM STDIN: rows that the client gives the server.
 */
#pragma once
#include "pg/database.h"

#include <stdint.h>

/* @sql: the COPY. Returns: whether the server waits for rows; else as database_execute(). */
bool copy_in_begin(Database *db, const char *sql, GError **error);

/* Gives it some bytes. Returns: whether it could; else APP_ERROR_CONNECT: what the server says of
 * them, copy_in_end() tells. */
bool copy_in_put(Database *db, const void *bytes, size_t length, GError **error);

/* All was given. Returns: whether the server has @out_rows rows now; else as database_execute(). */
bool copy_in_end(Database *db, uint64_t *out_rows, GError **error);

/* The server forgets what it was given. */
void copy_in_abandon(Database *db);
