#include "serve/run.h"

#include "base/digits.h"
#include "serve/failure.h"
#include "serve/precondition.h"
#include "serve/result.h"
#include "serve/service_parts.h"
#include "serve/shared.h"
#include "serve/standby.h"

#include <string.h>

/* SQLSTATEs: a write where none may be; what gave way to another transaction, or to replay. */
#define READ_ONLY "25006"
#define CONFLICT "40001"

static const PoolStatement proof_statement = {
    .name = "retort_proof",
    .sql = "SELECT 1",
};

static ApiInput input_of(const Call *call)
{
    const HttpRequest *request = exchange_request(call->exchange);
    HttpText if_match = http_request_header(request, "if-match");
    return (ApiInput){
        .route = &call->match,
        .query = request->query.data,
        .query_length = request->query.length,
        .body = request->body.data,
        .body_length = request->body.length,
        .if_match = if_match.data,
        .if_match_length = if_match.length,
    };
}

bool run_bind(Call *call)
{
    if (!precondition_check(call))
        return false;
    ApiInput input = input_of(call);
    ApiFaults *faults = service_buffers(call->service)->faults;
    api_faults_clear(faults);
    if (api_bind(call->route->endpoint, service_rules(call->service), &input, call->arguments,
                 faults))
        return true;
    call_refuse(call, &(CallProblem){.status = 422, .faults = faults});
    return false;
}

/* Adds one execution; its values are in call->values from @first on. */
static void add_call(Call *call, const PoolStatement *statement, unsigned first)
{
    PoolCall one = {.statement = statement, .values = GUINT_TO_POINTER(first)};
    g_array_append_val(call->calls, one);
}

/* The array has its place now. */
static void point_to_values(Call *call)
{
    g_ptr_array_add(call->values, NULL); /* so that there is one, even of nothing */
    for (unsigned i = 0; i < call->calls->len; i++) {
        PoolCall *one = &g_array_index(call->calls, PoolCall, i);
        one->values = (const char *const *)call->values->pdata + GPOINTER_TO_UINT(one->values);
    }
}

static void add_values(Call *call, const ApiStatement *statement)
{
    for (unsigned i = 0; i < statement->params->len; i++) {
        unsigned index = g_array_index(statement->params, unsigned, i);
        g_ptr_array_add(call->values, (char *)api_arguments_get(call->arguments, index));
    }
}

/* LIMIT is one more than a page, to know whether there is a next one. */
static const PoolStatement *add_page_values(Call *call)
{
    const ApiPage *page = api_arguments_page(call->arguments);
    g_ptr_array_add(call->values, (char *)digits_write(page->limit + 1, call->limit));
    if (!page->has_after)
        return &call->route->first;
    for (unsigned i = 0; page->after[i] != NULL; i++)
        g_ptr_array_add(call->values, page->after[i]);
    return &call->route->after;
}

/* Before all others, where the client has named what it must see. */
static void add_guard(Call *call)
{
    if (call->token == NULL)
        return;
    g_ptr_array_add(call->values, (char *)call->token);
    add_call(call, &standby_guard, 0);
}

static void add_calls(Call *call)
{
    const Route *route = call->route;
    const GPtrArray *statements = route->endpoint->statements;
    g_array_set_size(call->calls, 0);
    g_ptr_array_set_size(call->values, 0);
    add_guard(call);
    for (unsigned i = 0; i < statements->len; i++) {
        unsigned first = call->values->len;
        const PoolStatement *statement = &route->statements[i];
        add_values(call, statements->pdata[i]);
        if (i + 1 == statements->len && route->first.sql != NULL)
            statement = add_page_values(call);
        add_call(call, statement, first);
    }
    point_to_values(call);
}

static void add_setting(Call *call, unsigned *count, const char *name, const char *value)
{
    g_assert(*count < CALL_SETTINGS);
    call->settings[(*count)++] = (PoolSetting){.name = name, .value = value};
}

/* Whether the claims are told, were it that there are none: whoever has a role, and whatever has a
 * transaction of its own anyway where others may have claims, does not see what was left in the
 * session as its own. */
static bool tells_claims(const Call *call)
{
    return call->identity.role != NULL || call->identity.claims != NULL ||
           (call->route->lane != POOL_FAST && service_may_know(call->service));
}

/* Local to the transaction of this request; a read without any shares its batch with others. */
static unsigned add_settings(Call *call)
{
    unsigned count = 0;
    if (call->identity.role != NULL)
        add_setting(call, &count, "role", call->identity.role);
    if (tells_claims(call))
        add_setting(call, &count, "request.jwt.claims",
                    call->identity.claims != NULL ? call->identity.claims : "");
    if (call->route->lane != POOL_FAST || count > 0)
        add_setting(call, &count, "application_name",
                    service_application_name(call->service, call->trace.id, call->texts));
    return count;
}

