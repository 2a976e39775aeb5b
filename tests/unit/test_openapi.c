#include "api/openapi.h"

#include "api/operation_name.h"
#include "sample_endpoints.h"

#include <jansson.h>

static const ApiRules rules = {.limit_default = 100, .limit_most = 1000, .depth = 32};

static json_t *document(const OpenapiInfo *info)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_autoptr(GPtrArray) endpoints = sample_endpoints(types);
    g_autofree char *text = openapi_document(endpoints, info);
    g_autofree char *again = openapi_document(endpoints, info);
    g_assert_cmpstr(text, ==, again);
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    g_assert_nonnull(parsed);
    return parsed;
}

static json_t *problem_document(void)
{
    return document(&(OpenapiInfo){.title = "Shop", .version = "1.2", .rules = &rules});
}

/* The part of @document at @path: keys and indexes with blanks between. */
static const json_t *at(const json_t *document, const char *path)
{
    g_auto(GStrv) keys = g_strsplit(path, " ", -1);
    for (char **key = keys; *key != NULL; key++) {
        document = json_is_array(document)
                       ? json_array_get(document, (size_t)g_ascii_strtoull(*key, NULL, 10))
                       : json_object_get(document, *key);
        if (document == NULL)
            g_error("no \"%s\" of \"%s\"", *key, path);
    }
    return document;
}

static void is(const json_t *document, const char *path, const char *wanted)
{
    g_autofree char *text = json_dumps(at(document, path), JSON_ENCODE_ANY | JSON_COMPACT);
    g_assert_cmpstr(text, ==, wanted);
}

#define lacks(document, path, key) g_assert_null(json_object_get(at(document, path), key))

static void operations_have_names_tags_and_marks(void)
{
    json_t *parsed = problem_document();
    is(parsed, "openapi", "\"3.1.0\"");
    is(parsed, "info", "{\"title\":\"Shop\",\"version\":\"1.2\"}");
    is(parsed, "tags", "[{\"name\":\"items\"},{\"name\":\"orders\"},{\"name\":\"health\"}]");
    is(parsed, "paths /items get operationId", "\"list_items\"");
    is(parsed, "paths /items post operationId", "\"create_item\"");
    is(parsed, "paths /items/{id} get operationId", "\"get_item\"");
    is(parsed, "paths /items/{id} get description", "\"With **all** that is known of it.\"");
    is(parsed, "paths /items/{id} get summary", "\"One item by its id.\"");
    is(parsed, "paths /items/{id} put operationId", "\"replace_item\"");
    is(parsed, "paths /items/{id} put summary", "\"Replace item\"");
    is(parsed, "paths /items/{id} delete operationId", "\"delete_item\"");
    is(parsed, "paths /items/{id}/reserve post operationId", "\"reserve_item\"");
    is(parsed, "paths /items/{id}/reserve post tags", "[\"items\",\"orders\"]");
    is(parsed, "paths /statuses/{name}/orders get deprecated", "true");
    is(parsed, "paths /export.csv get operationId", "\"list_export_csv\"");
    is(parsed, "paths /health get operationId", "\"get_health\"");
    lacks(parsed, "paths /items get", "security");
    lacks(parsed, "components", "securitySchemes");
    json_decref(parsed);
}

