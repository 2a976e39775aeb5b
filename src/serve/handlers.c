#include "serve/handlers.h"

#include "api/endpoint_file.h"
#include "serve/failure.h"
#include "serve/run.h"
#include "serve/service_parts.h"
#include "serve/shared.h"
#include "serve/standby.h"
#include "sql/classify.h"

#include <string.h>

/* A client that has not taken so many bytes is waited for. */
enum { BACKLOG = 256 * 1024 };

/* Most parameters of a statement: they are counted with 16 bits. */
enum { MOST_VALUES = 65535 };

/* To be called when a request has ended. */
typedef struct OnEnd {
    void (*free)(void *data);
    void *data;
} OnEnd;

/* What a function does with one request. It outlives its call while the function's own code runs,
 * so that whatever that does after the end finds out that it is too late. */
struct RetortRequest {
    Call *call;       /* (nullable): it has ended */
    unsigned running; /* calls of the function's code that have not returned */
    RetortTake *take; /* of the statement that runs */
    RetortTake *end;  /* (nullable) of a stream */
    void *data;
    GArray *on_end; /* (element-type OnEnd) */
    GString *headers;
    GString *body; /* of an answer that waits for its proof */
    char *type;
    unsigned status;
    PoolStatement own; /* of retort_query() */
    bool proven;       /* the database has answered this request, or need not */
    bool asked;        /* it has run a statement of it */
    bool answered;     /* what is asked of it from now on is too late */
    bool streaming;    /* the answer has begun */
    bool paused;
};

/* (transfer full): the endpoint that @handler was registered with. */
static Endpoint *read_endpoint(const Handler *handler, GError **error)
{
    const char *text = handler->endpoint;
    g_autoptr(GPtrArray) endpoints = endpoint_file_parse("handler", text, strlen(text), error);
    if (endpoints == NULL)
        return NULL;
    if (endpoints->len != 1) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "handler: one route is expected, not %u",
                    endpoints->len);
        return NULL;
    }
    Endpoint *endpoint = g_ptr_array_steal_index(endpoints, 0);
    g_free(endpoint->file);
    endpoint->file =
        g_strdup_printf("handler of %s %s", http_method_name(endpoint->method), endpoint->path);
    endpoint->own_answer = true;
    return endpoint;
}

bool handlers_add(EndpointSet *set, const GPtrArray *handlers, GHashTable *out_found,
                  GError **error)
{
    for (unsigned i = 0; handlers != NULL && i < handlers->len; i++) {
        Endpoint *endpoint = read_endpoint(handlers->pdata[i], error);
        if (endpoint == NULL)
            return false;
        if (out_found != NULL)
            g_hash_table_insert(out_found, endpoint, handlers->pdata[i]);
        g_ptr_array_add(set->endpoints, endpoint);
    }
    return endpoint_set_check_routes(set, error);
}

static void request_free(RetortRequest *request)
{
    for (unsigned i = 0; i < request->on_end->len; i++) {
        OnEnd end = g_array_index(request->on_end, OnEnd, i);
        end.free(end.data);
    }
    g_array_unref(request->on_end);
    g_string_free(request->headers, TRUE);
    if (request->body != NULL)
        g_string_free(request->body, TRUE);
    g_free(request->type);
    g_free((char *)request->own.name);
    g_free(request);
}

void handler_end(Call *call)
{
    RetortRequest *request = call->handled;
    if (request == NULL)
        return;
    call->handled = NULL;
    request->call = NULL;
    if (request->running == 0)
        request_free(request);
}

/* Whether what is asked of @request is not too late. */
static bool is_open(const RetortRequest *request)
{
    return request->call != NULL && !request->answered;
}

/* Ends what a function has got wrong; @what is static, for the log. */
static void refuse_misuse(RetortRequest *request, const char *what)
{
    Call *call = request->call;
    call->error = what;
    call->reason = "handler";
    if (request->streaming)
        call_end_stream(call, "handler");
    else
        call_refuse(call, &(CallProblem){.status = 500});
}

/* Whether @request is open and @right; what is wrong ends it. */
static bool may(RetortRequest *request, bool right, const char *what)
{
    if (!is_open(request))
        return false;
    if (!right)
        refuse_misuse(request, what);
    return right;
}

/* The function's code has returned. Returns: whether @request is still there. */
static bool leave(RetortRequest *request)
{
    request->running--;
    if (request->running == 0 && request->call == NULL) {
        request_free(request);
        return false;
    }
    if (request->running > 0 || request->answered || request->call->submitted)
        return true;
    refuse_misuse(request, "it returned without an answer, and no statement runs");
    return false;
}

void handler_run(Call *call)
{
    if (!run_bind(call) || !standby_check(call, &call->token))
        return;
    RetortRequest *request = g_new0(RetortRequest, 1);
    request->call = call;
    request->on_end = g_array_new(FALSE, FALSE, sizeof(OnEnd));
    request->headers = g_string_new(NULL);
    request->proven = call->route->endpoint->is_static;
    call->handled = request;
    request->running++;
    call->route->handler->handle(request, call->route->handler->data);
    leave(request);
}