/* The client named a version, and no row has it. */
static unsigned missing_status(const Call *call)
{
    HttpText named = http_request_header(exchange_request(call->exchange), "if-match");
    return named.data != NULL && endpoint_param(call->route->endpoint, "if_match") >= 0 ? 412 : 404;
}

bool run_fits(const Call *call, const PGresult *rows)
{
    if (result_fits(call->route, rows))
        return true;
    const Shared *shared = service_shared(call->service);
    shared->tell_outdated(shared->server);
    return false;
}

/* Who is told 503 tries again, which nobody should who has written. */
void run_refuse_outdated(Call *call, bool kept)
{
    static const char reason[] = "outdated";
    call->reason = reason;
    if (kept)
        call_refuse(call, &(CallProblem){.status = 500,
                                         .detail = "it was done, but its answer has another shape "
                                                   "than was described"});
    else
        call_unavailable(call, &(CallUnavailable){
                                   .reason = reason,
                                   .detail = "the database has changed; try again later",
                                   .wait = 1000,
                                   .refusal = REFUSED_UNAVAILABLE,
                               });
}

/* The client need not know where the limit lies; the log does. */
static void refuse_length(Call *call)
{
    const Endpoint *endpoint = call->route->endpoint;
    const ApiStatement *last = endpoint->statements->pdata[endpoint->statements->len - 1];
    char text[512];
    g_snprintf(text, sizeof text,
               "%s:%u: the answer is longer than max_answer, which is %zu bytes; hint: give the "
               "statement a LIMIT, answer by a function in C that streams, or raise max_answer",
               endpoint->file, last->line, service_shared(call->service)->settings->max_answer);
    call->error = g_string_chunk_insert(call->texts, text);
    call_refuse(call,
                &(CallProblem){
                    .status = 500,
                    .detail = call_only_reads(call) ? "the answer is too long"
                                                    : "it was done, but its answer is too long",
                });
}

static void answer_rows(Call *call, const PGresult *rows)
{
    if (!run_fits(call, rows)) {
        run_refuse_outdated(call, !call_only_reads(call));
        return;
    }
    const HttpRequest *request = exchange_request(call->exchange);
    ServiceBuffers *buffers = service_empty_buffers(call->service);
    ResultAnswer written = {
        .body = buffers->body,
        .headers = buffers->headers,
        .most = service_shared(call->service)->settings->max_answer,
    };
    unsigned status = result_write(call->route, &service_rules(call->service)->forms, rows,
                                   api_arguments_page(call->arguments), request, &written);
    if (status == 0) {
        refuse_length(call);
        return;
    }
    if (status == 404 && result_is_missing(call->route, rows)) {
        call_refuse(call, &(CallProblem){.status = missing_status(call)});
        return;
    }
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;
    unsigned held = is_read ? precondition_of_read(buffers->headers, request) : 200;
    if (held == 412 && endpoint_param(call->route->endpoint, "if_match") < 0) {
        call_refuse(call, &(CallProblem){.status = 412});
        return;
    }
    bool unchanged = held == 304;
    bool empty = unchanged || call->route->endpoint->returns == RETURNS_NONE;
    CallAnswer answer = {
        .status = unchanged ? 304 : status,
        .type = empty ? NULL : "application/json",
        .body = buffers->body->str,
        .length = empty ? 0 : buffers->body->len,
        .headers = buffers->headers->str,
        .exact = written.exact,
    };
    if (standby_wants_place(call))
        standby_answer(call, &answer);
    else
        call_answer(call, &answer);
}

/* Several statements are undone if the last one finds nothing: 404 leaves nothing behind. */
static bool endpoint_decide(PoolRequest *request, PGresult *const *results, void *data)
{
    (void)request;
    Call *call = data;
    const PGresult *rows = results[call->calls->len - 1];
    call->outdated = !run_fits(call, rows);
    return !call->outdated && !result_is_missing(call->route, rows);
}

/* Sends what add_calls() or its like has put together. */
static void submit(Call *call, PoolRequest request)
{
    request.calls = (const PoolCall *)call->calls->data;
    request.call_count = call->calls->len;
    call->request = request;
    Pool *pool = service_pool(call->service);
    call->submitted = pool != NULL;
    if (pool != NULL)
        pool_submit(pool, &call->request);
    else
        request.done(&call->request,
                     &(PoolResult){.outcome = POOL_UNAVAILABLE, .reason = "stopping"},
                     request.data);
}

/* As all requests of its route begin; the settings are there. However many statements follow each
 * other, the client waits no longer than for one. */
