#include "serve/service.h"

#include "base/buffer.h"
#include "serve/body.h"
#include "serve/builtin.h"
#include "serve/handlers.h"
#include "serve/run.h"
#include "serve/service_parts.h"
#include "serve/shared.h"

#include <string.h>

/* Bits of those that endpoints have. */
enum {
    ALL_METHODS = 1 << HTTP_GET | 1 << HTTP_HEAD | 1 << HTTP_POST | 1 << HTTP_PUT |
                  1 << HTTP_PATCH | 1 << HTTP_DELETE,
};

enum { BUFFER = 16 * 1024, KEPT_BUFFER = 1024 * 1024 };

/* Calls that are kept for later ones; a peak's are given back. */
enum { UNUSED_MOST = 256 };

/* Microseconds between two tellings of how the lanes are. */
enum { PUBLISH_AT_WORK = 100000, PUBLISH_AT_REST = 500000 };

struct Service {
    Loop *loop;
    const Shared *shared;
    HttpServer *http;
    Pool *pool;
    Application *application;
    AccessBox *access;
    AccessScratch *scratch;
    TraceIds *ids;
    MetricsLoop *metrics;
    AccessLogLines *log;
    unsigned number;   /* of the loop */
    int64_t published; /* when its lanes were, last */
    uint64_t accepted; /* connections that have been counted */
    LoopTimer publisher;
    ServiceBuffers buffers;
    Call *unused;
    unsigned unused_count;
    unsigned running; /* calls */
    GPtrArray *owed;  /* (element-type Call): those that the control loop will call back for */
};

Pool *service_pool(Service *service)
{
    return service->pool;
}

Loop *service_loop(Service *service)
{
    return service->loop;
}

const Shared *service_shared(const Service *service)
{
    return service->shared;
}

const ApiRules *service_rules(const Service *service)
{
    return &service->shared->settings->rules;
}

TraceIds *service_trace_ids(Service *service)
{
    return service->ids;
}

bool service_may_know(const Service *service)
{
    const Access *access = service->access->access;
    return access_takes_keys(access) || access_takes_tokens(access);
}

int64_t service_now(const Service *service)
{
    return loop_now(service->loop);
}

int64_t service_proof_time(const Service *service)
{
    return (int64_t)service->shared->settings->deadline[POOL_FAST] * 1000;
}

ServiceBuffers *service_buffers(Service *service)
{
    return &service->buffers;
}

/* A buffer that one large answer has made large is not kept for ever. */
static void empty(GString **buffer)
{
    if ((*buffer)->allocated_len > KEPT_BUFFER) {
        g_string_free(*buffer, TRUE);
        *buffer = g_string_sized_new(BUFFER);
    }
    buffer_empty(*buffer);
}

ServiceBuffers *service_empty_buffers(Service *service)
{
    empty(&service->buffers.body);
    empty(&service->buffers.headers);
    return &service->buffers;
}

const char *service_application_name(const Service *service, HttpText id, GStringChunk *texts)
{
    (void)service;
    char name[64] = "retort ";
    size_t length = strlen(name);
    size_t part = MIN(id.length, sizeof name - 1 - length);
    memcpy(name + length, id.data, part);
    name[length + part] = '\0';
    return g_string_chunk_insert(texts, name);
}

Call *service_take_call(Service *service)
{
    Call *call = service->unused;
    if (call == NULL) {
        call = call_new(service);
    } else {
        service->unused = call->next;
        service->unused_count--;
    }
    service->running++;
    call->application = application_ref(service->application);
    return call;
}

void service_give_call(Service *service, Call *call)
{
    service->running--;
    if (service->unused_count == UNUSED_MOST) {
        call_free(call);
        return;
    }
    service->unused_count++;
    call->next = service->unused;
    service->unused = call;
}

void service_owe(Call *call)
{
    call->owed = true;
    g_ptr_array_add(call->service->owed, call);
}