const char *retort_param(const RetortRequest *request, const char *name)
{
    if (request->call == NULL || name == NULL)
        return NULL;
    int index = endpoint_param(request->call->route->endpoint, name);
    return index < 0 ? NULL : api_arguments_get(request->call->arguments, (unsigned)index);
}

const char *retort_header(const RetortRequest *request, const char *name, size_t *out_length)
{
    HttpText value = {0};
    if (request->call != NULL && name != NULL)
        value = http_request_header(exchange_request(request->call->exchange), name);
    if (out_length != NULL)
        *out_length = value.length;
    return value.data;
}

const char *retort_subject(const RetortRequest *request)
{
    return request->call == NULL ? NULL : request->call->identity.subject;
}

void retort_on_end(RetortRequest *request, void (*free)(void *data), void *data)
{
    OnEnd end = {.free = free, .data = data};
    if (free != NULL)
        g_array_append_val(request->on_end, end);
}

/* What the database refused while the answer was under way: the client sees that it is broken. */
static void fail(RetortRequest *request, const PoolResult *result)
{
    Call *call = request->call;
    if (!request->streaming)
        failure_answer(call, result);
    else
        call_end_stream(call, result->reason != NULL ? result->reason : "statement refused");
}

/* Rows of a statement of the function's own are its own matter. */
static bool fits(const RetortRequest *request, const PGresult *rows)
{
    const GArray *calls = request->call->calls;
    const PoolCall *last = &g_array_index(calls, PoolCall, calls->len - 1);
    return last->statement == &request->own || run_fits(request->call, rows);
}

static void refuse_outdated(RetortRequest *request)
{
    if (request->streaming)
        call_end_stream(request->call, "outdated");
    else
        run_refuse_outdated(request->call, request->call->route->method != HTTP_GET);
}

static void taken(PoolRequest *asked, const PoolResult *result, void *data)
{
    (void)asked;
    RetortRequest *request = data;
    request->call->submitted = false;
    if (run_is_unsure(request->call, result)) {
        run_on_primary(request->call);
        return;
    }
    if (result->outcome != POOL_DONE) {
        fail(request, result);
        return;
    }
    request->proven = request->asked = true;
    const PGresult *rows = result->results[request->call->calls->len - 1];
    if (!fits(request, rows)) {
        refuse_outdated(request);
        return;
    }
    RetortTake *last = request->end != NULL ? request->end : request->take;
    request->running++;
    last(request, (const RetortRows *)rows, request->data);
    leave(request);
}

static void some_taken(PoolRequest *asked, const PGresult *rows, void *data)
{
    RetortRequest *request = data;
    Call *call = request->call;
    request->proven = request->asked = true;
    if (!fits(request, rows)) {
        refuse_outdated(request);
        return;
    }
    request->running++;
    request->take(request, (const RetortRows *)rows, request->data);
    if (leave(request) && request->streaming && !request->paused &&
        exchange_backlog(call->exchange) > BACKLOG) {
        request->paused = true;
        pool_pause(service_pool(call->service), asked, true);
    }
}

void handler_drained(Call *call)
{
    RetortRequest *request = call->handled;
    if (request == NULL || !request->paused)
        return;
    request->paused = false;
    pool_pause(service_pool(call->service), &call->request, false);
}

/* Whether @request may run a statement, whose rows @take is to be given. */
static bool may_ask(RetortRequest *request, RetortTake *take)
{
    return may(request, take != NULL, "a statement runs without a function to take its rows") &&
           may(request, !request->call->submitted, "a statement runs while another one does");
}

static bool may_run(RetortRequest *request, RetortTake *take)
{
    return may_ask(request, take) &&
           may(request, request->call->route->endpoint->statements->len > 0,
               "the endpoint has no statement to run");
}

void retort_run(RetortRequest *request, RetortTake *take, void *data)
{
    if (!may_run(request, take))
        return;
    request->take = take;
    request->end = NULL;
    request->data = data;
    run_statements(request->call, taken, NULL, request);
}

void retort_stream(RetortRequest *request, RetortTake *some, RetortTake *end, void *data)
{
    if (!may_run(request, some) ||
        !may(request, end != NULL, "retort_stream() without a function for the end") ||
        !may(request, request->call->route->lane == POOL_SLOW,
             "retort_stream() outside of the slow lane"))
        return;
    request->take = some;
    request->end = end;
    request->data = data;
    run_statements(request->call, taken, some_taken, request);
}

static bool may_query(RetortRequest *request, const char *sql, const char *const *values,
                      unsigned count, RetortTake *take)
{
    return may_ask(request, take) &&
           may(request, sql != NULL && statement_is_preparable(sql),
               "retort_query() takes SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES and TABLE") &&
           may(request, count == 0 || values != NULL, "retort_query() without its values") &&
           may(request, count <= MOST_VALUES, "retort_query() with too many values");
}

