#include "serve/standby.h"

#include "serve/run.h"
#include "serve/service_parts.h"
#include "serve/shared.h"

#include <string.h>

enum { HALF = 8 }; /* most digits before and behind the "/" */

const PoolStatement standby_guard = {
    .name = "retort_guard",
    .sql = "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= $1::pg_lsn",
    .parameters = 1,
};

static const PoolStatement place_statement = {
    .name = "retort_place",
    .sql = "SELECT pg_current_wal_insert_lsn()",
};

/* An answer that waits for its place. */
struct Held {
    CallAnswer answer;
    GString *headers;
    char *body;
};
typedef struct Held Held;

static bool reads_elsewhere(const Call *call)
{
    return service_shared(call->service)->reads_elsewhere;
}

/* Digits of one half from @at; how many. */
static size_t count_digits(HttpText text, size_t at)
{
    size_t count = 0;
    while (at + count < text.length && g_ascii_isxdigit(text.data[at + count]))
        count++;
    return count;
}

static bool is_place(HttpText text)
{
    size_t first = count_digits(text, 0);
    if (first == 0 || first > HALF || first >= text.length || text.data[first] != '/')
        return false;
    size_t second = count_digits(text, first + 1);
    return second > 0 && second <= HALF && first + 1 + second == text.length;
}

bool standby_check(Call *call, const char **out_token)
{
    *out_token = NULL;
    if (!reads_elsewhere(call) || call->route->lane != POOL_FAST)
        return true;
    HttpText token = http_request_header(exchange_request(call->exchange), "retort-lsn");
    if (token.data == NULL)
        return true;
    if (!is_place(token)) {
        call_refuse(call,
                    &(CallProblem){.status = 400, .detail = "the header Retort-LSN is malformed"});
        return false;
    }
    *out_token = g_string_chunk_insert_len(call->texts, token.data, (gssize)token.length);
    return true;
}

bool standby_is_behind(const PoolResult *result)
{
    return !g_str_equal(PQgetvalue(result->results[0], 0, 0), "t");
}

bool standby_wants_place(const Call *call)
{
    return reads_elsewhere(call) && call->route->lane != POOL_FAST &&
           call->route->method != HTTP_GET;
}

static void held_free(Held *held)
{
    g_string_free(held->headers, TRUE);
    g_free(held->body);
    g_free(held);
}

void standby_drop(Call *call)
{
    if (call->held != NULL)
        held_free(call->held);
    call->held = NULL;
}

static void place_known(PoolRequest *request, const PoolResult *result, void *data)
{
    (void)request;
    Call *call = data;
    call->submitted = false;
    Held *held = call->held;
    call->held = NULL;
    if (result->outcome == POOL_DONE)
        g_string_append_printf(held->headers, "Retort-LSN: %s\r\n",
                               PQgetvalue(result->results[0], 0, 0));
    held->answer.headers = held->headers->str;
    call_answer(call, &held->answer);
    held_free(held);
}

void standby_answer(Call *call, const CallAnswer *answer)
{
    Held *held = g_new(Held, 1);
    *held = (Held){
        .answer = *answer,
        .headers = g_string_new(answer->headers),
        .body = g_memdup2(answer->body, answer->length),
    };
    held->answer.body = held->body;
    call->held = held;
    run_own_statement(call, &place_statement, NULL, place_known, call);
}
