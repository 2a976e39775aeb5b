/*
 * Any bytes as a request to endpoints that take every form of type: faults or values, never both;
 * values are UTF-8 without NUL, faults are JSON in both shapes. The query is tried as a cursor.
 *
 * The first line is the path, the second the query, the third If-Match, the rest the body.
 */
#include "../unit/api_types.h"
#include "api/cursor.h"
#include "api/json_read.h"
#include "api/problem.h"
#include "fuzz.h"

static const ApiType *const types[] = {
    &type_text,   &type_bool,      &type_int2,        &type_int4,      &type_oid,        &type_int8,
    &type_float4, &type_float8,    &type_numeric,     &type_uuid,      &type_date,       &type_time,
    &type_timetz, &type_timestamp, &type_timestamptz, &type_interval,  &type_bytea,      &type_json,
    &type_enum,   &type_ints,      &type_texts,       &type_boxes,     &type_jsons,      &type_rows,
    &type_vector, &type_range,     &type_multirange,  &type_composite, &type_composites,
};

/* A parameter of each type, "a" to "z" and on. */
static Endpoint *make(HttpMethod method, ApiPlace place)
{
    Endpoint *endpoint = api_test_endpoint(method, "/items/{id}");
    api_test_param(endpoint, "id", PLACE_PATH, false, &type_int4);
    api_test_param(endpoint, "if_match", PLACE_HEADER, true, &type_timestamptz);
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        char name[] = {(char)('a' + i % 26), i < 26 ? '\0' : '2', '\0'};
        api_test_param(endpoint, name, place, true, types[i]);
    }
    static const unsigned keys[] = {0, 1};
    endpoint->paging = api_paging_new();
    endpoint->paging->after = g_strdup("SELECT");
    g_array_append_vals(endpoint->paging->keys, keys, 2);
    return endpoint;
}

static void check_values(const Endpoint *endpoint, const ApiArguments *arguments)
{
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const char *value = api_arguments_get(arguments, i);
        const ApiParam *param = endpoint->params->pdata[i];
        g_assert_true(value != NULL || param->optional);
        g_assert_true(value == NULL || g_utf8_validate(value, -1, NULL));
    }
    const ApiPage *page = api_arguments_page(arguments);
    g_assert_true(page->limit >= 1 && page->limit <= 1000);
    g_assert_true(page->has_after == (page->after != NULL));
    if (page->has_after)
        g_assert_cmpuint(g_strv_length(page->after), ==, 2);
}

static void check_faults(const ApiFaults *faults)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Problem problem = {.status = 422, .faults = faults};
    for (unsigned i = 0; i < api_faults_count(faults); i++) {
        const ApiFault *fault = api_faults_get(faults, i);
        g_assert_true(g_utf8_validate(fault->pointer, -1, NULL));
        g_assert_true(g_utf8_validate(fault->message, -1, NULL));
    }
    for (ApiErrors shape = ERRORS_PROBLEM; shape <= ERRORS_FASTAPI; shape++) {
        JsonSlice value;
        size_t at = 0;
        const char *reason = NULL;
        g_string_truncate(text, 0);
        problem_append(text, shape, &problem);
        g_assert_true(json_read(text->str, text->len, 8, &value, &at, &reason));
    }
}

/* What runs with one method, made once. */
typedef struct Target {
    Endpoint *endpoint;
    Router *router;
    ApiArguments *arguments;
    ApiFaults *faults;
} Target;

static void run(Target *target, HttpMethod method, ApiPlace place, const ApiInput *input)
{
    static const ApiRules rules = {.limit_default = 100, .limit_most = 1000, .depth = 16};
    if (target->endpoint == NULL) {
        target->endpoint = make(method, place);
        target->router = router_new();
        target->arguments = api_arguments_new();
        target->faults = api_faults_new();
        router_add(target->router, method, target->endpoint->path, target, NULL);
    }
    const RouteMatch *path = input->route;
    RouteMatch match;
    router_find(target->router, method, path->capture[0].data, path->capture[0].length, &match);
    if (match.target == NULL)
        router_find(target->router, method, "/items/1", 8, &match);
    ApiInput own = *input;
    own.route = &match;
    api_faults_clear(target->faults);
    bool good = api_bind(target->endpoint, &rules, &own, target->arguments, target->faults);
    g_assert_true(good == (api_faults_count(target->faults) == 0));
    if (good)
        check_values(target->endpoint, target->arguments);
    else
        check_faults(target->faults);
    g_auto(GStrv) keys = cursor_read(target->endpoint, input->query, input->query_length);
    g_assert_true(keys == NULL || g_strv_length(keys) == 2);
}

/* Cuts a line off @at; in a block of its own, so that a sanitizer sees its end. */
static char *take_line(const char **at, const char *end, size_t *out_length)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (stop == NULL)
        stop = end;
    *out_length = (size_t)(stop - *at);
    char *line = g_malloc(*out_length + (*out_length == 0));
    if (*out_length > 0)
        memcpy(line, *at, *out_length);
    *at = stop < end ? stop + 1 : end;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Target get, post;
    api_test_types();
    const char *at = (const char *)data, *end = at + size;
    RouteMatch path = {0};
    ApiInput input = {.route = &path};
    if (size == 0)
        return 0;
    g_autofree char *first = take_line(&at, end, &path.capture[0].length);
    g_autofree char *query = take_line(&at, end, &input.query_length);
    g_autofree char *if_match = take_line(&at, end, &input.if_match_length);
    g_autofree char *body = g_malloc((size_t)(end - at) + 1);
    if (end > at)
        memcpy(body, at, (size_t)(end - at));
    body = g_realloc(body, MAX((size_t)(end - at), 1));
    path.capture[0].data = first;
    input.query = query;
    input.if_match = if_match;
    input.body = body;
    input.body_length = (size_t)(end - at);
    run(&get, HTTP_GET, PLACE_QUERY, &input);
    run(&post, HTTP_POST, PLACE_BODY, &input);
    return 0;
}
