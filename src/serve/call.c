#include "serve/call.h"

#include "api/problem.h"
#include "base/buffer.h"
#include "serve/handlers.h"
#include "serve/service_parts.h"
#include "serve/shared.h"
#include "serve/standby.h"

#include <string.h>

/* Most texts of one call; a token's claims may be longer, which costs another block. */
enum { TEXT_BLOCK = 1024 };

Call *call_new(Service *service)
{
    Call *call = g_new0(Call, 1);
    call->service = service;
    call->arguments = api_arguments_new();
    call->calls = g_array_new(FALSE, FALSE, sizeof(PoolCall));
    call->values = g_ptr_array_new();
    call->texts = g_string_chunk_new(TEXT_BLOCK);
    return call;
}

void call_free(Call *call)
{
    application_unref(call->application);
    api_arguments_free(call->arguments);
    g_array_unref(call->calls);
    g_ptr_array_unref(call->values);
    g_string_chunk_free(call->texts);
    g_free(call);
}

Call *call_take(Service *service, HttpExchange *exchange)
{
    Call *call = service_take_call(service);
    const HttpRequest *request = exchange_request(exchange);
    call->exchange = exchange;
    call->begun = exchange_begun(exchange);
    trace_begin(service_trace_ids(service), http_request_header(request, "x-request-id"),
                http_request_header(request, "traceparent"), &call->trace);
    exchange_set_data(exchange, call);
    return call;
}

/* Ready for the next one. */
static void finish(Call *call)
{
    if (call->submitted) /* a handler that has seen enough */
        pool_abandon(service_pool(call->service), &call->request);
    call->submitted = false;
    handler_end(call);
    standby_drop(call);
    call->token = NULL;
    call->deadline = 0;
    call->status = 0;
    call->streamed = 0;
    g_clear_pointer(&call->application, application_unref);
    call->route = NULL;
    call->identity = (Identity){0};
    call->reason = NULL;
    call->error = NULL;
    call->outdated = false;
    call->refusal = REFUSED_UNAVAILABLE;
    call->sqlstate[0] = '\0';
    call->exchange = NULL;
    g_string_chunk_clear(call->texts);
    service_give_call(call->service, call);
}

void call_drop(Call *call)
{
    call->exchange = NULL;
    if (call->owed)
        return;
    finish(call);
}

static void append_header(GString *lines, const char *name, HttpText value)
{
    buffer_append_text(lines, name);
    buffer_append_text(lines, ": ");
    buffer_append(lines, value.data, value.length);
    buffer_append_text(lines, "\r\n");
}

/* What every answer has, and what this one has. */
static const char *join_headers(Call *call, const CallAnswer *answer)
{
    GString *lines = service_buffers(call->service)->all_headers;
    buffer_empty(lines);
    append_header(lines, "X-Request-Id", call->trace.id);
    if (call->trace.parent.data != NULL)
        append_header(lines, "traceparent", call->trace.parent);
    HttpText origin = http_request_header(exchange_request(call->exchange), "origin");
    if (!answer->preflight)
        cors_append(application_cors(call->application), origin.data, origin.length, lines);
    if (answer->headers != NULL)
        buffer_append_text(lines, answer->headers);
    return lines->str;
}

void call_answer(Call *call, const CallAnswer *answer)
{
    bool is_head = exchange_request(call->exchange)->method == HTTP_HEAD;
    service_count(call, answer->status, is_head ? 0 : answer->length);
    exchange_answer(call->exchange, &(HttpAnswer){
                                        .status = answer->status,
                                        .type = answer->type,
                                        .headers = join_headers(call, answer),
                                        .body = answer->body,
                                        .length = answer->length,
                                        .compress = !answer->exact,
                                        .close = answer->close,
                                    });
    finish(call);
}

void call_stream(Call *call, const CallAnswer *answer)
{
    call->status = answer->status;
    exchange_stream(call->exchange, &(HttpAnswer){
                                        .status = answer->status,
                                        .type = answer->type,
                                        .headers = join_headers(call, answer),
                                    });
}

void call_stream_write(Call *call, const char *data, size_t length)
{
    call->streamed += length;
    exchange_write(call->exchange, data, length);
}

void call_end_stream(Call *call, const char *reason)
{
    if (reason != NULL)
        call->reason = g_string_chunk_insert(call->texts, reason);
    service_count(call, call->status, call->streamed);
    exchange_end(call->exchange, reason == NULL);
    finish(call);
}

void call_refuse(Call *call, const CallProblem *problem)
{
    GString *body = service_buffers(call->service)->problem;
    g_string_truncate(body, 0);
    ApiErrors shape = service_shared(call->service)->settings->errors;
    g_autofree char *id = g_strndup(call->trace.id.data, call->trace.id.length);
    problem_append(body, shape,
                   &(Problem){
                       .status = problem->status,
                       .detail = problem->detail,
                       .telling = problem->telling,
                       .request_id = id,
                       .code = problem->code,
                       .constraint = problem->constraint,
                       .faults = problem->faults,
                   });
    if (problem->detail != NULL && call->reason == NULL)
        call->reason = g_string_chunk_insert(call->texts, problem->detail);
    call_answer(call, &(CallAnswer){
                          .status = problem->status,
                          .type = problem_type(shape),
                          .body = body->str,
                          .length = body->len,
                          .headers = problem->headers,
                          .close = problem->close,
                      });
}

bool call_only_reads(const Call *call)
{
    HttpMethod method = call->route->method;
    return call->route->lane == POOL_FAST || method == HTTP_GET || method == HTTP_HEAD;
}

void call_unavailable(Call *call, const CallUnavailable *why)
{
    const char *reason = why->reason != NULL ? why->reason : "unavailable";
    call->refusal = why->refusal;
    char line[40];
    g_snprintf(line, sizeof line, "Retry-After: %u\r\n", MAX((why->wait + 999) / 1000, 1));
    call->reason = g_string_chunk_insert(call->texts, reason);
    call_refuse(call, &(CallProblem){
                          .status = 503,
                          .detail = why->detail != NULL
                                        ? why->detail
                                        : "the database does not answer now; try again later",
                          .headers = line,
                      });
}