static void parameters_are_where_they_belong(void)
{
    json_t *parsed = problem_document();
    is(parsed, "paths /items/{id} get parameters 0",
       "{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\","
       "\"format\":\"int64\",\"minimum\":-9223372036854775808,\"maximum\":9223372036854775807}}");
    is(parsed, "paths /items get parameters 0",
       "{\"name\":\"search\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"string\"}"
       "}");
    is(parsed, "paths /items get parameters 1 schema",
       "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":100}");
    is(parsed, "paths /items get parameters 2 name", "\"after\"");
    is(parsed,
       "paths /statuses/{name}/orders get parameters 2 content application/json schema $ref",
       "\"#/components/schemas/tstzrange\"");
    is(parsed, "paths /statuses/{name}/orders get parameters 3 schema type", "\"array\"");
    is(parsed, "paths /items/{id} put parameters 1 name", "\"If-Match\"");
    is(parsed, "paths /items post requestBody required", "true");
    is(parsed, "paths /items post requestBody content application/json schema required",
       "[\"name\",\"price\"]");
    is(parsed, "paths /items post requestBody content application/json schema properties price",
       "{\"type\":[\"string\",\"number\"],\"format\":\"decimal\"}");
    is(parsed, "paths /items post requestBody content application/json schema properties tags",
       "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":[\"string\",\"null\"]}}");
    lacks(parsed, "paths /items/{id} delete", "requestBody");
    json_decref(parsed);
}

static void answers_have_schemas_headers_and_errors(void)
{
    json_t *parsed = problem_document();
    is(parsed, "paths /items get responses 200 headers Link",
       "{\"$ref\":\"#/components/headers/Link\"}");
    is(parsed, "paths /items get responses 200 content application/json schema type", "\"array\"");
    is(parsed, "paths /items get responses 200 content application/json schema items required",
       "[\"id\",\"name\",\"price\"]");
    is(parsed, "paths /items post responses 201 content application/json schema properties mood",
       "{\"anyOf\":[{\"$ref\":\"#/components/schemas/mood\"},{\"type\":\"null\"}]}");
    is(parsed, "paths /items/{id}/reserve post responses 200 content application/json schema type",
       "\"integer\"");
    is(parsed, "paths /items/{id} delete responses 204",
       "{\"description\":\"Done; there is nothing to return.\"}");
    is(parsed, "paths /items/{id} put responses 412 $ref",
       "\"#/components/responses/PreconditionFailed\"");
    is(parsed, "paths /items/{id} get responses 404 $ref", "\"#/components/responses/NotFound\"");
    is(parsed, "paths /items/{id} get responses 304 $ref",
       "\"#/components/responses/NotModified\"");
    is(parsed, "paths /export.csv get responses 200 content application/json schema", "{}");
    is(parsed, "paths /items/{id} delete responses 404 $ref",
       "\"#/components/responses/NotFound\"");
    lacks(parsed, "paths /items/{id} get responses", "409");
    lacks(parsed, "paths /items/{id} get responses", "default");
    lacks(parsed, "paths /items get responses", "404");
    is(parsed, "components responses Conflict content application/problem+json schema $ref",
       "\"#/components/schemas/Problem\"");
    json_decref(parsed);
}

static void shared_types_are_components(void)
{
    json_t *parsed = problem_document();
    is(parsed, "components schemas mood",
       "{\"type\":\"string\",\"enum\":[\"sad\",\"ok\",\"it's \\\"fine\\\"\"],"
       "\"description\":\"How it is.\"}");
    is(parsed, "components schemas shop.point required", "[\"x\",\"label\"]");
    is(parsed, "components schemas tstzrange anyOf 0 properties lower",
       "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
    lacks(parsed, "components schemas shop.point_in", "required");
    json_decref(parsed);
}

static void errors_may_have_the_shape_of_fastapi(void)
{
    json_t *parsed =
        document(&(OpenapiInfo){.title = "Shop", .rules = &rules, .errors = ERRORS_FASTAPI});
    is(parsed, "info version", "\"0\"");
    is(parsed, "components responses Unprocessable content application/json schema $ref",
       "\"#/components/schemas/HTTPValidationError\"");
    lacks(parsed, "components schemas", "Problem");
    json_decref(parsed);
}

static void keys_and_tokens_are_security_schemes(void)
{
    json_t *parsed =
        document(&(OpenapiInfo){.title = "Shop", .rules = &rules, .keys = true, .tokens = true});
    is(parsed, "components securitySchemes apiKey",
       "{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}");
    is(parsed, "paths /items get security", "[{},{\"apiKey\":[]},{\"bearer\":[]}]");
    is(parsed, "paths /items post security", "[{\"apiKey\":[]},{\"bearer\":[]}]");
    is(parsed, "paths /health get security", "[]");
    is(parsed, "paths /items post responses 403 $ref", "\"#/components/responses/Forbidden\"");
    lacks(parsed, "paths /items get responses", "403");
    json_decref(parsed);
}

static json_t *document_of(const char *file, const OpenapiInfo *info)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) endpoints = endpoint_file_parse("a.sql", file, strlen(file), &error);
    g_assert_no_error(error);
    g_autofree char *text = openapi_document(endpoints, info);
    return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static void statuses_are_those_that_happen(void)
{
    const OpenapiInfo info = {.title = "Shop",
                              .rules = &rules,
                              .keys = true,
                              .required = true,
                              .db_roles = true,
                              .rates = true};
    json_t *parsed = problem_document();
    is(parsed, "paths /items/{id} put responses 428 $ref",
       "\"#/components/responses/PreconditionRequired\"");
    is(parsed, "paths /items post responses 413 $ref", "\"#/components/responses/TooLarge\"");
    is(parsed, "paths /items post responses 415 $ref",
       "\"#/components/responses/UnsupportedMediaType\"");
    is(parsed, "paths /items post responses 401 $ref", "\"#/components/responses/Unauthorized\"");
    is(parsed, "paths /items post responses 403 $ref", "\"#/components/responses/Forbidden\"");
    lacks(parsed, "paths /items get responses", "401");
    lacks(parsed, "paths /items get responses", "413");
    lacks(parsed, "paths /items get responses", "429");
    lacks(parsed, "paths /items/{id} delete responses", "428");
    json_decref(parsed);
    parsed = document(&info);
    is(parsed, "paths /items get responses 403 $ref", "\"#/components/responses/Forbidden\"");
    is(parsed, "paths /items get responses 429 $ref", "\"#/components/responses/TooManyRequests\"");
    is(parsed, "components responses TooManyRequests headers Retry-After $ref",
       "\"#/components/headers/RetryAfter\"");
    is(parsed, "paths /items get security", "[{\"apiKey\":[]}]");
    json_decref(parsed);
}

static void bare_endpoints_say_that_all_is_well(void)
{
    const OpenapiInfo info = {.title = "Shop", .rules = &rules};
    json_t *parsed = document_of("-- GET /up\n-- verify: no\n-- POST /asked\n-- returns: none\n"
                                 "-- verify: yes\n",
                                 &info);
    is(parsed, "paths /up get responses",
       "{\"204\":{\"description\":\"Done; there is nothing to return.\"}}");
    lacks(parsed, "paths /up get", "parameters");
    is(parsed, "paths /asked post responses",
       "{\"204\":{\"description\":\"Done; there is nothing to return.\"},"
       "\"503\":{\"$ref\":\"#/components/responses/Unavailable\"}}");
    json_decref(parsed);
}

static void lists_may_have_a_limit_of_their_own(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_autoptr(GPtrArray) endpoints = sample_endpoints(types);
    Endpoint *list = endpoints->pdata[0];
    ApiParam *search = list->params->pdata[0];
    g_free(search->name);
    search->name = g_strdup("limit");
    const OpenapiInfo info = {.title = "Shop", .rules = &rules};
    g_autofree char *text = openapi_document(endpoints, &info);
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    is(parsed, "paths /items get parameters 0 schema", "{\"type\":\"string\"}");
    is(parsed, "paths /items get parameters 1 name", "\"after\"");
    json_decref(parsed);
}

static void forms_change_schemas(void)
{
    ApiRules turned = rules;
    turned.forms = (ApiForms){.bigint_is_string = true, .numeric_is_number = true};
    json_t *parsed = document(&(OpenapiInfo){.title = "Shop", .rules = &turned});
    is(parsed, "paths /items get responses 200 content application/json schema items properties id",
       "{\"type\":\"string\",\"format\":\"int64\",\"pattern\":\"^-?[0-9]+$\","
       "\"description\":\"Given by the database.\"}");
    is(parsed,
       "paths /items get responses 200 content application/json schema items properties price",
       "{\"anyOf\":[{\"type\":\"number\"},{\"enum\":[\"NaN\",\"Infinity\",\"-Infinity\"]}]}");
    json_decref(parsed);
}

static void names_follow_method_and_path(void)
{
    static const struct {
        HttpMethod method;
        const char *path;
        ApiReturns returns;
        const char *name;
    } cases[] = {
        {HTTP_GET, "/", RETURNS_ONE, "get_root"},
        {HTTP_GET, "/", RETURNS_ONE, "get_root_2"},
        {HTTP_GET, "/items", RETURNS_MANY, "list_items"},
        {HTTP_GET, "/items/{item_id}", RETURNS_ONE, "get_item"},
        {HTTP_GET, "/orders/{id}/lines", RETURNS_MANY, "list_order_lines"},
        {HTTP_GET, "/orders/{id}/lines/{n}", RETURNS_ONE, "get_order_line"},
        {HTTP_GET, "/items/by-name/{name}", RETURNS_ONE, "get_items_by_name"},
        {HTTP_GET, "/{a}/{b}", RETURNS_ONE, "get_root_3"},
        {HTTP_POST, "/orders/{id}/lines", RETURNS_ONE, "create_order_line"},
        {HTTP_POST, "/orders/{id}/cancel", RETURNS_ONE, "cancel_order"},
        {HTTP_POST, "/categories", RETURNS_ONE, "create_category"},
        {HTTP_POST, "/boxes", RETURNS_ONE, "create_box"},
        {HTTP_PATCH, "/addresses/{id}", RETURNS_ONE, "update_address"},
        {HTTP_DELETE, "/status/{id}", RETURNS_NONE, "delete_status"},
        {HTTP_GET, "/Über/{id}", RETURNS_ONE, "get___ber"},
    };
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Endpoint) endpoint = endpoint_new();
        endpoint->method = cases[i].method;
        endpoint->path = g_strdup(cases[i].path);
        endpoint->returns = cases[i].returns;
        g_autofree char *name = operation_name(endpoint, taken);
        g_assert_cmpstr(name, ==, cases[i].name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openapi/operations_have_names_tags_and_marks",
                    operations_have_names_tags_and_marks);
    g_test_add_func("/openapi/parameters_are_where_they_belong", parameters_are_where_they_belong);
    g_test_add_func("/openapi/answers_have_schemas_headers_and_errors",
                    answers_have_schemas_headers_and_errors);
    g_test_add_func("/openapi/shared_types_are_components", shared_types_are_components);
    g_test_add_func("/openapi/errors_may_have_the_shape_of_fastapi",
                    errors_may_have_the_shape_of_fastapi);
    g_test_add_func("/openapi/keys_and_tokens_are_security_schemes",
                    keys_and_tokens_are_security_schemes);
    g_test_add_func("/openapi/statuses", statuses_are_those_that_happen);
    g_test_add_func("/openapi/bare", bare_endpoints_say_that_all_is_well);
    g_test_add_func("/openapi/lists_may_have_a_limit_of_their_own",
                    lists_may_have_a_limit_of_their_own);
    g_test_add_func("/openapi/forms_change_schemas", forms_change_schemas);
    g_test_add_func("/openapi/names_follow_method_and_path", names_follow_method_and_path);
    return g_test_run();
}