void retort_query(RetortRequest *request, const char *sql, const char *const *values,
                  unsigned count, RetortTake *take, void *data)
{
    if (!may_query(request, sql, values, count, take))
        return;
    Call *call = request->call;
    request->take = take;
    request->end = NULL;
    request->data = data;
    g_free((char *)request->own.name);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, sql, -1);
    request->own = (PoolStatement){
        .name = g_strdup_printf("retort_%.24s", sum),
        .sql = sql,
        .parameters = count,
        .stains = true, /* nobody has looked at it */
    };
    run_own_statement(call, &request->own, values, taken, request);
}

size_t retort_row_count(const RetortRows *rows)
{
    return (size_t)PQntuples((const PGresult *)rows);
}

unsigned retort_column_count(const RetortRows *rows)
{
    return (unsigned)PQnfields((const PGresult *)rows);
}

const char *retort_column_name(const RetortRows *rows, unsigned column)
{
    bool is_there = column < retort_column_count(rows);
    return is_there ? PQfname((const PGresult *)rows, (int)column) : NULL;
}

const char *retort_value(const RetortRows *rows, size_t row, unsigned column, size_t *out_length)
{
    const PGresult *result = (const PGresult *)rows;
    bool is_null = row >= retort_row_count(rows) || column >= retort_column_count(rows) ||
                   PQgetisnull(result, (int)row, (int)column);
    if (out_length != NULL)
        *out_length = is_null ? 0 : (size_t)PQgetlength(result, (int)row, (int)column);
    return is_null ? NULL : PQgetvalue(result, (int)row, (int)column);
}

/* Whether @name is a token (RFC 9110, 5.6.2) and not one by which the end of an answer is found. */
static bool is_header_name(const char *name)
{
    static const char *const others[] = {"connection", "content-length", "transfer-encoding"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (g_ascii_strcasecmp(name, others[i]) == 0)
            return false;
    size_t length = 0;
    while (g_ascii_isalnum(name[length]) ||
           (name[length] != '\0' && strchr("!#$%&'*+-.^_`|~", name[length]) != NULL))
        length++;
    return length > 0 && name[length] == '\0';
}

void retort_add_header(RetortRequest *request, const char *name, const char *value)
{
    if (is_open(request) && name != NULL && value != NULL && is_header_name(name) &&
        strpbrk(value, "\r\n") == NULL)
        g_string_append_printf(request->headers, "%s: %s\r\n", name, value);
}

/* An informational status would leave the client waiting for the answer itself. */
static bool is_status(unsigned status)
{
    return status >= 200 && status <= 599;
}

/* Whether @request may begin to answer. */
static bool may_answer(RetortRequest *request, unsigned status, const char *type)
{
    return may(request, is_status(status), "the status of an answer is not from 200 to 599") &&
           may(request, !request->streaming, "a second answer, behind retort_begin()") &&
           may(request, type == NULL || strpbrk(type, "\r\n") == NULL,
               "the type of an answer has a line end");
}

/* A write that has its answer early is left where it is: its place would say nothing. */
static void answer(RetortRequest *request)
{
    Call *call = request->call;
    CallAnswer made = {
        .status = request->status,
        .type = request->type,
        .body = request->body->str,
        .length = request->body->len,
        .headers = request->headers->str,
    };
    if (request->asked && !call->submitted && standby_wants_place(call))
        standby_answer(call, &made);
    else
        call_answer(call, &made);
}

static void proven(Call *call)
{
    answer(call->handled);
}

/* An answer for which the database was not asked waits until it has answered. */
void retort_answer(RetortRequest *request, unsigned status, const char *type, const char *body,
                   size_t length)
{
    if (!may_answer(request, status, type) ||
        !may(request, body != NULL || length == 0, "an answer without its body") ||
        !may(request, length <= service_shared(request->call->service)->settings->max_answer,
             "an answer longer than max_answer") ||
        !may(request, request->proven || !request->call->submitted,
             "retort_answer() before the rows of a statement that runs"))
        return;
    request->answered = true;
    request->status = status;
    request->type = g_strdup(type);
    request->body = g_string_new_len(body, (gssize)length);
    if (request->proven)
        answer(request);
    else
        run_proof(request->call, proven);
}

void retort_refuse(RetortRequest *request, unsigned status, const char *detail)
{
    if (!may_answer(request, status, NULL))
        return;
    request->answered = true;
    call_refuse(request->call, &(CallProblem){
                                   .status = status,
                                   .detail = detail,
                                   .headers = request->headers->str,
                               });
}

void retort_begin(RetortRequest *request, unsigned status, const char *type)
{
    if (!may_answer(request, status, type))
        return;
    request->streaming = true;
    call_stream(request->call, &(CallAnswer){
                                   .status = status,
                                   .type = type,
                                   .headers = request->headers->str,
                               });
}

void retort_write(RetortRequest *request, const char *data, size_t length)
{
    if (may(request, request->streaming, "retort_write() without retort_begin()") &&
        may(request, data != NULL || length == 0, "retort_write() without its bytes"))
        call_stream_write(request->call, data, length);
}

void retort_end(RetortRequest *request)
{
    if (!may(request, request->streaming, "retort_end() without retort_begin()"))
        return;
    request->answered = true;
    call_end_stream(request->call, NULL);
}
