#include "api/problem.h"

#include "api/json_text.h"
#include "base/http_status.h"

#include <string.h>

const char *problem_type(ApiErrors shape)
{
    return shape == ERRORS_PROBLEM ? "application/problem+json" : "application/json";
}

/* What pydantic says of a kind whose message does not depend on the parameter. */
static const struct {
    const char *kind;
    const char *message;
} messages[] = {
    {"missing", "Field required"},
    {"extra_forbidden", "Extra inputs are not permitted"},
    {"int_type", "Input should be a valid integer"},
    {"int_parsing", "Input should be a valid integer, unable to parse string as an integer"},
    {"int_from_float", "Input should be a valid integer, got a number with a fractional part"},
    {"bool_type", "Input should be a valid boolean"},
    {"bool_parsing", "Input should be a valid boolean, unable to interpret input"},
    {"float_type", "Input should be a valid number"},
    {"float_parsing", "Input should be a valid number, unable to parse string as a number"},
    {"decimal_type", "Decimal input should be an integer, float, string or Decimal object"},
    {"decimal_parsing", "Input should be a valid decimal"},
    {"string_type", "Input should be a valid string"},
    {"list_type", "Input should be a valid list"},
    {"dict_type", "Input should be a valid dictionary"},
};

static void append_text(GString *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_c(out, ',');
    json_append_string(out, name, strlen(name));
    g_string_append_c(out, ':');
    json_append_string(out, value, strlen(value));
}

/* The next token of a pointer, unescaped: up to @end, which is at a "/" or at the text's end. */
static char *token_of(const char *pointer, const char *end)
{
    GString *token = g_string_new(NULL);
    for (; pointer < end; pointer++) {
        if (*pointer == '~' && (pointer[1] == '0' || pointer[1] == '1'))
            g_string_append_c(token, *++pointer == '0' ? '~' : '/');
        else
            g_string_append_c(token, *pointer);
    }
    return g_string_free(token, FALSE);
}

static void append_fault(GString *out, const ApiFault *fault)
{
    g_string_append(out, "{\"detail\":");
    json_append_string(out, fault->message, strlen(fault->message));
    if (fault->place == PLACE_BODY) {
        append_text(out, "pointer", fault->pointer);
    } else {
        const char *rest = strchrnul(fault->pointer, '/');
        g_autofree char *name = token_of(fault->pointer, rest);
        append_text(out, fault->place == PLACE_HEADER ? "header" : "parameter", name);
        append_text(out, "pointer", *rest != '\0' ? rest : NULL);
    }
    append_text(out, "code", fault->kind);
    g_string_append_c(out, '}');
}

static void append_problem(GString *out, const Problem *problem)
{
    g_string_append(out, "{\"type\":\"about:blank\"");
    append_text(out, "title", http_status_phrase(problem->status));
    g_string_append_printf(out, ",\"status\":%u", problem->status);
    append_text(out, "detail", problem->detail);
    append_text(out, "request_id", problem->request_id);
    append_text(out, "code", problem->code);
    append_text(out, "constraint", problem->constraint);
    unsigned count = problem->faults != NULL ? api_faults_count(problem->faults) : 0;
    for (unsigned i = 0; i < count; i++) {
        g_string_append(out, i == 0 ? ",\"errors\":[" : ",");
        append_fault(out, api_faults_get(problem->faults, i));
    }
    g_string_append(out, count > 0 ? "]}" : "}");
}

/* An element of an array, if it is inside of a parameter: not "007", which is a name. */
static bool is_index(const char *token)
{
    size_t digits = strspn(token, "0123456789");
    return digits > 0 && digits < 10 && token[digits] == '\0' && (*token != '0' || digits == 1);
}

/* FastAPI's list of where the fault is: ["body","lines",0]. */
static void append_location(GString *out, const ApiFault *fault)
{
    static const char *const places[] = {
        [PLACE_PATH] = "path",
        [PLACE_QUERY] = "query",
        [PLACE_BODY] = "body",
        [PLACE_HEADER] = "header",
    };
    g_string_append_printf(out, "[\"%s\"", places[fault->place]);
    const char *at = fault->pointer;
    if (fault->place == PLACE_BODY && *at == '/')
        at++;
    for (bool first = true; *at != '\0' || (first && fault->place != PLACE_BODY); first = false) {
        const char *end = strchrnul(at, '/');
        g_autofree char *token = token_of(at, end);
        g_string_append_c(out, ',');
        if (!first && is_index(token))
            g_string_append(out, token);
        else
            json_append_string(out, token, strlen(token));
        at = *end == '/' ? end + 1 : end;
    }
    g_string_append_c(out, ']');
}

static const char *message_of(const ApiFault *fault)
{
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
        if (g_str_equal(messages[i].kind, fault->kind))
            return messages[i].message;
    return fault->message;
}

/* Of a problem without faults. What is invalid is always a list to FastAPI's clients. */
static void append_nameless(GString *out, const Problem *problem)
{
    bool invalid = problem->status == 422 && !problem->telling;
    const char *detail = problem->detail != NULL && (invalid || problem->telling)
                             ? problem->detail
                             : http_status_phrase(problem->status);
    g_string_append(out, invalid ? "[{\"type\":\"value_error\",\"loc\":[],\"msg\":" : "");
    json_append_string(out, detail, strlen(detail));
    g_string_append(out, invalid ? "}]}" : "}");
}

static void append_fastapi(GString *out, const Problem *problem)
{
    unsigned count = problem->faults != NULL ? api_faults_count(problem->faults) : 0;
    g_string_append(out, "{\"detail\":");
    if (count == 0) {
        append_nameless(out, problem);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        const ApiFault *fault = api_faults_get(problem->faults, i);
        const char *message = message_of(fault);
        g_string_append_printf(out, "%s{\"type\":\"%s\",\"loc\":", i == 0 ? "[" : ",", fault->kind);
        append_location(out, fault);
        g_string_append(out, ",\"msg\":");
        json_append_string(out, message, strlen(message));
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}");
}

void problem_append(GString *out, ApiErrors shape, const Problem *problem)
{
    if (shape == ERRORS_PROBLEM)
        append_problem(out, problem);
    else
        append_fastapi(out, problem);
}
