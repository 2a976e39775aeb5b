/*
 * Runs a plain dump in a session.
 */
#pragma once
#include "pg/database.h"

typedef struct PlainLoad PlainLoad;

/**
 * plain_load_new:
 * @db: outlives it; to an empty database
 * @without_owners: all belongs to the session's role, and rights are left out
 * @about: (nullable) (element-type utf8): gets what is passed over
 *
 * Of a dump with CREATE DATABASE (pg_dump --create) that statement and those about the database
 * itself are passed over, for the database is there. One of several databases is refused, and
 * what is about the whole server.
 */
PlainLoad *plain_load_new(Database *db, bool without_owners, GPtrArray *about);
void plain_load_free(PlainLoad *load);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlainLoad, plain_load_free)

/* Runs what @bytes complete. Returns: whether all went well; else APP_ERROR_SQL with the line of
 * the statement, APP_ERROR_VERIFY (the server took another number of rows), APP_ERROR_CONNECT, or
 * an error of archive/plain.h. */
bool plain_load_feed(PlainLoad *load, const char *bytes, size_t length, GError **error);

/* The dump is over. Returns: whether it was whole. */
bool plain_load_end(PlainLoad *load, GError **error);
