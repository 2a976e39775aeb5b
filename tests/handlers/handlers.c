/*
 * Endpoints in C for tests/e2e/test_handlers.py: /wrong/… call what they must not, each its own
 * way.
 */
#include <retort.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ignore(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)request, (void)rows, (void)data;
}

static void answer_value(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)data;
    size_t length = 0;
    const char *text = retort_value(rows, 0, 0, &length);
    retort_answer(request, 200, "text/plain", text == NULL ? "" : text, length);
}

static void end_without_begin(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_end(request);
}

static void write_without_begin(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_write(request, "x", 1);
}

static void answer_twice(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_answer(request, 200, "text/plain", "first", 5);
    retort_answer(request, 201, "text/plain", "second", 6);
    retort_refuse(request, 404, NULL);
    retort_run(request, answer_value, NULL);
    retort_begin(request, 200, "text/plain");
    retort_end(request);
}

/* Behind an end that has been carried out, not only promised. */
static void use_the_ended(RetortRequest *request, const char *sql)
{
    char *text = calloc(1, 32);
    retort_on_end(request, free, text);
    retort_refuse(request, 410, "ended");
    memcpy(text, "is freed only later", 20);
    size_t length = 1;
    const char *none = retort_header(request, "host", &length);
    if (none != NULL || length != 0 || retort_param(request, "a") != NULL ||
        retort_subject(request) != NULL)
        abort();
    retort_header(request, "host", NULL);
    retort_on_end(request, free, calloc(1, 32));
    retort_add_header(request, "A", "b");
    retort_answer(request, 200, "text/plain", "x", 1);
    retort_run(request, answer_value, NULL);
    retort_query(request, sql, NULL, 0, answer_value, NULL);
    retort_write(request, "x", 1);
    retort_end(request);
}

static void stream_on_fast(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_stream(request, ignore, ignore, NULL);
}

static void run_twice(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_run(request, answer_value, NULL);
    retort_run(request, answer_value, NULL);
}

static void answer_early(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_run(request, answer_value, NULL);
    retort_answer(request, 200, "text/plain", "x", 1);
}

static void forget(RetortRequest *request, const char *sql)
{
    (void)request, (void)sql;
}

static void forget_rows(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_run(request, ignore, NULL);
}

static void no_take(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_run(request, NULL, NULL);
}

static void status_100(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_answer(request, 100, "text/plain", "", 0);
}

/* One byte more than the usual max_answer. */
static void answer_too_long(RetortRequest *request, const char *sql)
{
    (void)sql;
    static char body[(64 << 20) + 1];
    retort_answer(request, 200, "text/plain", body, sizeof body);
}

static void query(RetortRequest *request, const char *sql)
{
    retort_query(request, sql, NULL, 0, answer_value, NULL);
}

static void query_without_values(RetortRequest *request, const char *sql)
{
    retort_query(request, sql, NULL, 1, answer_value, NULL);
}

static void begin_twice(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_begin(request, 200, "text/plain");
    retort_write(request, "part", 4);
    retort_begin(request, 200, "text/plain");
}

static void outside(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)data;
    size_t length = 1;
    bool none = retort_value(rows, 1, 0, NULL) == NULL &&
                retort_value(rows, 0, 7, &length) == NULL && length == 0 &&
                retort_value(rows, SIZE_MAX, 0, NULL) == NULL &&
                retort_column_name(rows, UINT32_MAX) == NULL;
    retort_add_header(request, "Content-Length", "1000");
    retort_add_header(request, "X bad", "x");
    retort_add_header(request, NULL, NULL);
    retort_answer(request, none ? 200 : 500, "text/plain", "none", 4);
}

static void look_outside(RetortRequest *request, const char *sql)
{
    (void)sql;
    retort_run(request, outside, NULL);
}

typedef struct Case {
    const char *name;
    void (*run)(RetortRequest *request, const char *sql);
    const char *sql; /* (nullable): for it */
} Case;