void service_pay(Call *call)
{
    call->owed = false;
    g_ptr_array_remove_fast(call->service->owed, call);
}

/* What of @status is counted as a refusal; METRICS_REFUSALS: none. */
static MetricsRefusal refusal_of(const Call *call, unsigned status)
{
    switch (status) {
    case 400:
        return REFUSED_MALFORMED;
    case 401:
        return REFUSED_IDENTITY;
    case 403:
        return REFUSED_FORBIDDEN;
    case 408:
        return REFUSED_SLOW_CLIENT;
    case 413:
    case 414:
    case 431:
        return REFUSED_TOO_LARGE;
    case 422:
        return call->sqlstate[0] == '\0' ? REFUSED_INVALID : METRICS_REFUSALS;
    case 429:
        return REFUSED_RATE;
    case 503:
        return call->refusal;
    default:
        return METRICS_REFUSALS;
    }
}

static void log_call(const Call *call, unsigned status, size_t bytes, int64_t duration)
{
    const HttpRequest *request = exchange_request(call->exchange);
    access_log_request(call->service->log,
                       &(AccessLogRequest){
                           .id = call->trace.id,
                           .method = request->method_name,
                           .path = request->path,
                           .route = call->route == NULL ? NULL : call->route->path,
                           .status = status,
                           .duration = duration,
                           .bytes = bytes,
                           .peer = request->peer,
                           .subject = call->identity.subject,
                           .user_agent = http_request_header(request, "user-agent"),
                           .traceparent = call->trace.parent,
                           .sqlstate = call->sqlstate[0] == '\0' ? NULL : call->sqlstate,
                           .reason = call->reason,
                           .error = call->error,
                       });
}

void service_count(Call *call, unsigned status, size_t bytes)
{
    Service *service = call->service;
    int64_t duration = loop_now(service->loop) - call->begun;
    unsigned route = call->route == NULL ? METRICS_UNMATCHED : call->route->index;
    metrics_count_request(service->metrics, route, status, duration);
    const HttpRequest *request = exchange_request(call->exchange);
    metrics_count_bytes(service->metrics, request->body.length, bytes);
    MetricsRefusal refusal = status < 400 ? METRICS_REFUSALS : refusal_of(call, status);
    if (refusal != METRICS_REFUSALS)
        metrics_count_refusal(service->metrics, refusal);
    if (access_log_wants(service->log, status))
        log_call(call, status, bytes, duration);
}

/* Tells the other threads how the lanes are: at most ten times a second. */
static void publish(Service *service)
{
    PoolLaneState states[POOL_LANES];
    for (int lane = 0; lane < POOL_LANES; lane++)
        pool_lane_state(service->pool, (PoolLane)lane, &states[lane]);
    service->published = loop_now(service->loop);
    lanes_publish(service->shared->lanes, service->number, states, pool_counts(service->pool),
                  service->published);
    metrics_set_connections(service->metrics, http_server_connections(service->http));
    uint64_t accepted = http_server_accepted(service->http);
    metrics_count_accepted(service->metrics, (unsigned)(accepted - service->accepted));
    service->accepted = accepted;
}

static void publish_again(LoopTimer *timer, void *data)
{
    Service *service = data;
    publish(service);
    service_empty_buffers(service);
    loop_timer_start(service->loop, timer, loop_now(service->loop) + PUBLISH_AT_REST, publish_again,
                     service);
}

static void end_turn(void *data)
{
    Service *service = data;
    pool_turn(service->pool); /* what clients had pipelined */
    if (loop_now(service->loop) - service->published >= PUBLISH_AT_WORK)
        publish(service);
    access_log_flush(service->log);
}