static PoolRequest request_of(Call *call)
{
    const Route *route = call->route;
    if (call->deadline == 0)
        call->deadline = service_now(call->service) + (int64_t)route->deadline * 1000;
    return (PoolRequest){
        .lane = route->lane,
        .patient = route->patient,
        .reads = route->lane == POOL_SLOW && call_only_reads(call),
        .deadline = call->deadline,
        .settings = call->settings,
        .setting_count = add_settings(call),
    };
}

/* A refusal may come of rows, tables or roles that the standby has not seen yet, if the guard has
 * said so or could not be asked; or of its replay, which goes before reads. That it is a server for
 * reads, is no such thing. */
static bool is_refusal_unsure(const PoolResult *result)
{
    const char *sqlstate = PQresultErrorField(result->error, PG_DIAG_SQLSTATE);
    if (g_strcmp0(sqlstate, READ_ONLY) == 0)
        return false;
    return result->result_count == 0 || standby_is_behind(result) ||
           g_strcmp0(sqlstate, CONFLICT) == 0;
}

bool run_is_unsure(const Call *call, const PoolResult *result)
{
    if (g_array_index(call->calls, PoolCall, 0).statement != &standby_guard)
        return false;
    if (result->outcome == POOL_REFUSED)
        return is_refusal_unsure(result);
    return result->outcome == POOL_DONE && standby_is_behind(result);
}

void run_on_primary(Call *call)
{
    g_array_remove_index(call->calls, 0);
    PoolRequest request = call->request;
    request.reads = true;
    request.lane = POOL_WRITE;
    request.alone = false;
    request.repeatable = true;
    submit(call, request);
}

static void send_endpoint(Call *call, PoolDone *done)
{
    add_calls(call);
    PoolRequest request = request_of(call);
    request.alone = call->token != NULL;
    request.repeatable = true;
    request.decide =
        call->calls->len > 1 && call->route->lane != POOL_FAST ? endpoint_decide : NULL;
    request.done = done;
    request.data = call;
    submit(call, request);
}

static void endpoint_done(PoolRequest *request, const PoolResult *result, void *data)
{
    (void)request;
    Call *call = data;
    call->submitted = false;
    if (result->outcome == POOL_DECLINED && call->outdated)
        run_refuse_outdated(call, false);
    else if (result->outcome == POOL_DECLINED)
        call_refuse(call, &(CallProblem){.status = missing_status(call)});
    else if (run_is_unsure(call, result))
        run_on_primary(call);
    else if (result->outcome != POOL_DONE)
        failure_answer(call, result);
    else
        answer_rows(call, result->results[call->calls->len - 1]);
}

static void proof_done(PoolRequest *request, const PoolResult *result, void *data)
{
    (void)request;
    Call *call = data;
    call->submitted = false;
    if (result->outcome == POOL_DONE)
        call->proven(call);
    else
        failure_answer(call, result);
}

void run_proof(Call *call, RunProven *proven)
{
    call->proven = proven;
    g_array_set_size(call->calls, 0);
    g_ptr_array_set_size(call->values, 0);
    add_call(call, &proof_statement, 0);
    point_to_values(call);
    submit(call, (PoolRequest){
                     .lane = POOL_FAST,
                     .deadline = service_now(call->service) + service_proof_time(call->service),
                     .done = proof_done,
                     .data = call,
                 });
}

/* An endpoint without statements says no more than that all is well. */
static void answer_nothing(Call *call)
{
    call_answer(call, &(CallAnswer){.status = call->route->endpoint->status});
}

void run_endpoint(Call *call)
{
    if (!run_bind(call))
        return;
    if (call->route->endpoint->statements->len == 0) {
        if (call->route->endpoint->is_static)
            answer_nothing(call);
        else
            run_proof(call, answer_nothing);
        return;
    }
    if (standby_check(call, &call->token))
        send_endpoint(call, endpoint_done);
}

void run_statements(Call *call, PoolDone *done, PoolRows *rows, void *data)
{
    add_calls(call);
    PoolRequest request = request_of(call);
    request.alone = call->token != NULL;
    request.rows = rows;
    request.done = done;
    request.data = data;
    submit(call, request);
}

void run_own_statement(Call *call, const PoolStatement *statement, const char *const *values,
                       PoolDone *done, void *data)
{
    g_array_set_size(call->calls, 0);
    g_ptr_array_set_size(call->values, 0);
    add_guard(call);
    unsigned first = call->values->len;
    for (unsigned i = 0; i < statement->parameters; i++)
        g_ptr_array_add(call->values,
                        values[i] == NULL ? NULL : g_string_chunk_insert(call->texts, values[i]));
    add_call(call, statement, first);
    point_to_values(call);
    PoolRequest request = request_of(call);
    request.alone = call->token != NULL;
    request.done = done;
    request.data = data;
    submit(call, request);
}
