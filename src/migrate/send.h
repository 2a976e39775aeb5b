/*
 * Sending statements to the server, and what is done while its answer takes long.
 *
 * A batch goes in one pipeline: one round trip however many statements it has.
 */
#pragma once
#include "pg/database.h"

/* What happens while an answer is awaited. */
typedef struct Waiting {
    /* Called after @first milliseconds and then after as many as it returns. */
    unsigned (*tick)(void *data);
    void *data;
    unsigned first;

    /* (nullable): called with the index of each request of a batch that succeeded. */
    void (*answered)(size_t index, void *data);
    void *answered_data;
} Waiting;

/* One statement of a batch. Borrowed. */
typedef struct Request {
    const char *sql;  /* (nullable): %NULL executes what is prepared as @name */
    const char *name; /* (nullable): with @sql, prepares it under this name */
    const GPtrArray
        *values; /* (nullable) (element-type utf8): parameters; an element may be NULL */
    bool flush;  /* whether the server shall answer at once, not only with the rest */
} Request;

/**
 * send_begin:
 *
 * Begins a batch on @db, on which nothing else may be done until send_finish().
 *
 * Returns: whether the connection is still there; else APP_ERROR_CONNECT.
 */
bool send_begin(Database *db, GError **error);

/* Adds @request, of which it makes a copy; the server may begin with it at once. As send_begin().
 */
bool send_add(Database *db, const Request *request, GError **error);

/**
 * send_finish:
 * @count: how many requests were added, begin and commit among them
 * @waiting: (nullable)
 * @out_failed: (out): on failure the index of the request that failed; their number if it was
 *   none of them
 *
 * The requests after one that fails do not run. A transaction that was open then is not ended.
 *
 * Returns: whether all succeeded; else as database_execute().
 */
bool send_finish(Database *db, size_t count, const Waiting *waiting, size_t *out_failed,
                 GError **error);

/* All of that. @statements: (element-type utf8): SQL, one statement each */
bool send_batch(Database *db, const GPtrArray *statements, const Waiting *waiting,
                size_t *out_failed, GError **error);

/**
 * send_alone:
 * @sql: one statement that no transaction may hold
 * @waiting: (nullable)
 *
 * Returns: whether it succeeded; else as database_execute().
 */
bool send_alone(Database *db, const char *sql, const Waiting *waiting, GError **error);
