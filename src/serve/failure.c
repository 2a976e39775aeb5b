#include "serve/failure.h"

#include "serve/blame.h"
#include "serve/run.h"
#include "serve/service_parts.h"
#include "serve/shared.h"

#include <string.h>

/* PoolResult.reason of a lane whose queue has no room, and of a pool that ends. */
#define POOL_QUEUE_FULL "queue full"
#define POOL_STOPPING "stopping"

/* It is there, and refuses what may succeed later. */
static const char refused_for_now[] = "the database cannot do this now; try again later";

typedef struct Meaning {
    const char *sqlstate; /* or its first two characters */
    unsigned status;
    const char *kind; /* of the fault, in FastAPI's words */
    const char *message;
} Meaning;

static const Meaning meanings[] = {
    {"23505", 409, "unique_violation", "is taken already"},
    {"23503", 409, "foreign_key_violation", "refers to what does not exist, or is referred to"},
    {"23P01", 409, "exclusion_violation", "conflicts with what is there"},
    {"23001", 409, "restrict_violation", "is referred to"},
    {"23502", 422, "not_null_violation", "must not be null"},
    {"23514", 422, "check_violation", "is not allowed"},
    {"44000", 422, "check_violation", "is not allowed"},
    {"22001", 422, "string_too_long", "is too long"},
    {"22003", 422, "out_of_range", "is out of range"},
    {"22", 422, "value_error", "is no valid value"},
    {"54000", 422, "value_error", "is too large"}, /* for an index, say */
    {"40", 503, NULL, NULL},
    {"53", 503, NULL, NULL},
    {"57", 503, NULL, NULL},
    {"58", 503, NULL, NULL},
    {"08", 503, NULL, NULL},
    {"55P03", 503, NULL, NULL}, /* a lock that was not had in time */
};

/* Of what the server could not read: to it, a syntax error or a name that is not there. */
static const Meaning unreadable = {"", 422, "value_error", "is no valid value"};

static const Meaning *find_meaning(const char *sqlstate)
{
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (g_str_has_prefix(sqlstate, meanings[i].sqlstate))
            return &meanings[i];
    return NULL;
}

/* Of "PT409": 409; 0 if it is none. */
static unsigned raised_status(const char *sqlstate)
{
    if (strlen(sqlstate) != 5 || sqlstate[0] != 'P' || sqlstate[1] != 'T')
        return 0;
    for (int i = 2; i < 5; i++)
        if (!g_ascii_isdigit(sqlstate[i]))
            return 0;
    unsigned status = (unsigned)(sqlstate[2] - '0') * 100 + (unsigned)(sqlstate[3] - '0') * 10 +
                      (unsigned)(sqlstate[4] - '0');
    return status >= 400 && status < 600 ? status : 0;
}

static const char *field(const PGresult *error, int code)
{
    const char *text = error == NULL ? NULL : PQresultErrorField(error, code);
    return text == NULL ? "" : text;
}

static void add_fault(ApiFaults *faults, const Meaning *meaning, const ApiParam *param)
{
    char *pointer = param->place == PLACE_BODY     ? g_strconcat("/", param->name, NULL)
                    : param->place == PLACE_HEADER ? g_strdup("if-match")
                                                   : g_strdup(param->name);
    api_faults_add(faults, param->place, pointer, meaning->kind, "%s", meaning->message);
}

/* (transfer full): for the client who sent nothing that is known to be it: "a", "b" must not … */
static char *describe_columns(const GPtrArray *columns, const Meaning *meaning)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < columns->len; i++)
        g_string_append_printf(text, "%s\"%s\"", i == 0 ? "" : ", ",
                               (const char *)columns->pdata[i]);
    g_string_append_printf(text, "%s%s", columns->len > 0 ? " " : "", meaning->message);
    return g_string_free(text, FALSE);
}

static void refuse_value(Call *call, const Meaning *meaning, const PGresult *error,
                         const Blame *blame)
{
    g_autoptr(ApiFaults) faults = api_faults_new();
    for (unsigned i = 0; i < blame->params->len; i++)
        add_fault(faults, meaning, blame->params->pdata[i]);
    g_autofree char *detail = describe_columns(blame->columns, meaning);
    const char *constraint = field(error, PG_DIAG_CONSTRAINT_NAME);
    call_refuse(call, &(CallProblem){
                          .status = meaning->status,
                          .detail = blame->params->len == 0 ? detail : NULL,
                          .telling = meaning->status == 409,
                          .code = call->sqlstate,
                          .constraint = *constraint == '\0' ? NULL : constraint,
                          .faults = faults,
                      });
}

/* Sessions of the fast lane are read-only by our own choice: it will not go by. */
static void refuse_write(Call *call, const PoolResult *result)
{
    const Endpoint *endpoint = call->route->endpoint;
    const ApiStatement *statement = blame_statement(call, result);
    char text[512];
    g_snprintf(text, sizeof text,
               "%s:%u: %s; hint: the endpoint writes, through a function or a rule: make it a "
               "POST, or give it \"lane: write\"",
               endpoint->file, statement != NULL ? statement->line : endpoint->line,
               field(result->error, PG_DIAG_MESSAGE_PRIMARY));
    call->error = g_string_chunk_insert(call->texts, text);
    call_refuse(call, &(CallProblem){.status = 500});
}