/* The values of "Allow:" by their bits. */
static void append_methods(GString *lines, unsigned methods)
{
    static const char *const names[HTTP_METHODS] = {
        [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
        [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    };
    g_string_append(lines, "Allow: ");
    for (int method = 0; method < HTTP_METHODS; method++)
        if ((methods & 1u << method) != 0 && names[method] != NULL) {
            g_string_append(lines, names[method]);
            g_string_append(lines, ", ");
        }
    g_string_append(lines, "OPTIONS\r\n");
}

static void answer_options(Call *call)
{
    ServiceBuffers *buffers = service_empty_buffers(call->service);
    const HttpRequest *request = exchange_request(call->exchange);
    HttpText origin = http_request_header(request, "origin");
    HttpText method = http_request_header(request, "access-control-request-method");
    append_methods(buffers->headers, call->match.methods);
    if (method.data == NULL) {
        call_answer(call, &(CallAnswer){.status = 204, .headers = buffers->headers->str});
        return;
    }
    CorsQuestion question = {
        .origin = origin.data,
        .origin_length = origin.length,
        .method = method.data,
        .method_length = method.length,
        .methods = call->match.methods,
    };
    cors_append_preflight(application_cors(call->application), &question, buffers->headers);
    call_answer(call,
                &(CallAnswer){.status = 204, .headers = buffers->headers->str, .preflight = true});
}

static void answer_no_route(Call *call)
{
    if (http_text_is(exchange_request(call->exchange)->path, "*")) /* of OPTIONS alone */
        call->match.methods = ALL_METHODS;
    if (call->match.methods == 0) {
        call_refuse(call, &(CallProblem){.status = 404, .detail = "there is no such path"});
        return;
    }
    if (exchange_request(call->exchange)->method == HTTP_OPTIONS) {
        answer_options(call);
        return;
    }
    ServiceBuffers *buffers = service_empty_buffers(call->service);
    append_methods(buffers->headers, call->match.methods);
    call_refuse(call, &(CallProblem){.status = 405, .headers = buffers->headers->str});
}

/* Whether the client may go on; @client is what is counted. */
static bool within_rate(Call *call, RateLimiter *limiter, const void *client, size_t length)
{
    if (limiter == NULL)
        return true;
    RateAnswer answer =
        rate_limiter_take(limiter, client, length, service_now(call->service) * 1000);
    if (answer.allowed)
        return true;
    char lines[160];
    g_snprintf(lines, sizeof lines,
               "Retry-After: %u\r\nRateLimit-Limit: %u\r\nRateLimit-Remaining: 0\r\n"
               "RateLimit-Reset: %u\r\n",
               answer.retry_after, answer.limit, answer.reset);
    call_refuse(call, &(CallProblem){.status = 429, .headers = lines});
    return false;
}

/* Those who watch the server may share an address with its clients. A probe that is refused would
 * have it restarted just when it has much to do. */
static bool is_watching(const Call *call)
{
    switch (call->route == NULL ? BUILTIN_NONE : call->route->builtin) {
    case BUILTIN_HEALTH:
    case BUILTIN_LIVE:
    case BUILTIN_READY:
    case BUILTIN_STARTUP:
    case BUILTIN_METRICS:
        return true;
    default:
        return false;
    }
}

static bool within_address_rate(Call *call)
{
    RateLimiter *limiter = service_shared(call->service)->limits->address;
    if (limiter == NULL || is_watching(call))
        return true;
    RateAddress address = rate_address(exchange_request(call->exchange)->peer);
    return within_rate(call, limiter, address.bytes, address.length);
}

static const char *keep(Call *call, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert(call->texts, text);
}

/* Without a way to be known there is nothing to ask for. */
static void refuse_unknown(Call *call, const Access *access, const char *reason)
{
    GString *line = service_empty_buffers(call->service)->headers;
    if (access_takes_keys(access) || access_takes_tokens(access)) {
        g_string_append(line, "WWW-Authenticate: ");
        access_append_challenge(access, reason, line);
        g_string_append(line, "\r\n");
    }
    call->reason = reason;
    call_refuse(call, &(CallProblem){.status = 401, .headers = line->str});
}

/* Who asks; 401 if that cannot be told, 403 if they may not. */
static bool identify(Call *call)
{
    const HttpRequest *request = exchange_request(call->exchange);
    const Access *access = call->service->access->access;
    const Endpoint *endpoint = call->route != NULL ? call->route->endpoint : NULL;
    HttpText token = http_request_header(request, "authorization");
    HttpText key = http_request_header(request, "x-api-key");
    const char *reason = "missing";
    AccessVerdict verdict =
        access_identify(access, call->service->scratch, token.data, token.length, key.data,
                        key.length, g_get_real_time() / G_USEC_PER_SEC, &call->identity, &reason);
    call->identity.subject = keep(call, call->identity.subject);
    call->identity.role = keep(call, call->identity.role);
    call->identity.claims = keep(call, call->identity.claims);
    if (verdict == ACCESS_OK &&
        access_allows(&call->identity, endpoint != NULL ? endpoint->roles : NULL))
        return true;
    if (verdict == ACCESS_OK && call->identity.is_known)
        call_refuse(call, &(CallProblem){.status = 403});
    else
        refuse_unknown(call, access, reason);
    return false;
}

/* The name of a key and the subject of a token may be one text, but are two clients. */
static bool within_key_rate(Call *call)
{
    RateLimiter *limiter = service_shared(call->service)->limits->key;
    const Identity *identity = &call->identity;
    if (limiter == NULL || identity->subject == NULL)
        return true;
    GString *client = service_empty_buffers(call->service)->body;
    g_string_append(client, identity->is_key ? "k:" : "t:");
    g_string_append(client, identity->subject);
    return within_rate(call, limiter, client->str, client->len);
}

/* Where each path is to be known to those who may call alone, so are these. */
static bool is_open_to_all(const Call *call)
{
    const ServeSettings *settings = service_shared(call->service)->settings;
    if (!access_is_required(call->service->access->access))
        return true;
    switch (call->route->builtin) {
    case BUILTIN_ROOT:
    case BUILTIN_DOCS:
    case BUILTIN_OPENAPI:
        return settings->docs_open;
    default:
        return true; /* health and metrics have rules of their own */
    }
}

/* A browser's question before a call, which cannot say who asks. */
static bool is_preflight(const Call *call)
{
    const HttpRequest *request = exchange_request(call->exchange);
    return request->method == HTTP_OPTIONS &&
           http_request_header(request, "access-control-request-method").data != NULL &&
           cors_is_open(application_cors(call->application));
}

static bool needs_identity(Call *call)
{
    if (call->route != NULL)
        return call->route->endpoint != NULL || !is_open_to_all(call);
    if (!access_is_required(call->service->access->access))
        return false;
    if (!is_preflight(call))
        return true;
    call->match.methods = ALL_METHODS; /* as of any path, so that nobody learns which there are */
    return false;
}

static void handle_head(HttpExchange *exchange, void *data)
{
    Service *service = data;
    const HttpRequest *request = exchange_request(exchange);
    Call *call = call_take(service, exchange);
    router_find(application_router(call->application), request->method, request->path.data,
                request->path.length, &call->match);
    call->route = call->match.target;
    if (!within_address_rate(call))
        return;
    if (needs_identity(call) && (!identify(call) || !within_key_rate(call)))
        return;
    if (call->route == NULL)
        answer_no_route(call);
    else if (call->route->broken != NULL) /* only where it is developed, so it may be told why */
        call_refuse(call, &(CallProblem){.status = 500, .detail = call->route->broken});
    else
        body_accept(call);
}

static void handle_request(HttpExchange *exchange, void *data)
{
    (void)data;
    Call *call = exchange_data(exchange);
    if (call->route->endpoint == NULL)
        builtin_run(call);
    else if (call->route->handler != NULL)
        handler_run(call);
    else
        run_endpoint(call);
}

static void handle_refuse(HttpExchange *exchange, unsigned status, const char *reason, void *data)
{
    Call *call = exchange_data(exchange);
    if (call == NULL)
        call = call_take(data, exchange);
    if (status == 503)
        call->refusal = REFUSED_TOO_LARGE; /* of all requests that are on their way */
    call_refuse(call, &(CallProblem){
                          .status = status,
                          .detail = reason,
                          .headers = status == 503 ? "Retry-After: 1\r\n" : NULL,
                          .close = true,
                      });
}

static void handle_gone(HttpExchange *exchange, void *data)
{
    Call *call = exchange_data(exchange);
    metrics_count_refusal(((Service *)data)->metrics, REFUSED_GONE);
    if (call != NULL)
        call_drop(call);
}

static void handle_drained(HttpExchange *exchange, void *data)
{
    (void)data;
    handler_drained(exchange_data(exchange));
}

static const HttpHandler handler = {
    .head = handle_head,
    .request = handle_request,
    .refuse = handle_refuse,
    .gone = handle_gone,
    .drained = handle_drained,
};

Service *service_new(Loop *loop, const Shared *shared, const PoolSettings *pool, unsigned number,
                     Application *application, GError **error)
{
    g_autoptr(Service) service = g_new0(Service, 1);
    service->number = number;
    service->metrics = metrics_add_loop(shared->metrics);
    service->log = access_log_lines_new(shared->log);
    service->loop = loop;
    service->shared = shared;
    service->scratch = access_scratch_new();
    service->ids = trace_ids_new();
    service->owed = g_ptr_array_new();
    service->buffers = (ServiceBuffers){
        .body = g_string_sized_new(BUFFER),
        .headers = g_string_sized_new(1024),
        .all_headers = g_string_sized_new(1024),
        .problem = g_string_sized_new(1024),
        .faults = api_faults_new(),
    };
    service->application = application_ref(application);
    service_know(service, access_box_ref(application_access(application)));
    /* The pool's turns come before those of HTTP: the database works while answers are written. */
    service->pool = pool_new(loop, pool, error);
    if (service->pool == NULL)
        return NULL;
    service->http = http_server_new(loop, &shared->settings->http, &handler, service);
    loop_each_turn(loop, end_turn, service);
    publish_again(&service->publisher, service);
    return g_steal_pointer(&service);
}

void service_free(Service *service)
{
    if (service == NULL)
        return;
    loop_timer_stop(&service->publisher);
    loop_no_turn(service->loop, end_turn, service);
    g_clear_pointer(&service->pool, pool_free); /* what runs is answered with 503 */
    while (service->owed->len > 0)              /* nobody calls back any more */
        builtin_give_up(service->owed->pdata[0]);
    http_server_free(service->http);
    g_ptr_array_unref(service->owed);
    while (service->unused != NULL) {
        Call *call = service->unused;
        service->unused = call->next;
        call_free(call);
    }
    application_unref(service->application);
    access_log_lines_free(service->log);
    access_box_unref(service->access);
    access_scratch_free(service->scratch);
    trace_ids_free(service->ids);
    g_string_free(service->buffers.body, TRUE);
    g_string_free(service->buffers.headers, TRUE);
    g_string_free(service->buffers.all_headers, TRUE);
    g_string_free(service->buffers.problem, TRUE);
    api_faults_free(service->buffers.faults);
    g_free(service);
}

void service_listen(Service *service, int descriptor)
{
    http_server_listen(service->http, descriptor);
}

void service_know(Service *service, AccessBox *box)
{
    access_box_unref(service->access);
    service->access = box;
}

void service_use(Service *service, Application *application)
{
    application_unref(service->application);
    service->application = application;
    service_know(service, access_box_ref(application_access(application)));
    unsigned count = 0;
    const PoolStatement *const *statements = application_statements(application, &count);
    pool_forget_statements(service->pool, statements, count);
}

void service_drain(Service *service)
{
    http_server_drain(service->http);
}

bool service_is_idle(const Service *service)
{
    return service->running == 0 && http_server_connections(service->http) == 0;
}
