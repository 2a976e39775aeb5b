/*
 * Endpoints in C, for what SQL cannot say: link libretort, register functions, and become a program
 * that is `retort` with them.
 *
 *     static void export_orders(RetortRequest *request, void *data) { … retort_run(…); }
 *
 *     int main(int argc, char **argv)
 *     {
 *         Retort *retort = retort_new();
 *         retort_add(retort, "-- GET /orders.csv\n-- lane: slow\n"
 *                            "SELECT id, placed_at FROM orders WHERE placed_at >= :since::date",
 *                    export_orders, NULL);
 *         return retort_main(retort, argc, argv);
 *     }
 *
 * The text is that of a file below api/: route, keys, and statements. Their parameters are checked
 * before the function runs, they are described in OpenAPI, and `check` prepares them.
 *
 * A function runs in the thread of an event loop: it must not wait for anything, or all requests of
 * that loop wait with it. It may run statements, one after the other, and is called back with what
 * they give. It ends each request with exactly one answer, at once or in a callback; where the
 * database does not answer, Retort answers with 503 instead, and calls nothing back. All texts are
 * UTF-8.
 *
 * A request lives until the function's code has returned in which it ended. What is asked of it
 * after its answer does nothing. What is wrong before (rows without an answer or a further
 * statement, an end without a beginning, two statements at once) is answered with 500, or breaks
 * off the answer that has begun, and the log says in "error" what it was.
 */
#pragma once
#include "retort_backups.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Retort Retort;
typedef struct RetortRequest RetortRequest;

/* Rows of a statement; valid during the callback. */
typedef struct RetortRows RetortRows;

/* Begins to answer @request. */
typedef void RetortHandle(RetortRequest *request, void *data);

/* Is given rows of a statement that @request has run. */
typedef void RetortTake(RetortRequest *request, const RetortRows *rows, void *data);

/* Returns: a program without functions; retort_main() frees it. */
RETORT_API Retort *retort_new(void);

/**
 * retort_add:
 * @endpoint: one route with its keys and statements; is copied
 * @handle: is called for each request
 * @data: for @handle, from several threads at once; outlives retort_main()
 *
 * What is wrong with the text is said when the program starts to serve or checks.
 */
RETORT_API void retort_add(Retort *retort, const char *endpoint, RetortHandle *handle, void *data);

/* Runs the command line: `serve`, `dev`, `check`, `upgrade` … Returns: the exit status. */
RETORT_API int retort_main(Retort *retort, int argc, char **argv);

/* The text of a parameter as PostgreSQL reads it; NULL if it was left out or there is none. */
RETORT_API const char *retort_param(const RetortRequest *request, const char *name);

/* A header of the request, @name in lower case; NULL if there is none. Not ended by NUL. */
RETORT_API const char *retort_header(const RetortRequest *request, const char *name,
                                     size_t *out_length);

/* Who asks: "sub" of the token or the name of the key; NULL for nobody. */
RETORT_API const char *retort_subject(const RetortRequest *request);

/* Calls @free with @data when the request has ended, however it did, and none of the function's
 * code runs for it any more. Any number of times. */
RETORT_API void retort_on_end(RetortRequest *request, void (*free)(void *data), void *data);

/* Runs the endpoint's own statements; @take is given all rows of the last one. */
RETORT_API void retort_run(RetortRequest *request, RetortTake *take, void *data);

/**
 * retort_stream:
 * @some: is given rows as they come, each once; it may be called any number of times
 * @end: is called behind the last row, with the columns and no rows
 *
 * As retort_run(), for endpoints of the slow lane (`-- lane: slow`) with more rows than fit into
 * memory. While the client does not keep up, no rows come.
 */
RETORT_API void retort_stream(RetortRequest *request, RetortTake *some, RetortTake *end,
                              void *data);

/**
 * retort_query:
 * @sql: one statement with $1 …, such as PREPARE takes: SELECT, INSERT, UPDATE, DELETE, MERGE,
 *   VALUES, TABLE, WITH; outlives the program (a literal)
 * @values: (array length=count): texts; NULL is SQL NULL
 *
 * Runs a statement of the function's own, in the endpoint's lane, as the same role.
 */
RETORT_API void retort_query(RetortRequest *request, const char *sql, const char *const *values,
                             unsigned count, RetortTake *take, void *data);

RETORT_API size_t retort_row_count(const RetortRows *rows);
RETORT_API unsigned retort_column_count(const RetortRows *rows);
RETORT_API const char *retort_column_name(const RetortRows *rows, unsigned column);

/* PostgreSQL's text, ended by NUL; NULL is SQL NULL, or no such place. @out_length may be NULL. */
RETORT_API const char *retort_value(const RetortRows *rows, size_t row, unsigned column,
                                    size_t *out_length);

/* Adds a header to the answer, before it begins. Left out is one whose @name is no name of a header
 * or whose @value holds a line end, and Connection, Content-Length and Transfer-Encoding. */
RETORT_API void retort_add_header(RetortRequest *request, const char *name, const char *value);

/* Answers: one of these three. @status is from 200 to 599; @type is the Content-Type; @body is
 * copied. */
RETORT_API void retort_answer(RetortRequest *request, unsigned status, const char *type,
                              const char *body, size_t length);

/* An error in the server's own shape; @detail is for people, may be NULL. */
RETORT_API void retort_refuse(RetortRequest *request, unsigned status, const char *detail);

/* Begins an answer whose length is not known; retort_write() adds to it, retort_end() ends it. Only
 * when rows have come, or none will. */
RETORT_API void retort_begin(RetortRequest *request, unsigned status, const char *type);
RETORT_API void retort_write(RetortRequest *request, const char *data, size_t length);
RETORT_API void retort_end(RetortRequest *request);

#ifdef __cplusplus
}
#endif