static const Case cases[] = {
    {"end_without_begin", end_without_begin, NULL},
    {"write_without_begin", write_without_begin, NULL},
    {"answer_twice", answer_twice, NULL},
    {"use_the_ended", use_the_ended, "SELECT 1"},
    {"stream_on_fast", stream_on_fast, NULL},
    {"run_twice", run_twice, NULL},
    {"answer_early", answer_early, NULL},
    {"forget", forget, NULL},
    {"forget_rows", forget_rows, NULL},
    {"no_take", no_take, NULL},
    {"status_100", status_100, NULL},
    {"answer_too_long", answer_too_long, NULL},
    {"begin_twice", begin_twice, NULL},
    {"look_outside", look_outside, NULL},
    {"query_without_values", query_without_values, "SELECT $1::text"},
    {"query_nothing", query, NULL},
    {"query_set", query, "/* to stay */ SET application_name = 'stayed'"},
    {"query_begin", query, "BEGIN"},
    {"query_copy", query, "COPY (SELECT 1) TO STDOUT"},
    {"query_application_name", query, "SELECT current_setting('application_name')"},
};

static void run_case(RetortRequest *request, void *data)
{
    const Case *one = data;
    one->run(request, one->sql);
}

static void end_stream(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)rows, (void)data;
    retort_end(request);
}

static void begin_with_rows(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)rows, (void)data;
    retort_begin(request, 200, "text/plain");
}

static void stream_nothing(RetortRequest *request, void *data)
{
    (void)data;
    retort_stream(request, begin_with_rows, end_stream, NULL);
}

static void run_own(RetortRequest *request, void *data)
{
    (void)data;
    retort_run(request, answer_value, NULL);
}

static void query_count(RetortRequest *request, void *data)
{
    (void)data;
    retort_query(request, "SELECT count(*) FROM item", NULL, 0, answer_value, NULL);
}

/* An answer that streams tells its place by itself, as docs/handlers.md has it. */
static void begin_with_place(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)data;
    retort_add_header(request, "Retort-LSN", retort_value(rows, 0, 0, NULL));
    retort_begin(request, 200, "text/plain");
    retort_write(request, "stored", 6);
    retort_end(request);
}

static void ask_place(RetortRequest *request, const RetortRows *rows, void *data)
{
    (void)rows;
    retort_query(request, "SELECT pg_current_wal_insert_lsn()", NULL, 0, begin_with_place, data);
}

static void store_and_stream(RetortRequest *request, void *data)
{
    retort_run(request, ask_place, data);
}

/* Nobody can have it go on. */
static void never_return(RetortRequest *request, void *data)
{
    (void)request;
    (void)data;
    fputs("it never returns\n", stderr);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    Retort *retort = retort_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "-- GET /wrong/%s\n-- returns: scalar\nSELECT 'value'",
                 cases[i].name);
        retort_add(retort, text, run_case, (void *)&cases[i]);
    }
    retort_add(retort,
               "-- GET /wrong/stream_of_nothing\n-- lane: slow\n"
               "SELECT id FROM item WHERE false",
               stream_nothing, NULL);
    retort_add(retort, "-- GET /count\n-- returns: scalar\nSELECT count(*) FROM item", run_own,
               NULL);
    retort_add(retort, "-- GET /count/query\n-- returns: scalar\nSELECT 1", query_count, NULL);
    retort_add(retort,
               "-- POST /items\n-- returns: scalar\n"
               "INSERT INTO item (name) VALUES (:name) RETURNING name",
               run_own, NULL);
    retort_add(retort,
               "-- POST /items/streamed\n-- returns: scalar\n"
               "INSERT INTO item (name) VALUES (:name) RETURNING name",
               store_and_stream, NULL);
    retort_add(retort, "-- GET /never\n-- returns: scalar\nSELECT 1", never_return, NULL);
    return retort_main(retort, argc, argv);
}
