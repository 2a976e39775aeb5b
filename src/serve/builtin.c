#include "serve/builtin.h"

#include "serve/docs_page.h"
#include "serve/precondition.h"
#include "serve/run.h"
#include "serve/service_parts.h"
#include "serve/shared.h"

#include <string.h>

static const char json_type[] = "application/json";
static const char docs_headers[] = "Content-Security-Policy: " DOCS_PAGE_POLICY "\r\n"
                                   "X-Content-Type-Options: nosniff\r\n";

/* One that the client has already is 304. */
static void answer_file(Call *call, const char *type, const char *etag, const char *headers,
                        const char *data, size_t length)
{
    GString *lines = service_empty_buffers(call->service)->headers;
    g_string_append_printf(lines, "ETag: %s\r\nCache-Control: no-cache\r\n%s", etag, headers);
    unsigned held = precondition_of_read(lines, exchange_request(call->exchange));
    if (held == 412) {
        call_refuse(call, &(CallProblem){.status = 412});
        return;
    }
    bool unchanged = held == 304;
    call_answer(call, &(CallAnswer){
                          .status = unchanged ? 304 : 200,
                          .type = unchanged ? NULL : type,
                          .body = data,
                          .length = unchanged ? 0 : length,
                          .headers = lines->str,
                      });
}

static void answer_docs(Call *call)
{
    const DocsFile *file = docs_page_find(call->route->path, strlen(call->route->path));
    answer_file(call, file->type, file->etag, docs_headers, file->data, file->length);
}

static void answer_openapi(Call *call)
{
    size_t length = 0;
    const char *text = application_openapi(call->application, &length);
    answer_file(call, json_type, application_openapi_tag(call->application), "", text, length);
}

static void answer_root(Call *call)
{
    static const char all[] =
        "{\"docs\":\"/docs\",\"openapi\":\"/openapi.json\",\"health\":\"/health\"}";
    static const char health[] = "{\"health\":\"/health\"}";
    const char *text = service_shared(call->service)->settings->docs ? all : health;
    call_answer(call, &(CallAnswer){
                          .status = 200,
                          .type = json_type,
                          .body = text,
                          .length = strlen(text),
                      });
}

/* Whether the details are this client's: one of [serve] inside. */
static bool is_inside(const Call *call)
{
    const char *peer = exchange_request(call->exchange)->peer;
    return http_trusted_has(service_shared(call->service)->inside, (HttpText){peer, strlen(peer)});
}

static void answer_status(Call *call, HealthStatus status, const char *document)
{
    GString *body = service_empty_buffers(call->service)->body;
    if (document != NULL && is_inside(call))
        g_string_append(body, document);
    else
        health_append_short(body, status);
    unsigned code = health_http_status(status);
    if (code == 503) {
        call->reason = "health";
        call->refusal = REFUSED_UNAVAILABLE;
    }
    call_answer(call, &(CallAnswer){
                          .status = code,
                          .type = HEALTH_TYPE,
                          .body = body->str,
                          .length = body->len,
                          .headers = code == 503 ? "Cache-Control: no-store\r\nRetry-After: 1\r\n"
                                                 : "Cache-Control: no-store\r\n",
                      });
}

static void health_told(const ControlReport *report, void *data)
{
    Call *call = data;
    service_pay(call);
    if (call->exchange == NULL)
        call_drop(call);
    else
        answer_status(call, report->status, report->document);
}

void builtin_give_up(Call *call)
{
    health_told(&(ControlReport){.status = HEALTH_FAIL}, call);
}

static void answer_metrics(Call *call)
{
    if (!is_inside(call)) {
        call_refuse(call,
                    &(CallProblem){.status = 403, .detail = "metrics are for those inside alone"});
        return;
    }
    GString *body = service_empty_buffers(call->service)->body;
    metrics_write(body, service_shared(call->service)->metrics, service_now(call->service));
    call_answer(call, &(CallAnswer){
                          .status = 200,
                          .type = METRICS_TYPE,
                          .body = body->str,
                          .length = body->len,
                          .headers = "Cache-Control: no-store\r\n",
                      });
}

/* Pages and documents are the same whatever the database says; it is asked all the same, unless
 * the settings exempt them. */
static void answer_page(Call *call, RunProven *answer)
{
    if (service_shared(call->service)->settings->verify_pages)
        run_proof(call, answer);
    else
        answer(call);
}

void builtin_run(Call *call)
{
    Control *control = service_shared(call->service)->control;
    switch (call->route->builtin) {
    case BUILTIN_ROOT:
        answer_page(call, answer_root);
        return;
    case BUILTIN_DOCS:
        answer_page(call, answer_docs);
        return;
    case BUILTIN_OPENAPI:
        answer_page(call, answer_openapi);
        return;
    case BUILTIN_HEALTH:
        service_owe(call);
        control_ask(control, service_loop(call->service), health_told, call);
        return;
    case BUILTIN_LIVE:
        answer_status(call, HEALTH_PASS, NULL);
        return;
    case BUILTIN_READY:
        answer_status(call, control_is_ready(control) ? HEALTH_PASS : HEALTH_FAIL, NULL);
        return;
    case BUILTIN_STARTUP:
        answer_status(call, control_has_started(control) ? HEALTH_PASS : HEALTH_FAIL, NULL);
        return;
    case BUILTIN_METRICS:
        answer_metrics(call);
        return;
    case BUILTIN_NONE:
        break;
    }
    g_assert_not_reached();
}