/* The message of RAISE … USING ERRCODE = 'PT…' is meant for the client. */
static void refuse_raised(Call *call, unsigned status, const PGresult *error)
{
    call_refuse(call, &(CallProblem){
                          .status = status,
                          .detail = field(error, PG_DIAG_MESSAGE_PRIMARY),
                          .telling = true,
                          .headers = status == 503 || status == 429 ? "Retry-After: 1\r\n" : NULL,
                      });
}

/* The statement is not what it was when it was described: what it names is gone or is another. An
 * error with a context is of a function that it calls, whose own it may be. */
static bool is_outdated(const PGresult *error)
{
    static const char *const states[] = {
        "42703", /* no such column */
        "42P01", /* table */
        "42883", /* function */
        "42704", /* type */
        "3F000", /* schema */
        NULL,
    };
    return g_strv_contains(states, field(error, PG_DIAG_SQLSTATE)) &&
           *field(error, PG_DIAG_STATEMENT_POSITION) != '\0' &&
           *field(error, PG_DIAG_CONTEXT) == '\0';
}

static void refuse_outdated(Call *call)
{
    const Shared *shared = service_shared(call->service);
    shared->tell_outdated(shared->server);
    run_refuse_outdated(call, false);
}

static void refuse_by_meaning(Call *call, const PoolResult *result)
{
    const Meaning *meaning = find_meaning(call->sqlstate);
    if (meaning != NULL && meaning->status == 503) {
        call_unavailable(call, &(CallUnavailable){.reason = "refused",
                                                  .detail = refused_for_now,
                                                  .wait = result->retry_after,
                                                  .refusal = REFUSED_UNAVAILABLE});
        return;
    }
    g_autoptr(Blame) blame = blame_find(call, result);
    if (meaning == NULL && blame->of_input)
        meaning = &unreadable;
    if (meaning != NULL)
        refuse_value(call, meaning, result->error, blame);
    else
        call_refuse(call, &(CallProblem){.status = 500});
}

static void refuse_statement(Call *call, const PoolResult *result)
{
    const PGresult *error = result->error;
    g_strlcpy(call->sqlstate, field(error, PG_DIAG_SQLSTATE), sizeof call->sqlstate);
    call->error = g_string_chunk_insert(call->texts, field(error, PG_DIAG_MESSAGE_PRIMARY));
    if (result->in_settings) { /* the role of a token, which the database does not have or give */
        call_refuse(call,
                    &(CallProblem){.status = g_str_equal(call->sqlstate, "42501") ? 403 : 500});
        return;
    }
    unsigned raised = raised_status(call->sqlstate);
    if (raised != 0)
        refuse_raised(call, raised, error);
    else if (g_str_equal(call->sqlstate, "25006"))
        refuse_write(call, result);
    else if (is_outdated(error))
        refuse_outdated(call);
    else if (g_str_equal(call->sqlstate, "42501") && call->identity.role != NULL)
        call_refuse(call, &(CallProblem){.status = 403});
    else
        refuse_by_meaning(call, result);
}

/* What the client is told of a request that got no answer; %NULL: that the database is away. */
static const char *unavailable_detail(const Call *call, const PoolResult *result)
{
    static const char *const lacks[] = {"disk full", "out of memory", "out of resources", NULL};
    if (result->uncertain && !call_only_reads(call))
        return "the answer of the database was lost: the request may have been carried out";
    if (result->outcome == POOL_OVERDUE)
        return "the database did not answer in time; try again later";
    if (g_strcmp0(result->reason, POOL_STOPPING) == 0)
        return "the server stops; try again later";
    if (g_strcmp0(result->reason, POOL_QUEUE_FULL) == 0)
        return "too much is asked of the database now; try again later";
    return result->reason != NULL && g_strv_contains(lacks, result->reason) ? refused_for_now
                                                                            : NULL;
}

void failure_answer(Call *call, const PoolResult *result)
{
    switch (result->outcome) {
    case POOL_REFUSED:
        refuse_statement(call, result);
        return;
    case POOL_DECLINED:
        call_refuse(call, &(CallProblem){.status = 404});
        return;
    case POOL_UNAVAILABLE:
    case POOL_OVERDUE:
    case POOL_DONE:
        break;
    }
    MetricsRefusal refusal = result->outcome == POOL_OVERDUE ? REFUSED_OVERDUE
                             : g_strcmp0(result->reason, POOL_QUEUE_FULL) == 0
                                 ? REFUSED_QUEUE_FULL
                                 : REFUSED_UNAVAILABLE;
    call_unavailable(call, &(CallUnavailable){
                               .reason = result->reason,
                               .detail = unavailable_detail(call, result),
                               .wait = result->retry_after,
                               .refusal = refusal,
                           });
}
