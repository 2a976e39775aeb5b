#include "api/openapi.h"

#include "api/openapi_part.h"
#include "api/operation_name.h"

#include <string.h>

/* A document that is being written. */
typedef struct Writer {
    const OpenapiInfo *info;
    SchemaSet *schemas;
    GHashTable *names; /* of operations */
    json_t *paths;
    json_t *tags;
} Writer;

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_set_new(object, key, json_string(text));
}

static const char *get_method(const Endpoint *endpoint)
{
    static const char *const methods[HTTP_METHODS] = {
        [HTTP_GET] = "get",        [HTTP_HEAD] = "head",   [HTTP_POST] = "post",
        [HTTP_PUT] = "put",        [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete",
        [HTTP_OPTIONS] = "options"};
    return methods[endpoint->method];
}

static bool is_read(const Endpoint *endpoint)
{
    return endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD;
}

/* Whether it says no more than that all is well: without a statement and an answer of its own. */
static bool is_bare(const Endpoint *endpoint)
{
    return endpoint->statements->len == 0 && endpoint->returns == RETURNS_NONE &&
           !endpoint->own_answer;
}

/* Whether its answer has the ETag of a version, unless that is NULL. */
static bool has_version(const Endpoint *endpoint)
{
    return endpoint->version != NULL && endpoint->returns == RETURNS_ONE && !endpoint->own_answer;
}

/* Whether its answer can be 304. That of a GET without a version has the ETag of its content. */
static bool has_tag(const Endpoint *endpoint)
{
    if (endpoint->own_answer || endpoint->returns == RETURNS_NONE)
        return false;
    return endpoint->method == HTTP_GET || (is_read(endpoint) && has_version(endpoint));
}

static json_t *param_schema(const Writer *writer, const ApiParam *param)
{
    bool nullable = param->optional && param->place == PLACE_BODY;
    return schema_of_type(writer->schemas, param->type, SCHEMA_REQUEST, nullable);
}

/* Whether a parameter of a path or query is written as JSON there. An array in a query is not: its
 * name is given once an element. */
static bool is_json_text(const ApiParam *param)
{
    if (param->type == NULL)
        return false;
    switch (param->type->form) {
    case FORM_JSON:
    case FORM_COMPOSITE:
    case FORM_RANGE:
    case FORM_MULTIRANGE:
        return true;
    case FORM_ARRAY:
        return param->place == PLACE_PATH;
    default:
        return false;
    }
}

static json_t *make_param(const Writer *writer, const ApiParam *param)
{
    static const char *const places[] = {
        [PLACE_PATH] = "path", [PLACE_QUERY] = "query", [PLACE_HEADER] = "header"};
    if (param->place == PLACE_HEADER)
        return json_pack("{s:s,s:s,s:b,s:s,s:{s:s}}", "name", "If-Match", "in", "header",
                         "required", !param->optional, "description",
                         "The ETag of the row as the client knows it: 412 if it has changed.",
                         "schema", "type", "string");
    json_t *made = json_pack("{s:s,s:s,s:b}", "name", param->name, "in", places[param->place],
                             "required", !param->optional);
    json_t *schema = param_schema(writer, param);
    if (is_json_text(param))
        json_object_set_new(made, "content",
                            json_pack("{s:{s:o}}", "application/json", "schema", schema));
    else
        json_object_set_new(made, "schema", schema);
    return made;
}

/* Whether the list takes "limit", and "after" if it is paged: as api_bind() sees it. */
static bool is_limited(const Endpoint *endpoint)
{
    return endpoint->method == HTTP_GET && endpoint->returns == RETURNS_MANY &&
           (endpoint->limited != NULL || endpoint->paging != NULL);
}

static json_t *limit_param(const ApiRules *rules)
{
    json_t *schema =
        json_pack("{s:s,s:i,s:I,s:I}", "type", "integer", "minimum", 1, "maximum",
                  (json_int_t)rules->limit_most, "default", (json_int_t)rules->limit_default);
    return json_pack("{s:s,s:s,s:b,s:s,s:o}", "name", "limit", "in", "query", "required", 0,
                     "description", "Most rows to return.", "schema", schema);
}

static json_t *after_param(void)
{
    return json_pack("{s:s,s:s,s:b,s:s,s:{s:s}}", "name", "after", "in", "query", "required", 0,
                     "description",
                     "Where the page begins: taken from the Link header of the last one.", "schema",
                     "type", "string");
}

static void add_page_params(const Writer *writer, const Endpoint *endpoint, json_t *params)
{
    if (!is_limited(endpoint))
        return;
    if (endpoint_param(endpoint, "limit") < 0)
        json_array_append_new(params, limit_param(writer->info->rules));
    if (endpoint->paging != NULL && endpoint_param(endpoint, "after") < 0)
        json_array_append_new(params, after_param());
}

static json_t *make_params(const Writer *writer, const Endpoint *endpoint)
{
    json_t *params = json_array();
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        if (param->place != PLACE_BODY)
            json_array_append_new(params, make_param(writer, param));
    }
    add_page_params(writer, endpoint, params);
    if (has_tag(endpoint))
        json_array_append_new(params, openapi_refer("parameters", "IfNoneMatch"));
    return params;
}

/* (nullable): %NULL if the endpoint takes no body. */
static json_t *make_body(const Writer *writer, const Endpoint *endpoint)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        if (param->place != PLACE_BODY)
            continue;
        json_object_set_new(properties, param->name, param_schema(writer, param));
        if (!param->optional)
            json_array_append_new(required, json_string(param->name));
    }
    json_t *body = NULL;
    if (json_object_size(properties) > 0) {
        bool is_required = json_array_size(required) > 0;
        json_t *schema = json_pack("{s:s,s:O,s:b}", "type", "object", "properties", properties,
                                   "additionalProperties", 0);
        if (is_required)
            json_object_set(schema, "required", required);
        body = json_pack("{s:b,s:{s:{s:o}}}", "required", is_required, "content",
                         "application/json", "schema", schema);
    }
    json_decref(properties);
    json_decref(required);
    return body;
}

static json_t *column_schema(const Writer *writer, const ApiColumn *column)
{
    json_t *schema =
        schema_of_type(writer->schemas, column->type, SCHEMA_ANSWER, !column->not_null);
    set_text(schema, "description", column->comment);
    return schema;
}

static json_t *row_schema(const Writer *writer, const Endpoint *endpoint)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (unsigned i = 0; i < endpoint->columns->len; i++) {
        const ApiColumn *column = endpoint->columns->pdata[i];
        json_object_set_new(properties, column->name, column_schema(writer, column));
        json_array_append_new(required, json_string(column->name));
    }
    return json_pack("{s:s,s:o,s:o}", "type", "object", "properties", properties, "required",
                     required);
}

static json_t *answer_schema(const Writer *writer, const Endpoint *endpoint)
{
    if (endpoint->columns == NULL || endpoint->columns->len == 0)
        return json_object();
    if (endpoint->returns == RETURNS_SCALAR)
        return column_schema(writer, endpoint->columns->pdata[0]);
    json_t *row = row_schema(writer, endpoint);
    if (endpoint->returns == RETURNS_ONE)
        return row;
    return json_pack("{s:s,s:o}", "type", "array", "items", row);
}

/* What a function in C answers is not known. */
static json_t *make_own_answer(void)
{
    return json_pack("{s:s,s:{s:{}}}", "description", "As the application makes it.", "content",
                     "*/*");
}

static json_t *make_answer(const Writer *writer, const Endpoint *endpoint)
{
    bool empty = endpoint->returns == RETURNS_NONE || endpoint->status == 204 || is_bare(endpoint);
    if (empty)
        return json_pack("{s:s}", "description", "Done; there is nothing to return.");
    if (endpoint->own_answer)
        return make_own_answer();
    static const char *const descriptions[] = {
        [RETURNS_MANY] = "The rows.",
        [RETURNS_ONE] = "The row.",
        [RETURNS_SCALAR] = "The value.",
    };
    json_t *answer = json_pack("{s:s}", "description", descriptions[endpoint->returns]);
    json_t *headers = json_object();
    if (has_tag(endpoint) || has_version(endpoint))
        json_object_set_new(headers, "ETag", openapi_refer("headers", "ETag"));
    if (is_limited(endpoint) && endpoint->paging != NULL)
        json_object_set_new(headers, "Link", openapi_refer("headers", "Link"));
    else if (is_limited(endpoint))
        json_object_set_new(headers, "Retort-More", openapi_refer("headers", "RetortMore"));
    if (json_object_size(headers) > 0)
        json_object_set(answer, "headers", headers);
    json_decref(headers);
    json_object_set_new(
        answer, "content",
        json_pack("{s:{s:o}}", "application/json", "schema", answer_schema(writer, endpoint)));
    return answer;
}

/* (nullable): the parameter that If-Match is. */
static const ApiParam *match_param(const Endpoint *endpoint)
{
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        if (param->place == PLACE_HEADER)
            return param;
    }
    return NULL;
}

/* What can go wrong with one endpoint, by status. There is no "default": generators of clients take
 * that for a good answer. */
static void add_errors(const Writer *writer, const Endpoint *endpoint, bool body, json_t *responses)
{
    const OpenapiInfo *info = writer->info;
    bool asks = !is_bare(endpoint);
    bool takes = endpoint->params->len > 0 || is_limited(endpoint);
    const ApiParam *match = match_param(endpoint);
    const struct {
        const char *status, *name;
        bool applies;
    } errors[] = {
        {"304", "NotModified", has_tag(endpoint)},
        {"401", "Unauthorized", info->keys || info->tokens || endpoint->roles != NULL},
        {"403", "Forbidden", endpoint->roles != NULL || (info->db_roles && asks)},
        {"404", "NotFound", asks && endpoint->returns != RETURNS_MANY},
        {"409", "Conflict", asks && !is_read(endpoint)},
        {"412", "PreconditionFailed", match != NULL},
        {"413", "TooLarge", body},
        {"415", "UnsupportedMediaType", body},
        {"422", "Unprocessable", takes},
        {"428", "PreconditionRequired", match != NULL && !match->optional},
        {"429", "TooManyRequests", info->rates},
        {"503", "Unavailable", asks || !endpoint->is_static},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
        if (errors[i].applies)
            json_object_set_new(responses, errors[i].status,
                                openapi_refer("responses", errors[i].name));
}

static json_t *make_responses(const Writer *writer, const Endpoint *endpoint, bool body)
{
    unsigned usual = endpoint->returns == RETURNS_NONE ? 204 : 200;
    g_autofree char *status =
        g_strdup_printf("%u", endpoint->status != 0 ? endpoint->status : usual);
    json_t *responses = json_object();
    json_object_set_new(responses, status, make_answer(writer, endpoint));
    add_errors(writer, endpoint, body, responses);
    return responses;
}

/* Nobody is asked for a key unless all are or the endpoint has roles; one that is sent counts. */
static json_t *make_security(const Writer *writer, const Endpoint *endpoint)
{
    json_t *security = json_array();
    if (endpoint->roles == NULL && !writer->info->required)
        json_array_append_new(security, json_object());
    if (writer->info->keys)
        json_array_append_new(security, json_pack("{s:[]}", "apiKey"));
    if (writer->info->tokens)
        json_array_append_new(security, json_pack("{s:[]}", "bearer"));
    return security;
}

static void add_tag(Writer *writer, const char *tag)
{
    for (size_t i = 0; i < json_array_size(writer->tags); i++) {
        const json_t *name = json_object_get(json_array_get(writer->tags, i), "name");
        if (g_str_equal(json_string_value(name), tag))
            return;
    }
    json_array_append_new(writer->tags, json_pack("{s:s}", "name", tag));
}

static void set_tags(Writer *writer, const Endpoint *endpoint, json_t *operation)
{
    if (endpoint->tags == NULL || endpoint->tags[0] == NULL)
        return;
    json_t *tags = json_array();
    for (char **tag = endpoint->tags; *tag != NULL; tag++) {
        json_array_append_new(tags, json_string(*tag));
        add_tag(writer, *tag);
    }
    json_object_set_new(operation, "tags", tags);
}

/* The endpoint's own, or else the words of its name: "Replace item". */
static void set_summary(json_t *operation, const Endpoint *endpoint, const char *name)
{
    g_autofree char *words = g_strdelimit(g_strdup(name), "_", ' ');
    words[0] = g_ascii_toupper(words[0]);
    set_text(operation, "summary", endpoint->summary != NULL ? endpoint->summary : words);
}

static json_t *make_operation(Writer *writer, const Endpoint *endpoint)
{
    json_t *operation = json_object();
    g_autofree char *name = operation_name(endpoint, writer->names);
    set_text(operation, "operationId", name);
    set_summary(operation, endpoint, name);
    set_text(operation, "description", endpoint->description);
    set_tags(writer, endpoint, operation);
    if (endpoint->deprecated)
        json_object_set_new(operation, "deprecated", json_true());
    json_t *params = make_params(writer, endpoint);
    if (json_array_size(params) > 0)
        json_object_set(operation, "parameters", params);
    json_decref(params);
    json_t *body = make_body(writer, endpoint);
    if (body != NULL)
        json_object_set_new(operation, "requestBody", body);
    json_object_set_new(operation, "responses", make_responses(writer, endpoint, body != NULL));
    if (writer->info->keys || writer->info->tokens)
        json_object_set_new(operation, "security", make_security(writer, endpoint));
    return operation;
}

static void add_endpoint(Writer *writer, const Endpoint *endpoint)
{
    const char *method = get_method(endpoint);
    if (method == NULL)
        return;
    json_t *path = json_object_get(writer->paths, endpoint->path);
    if (path == NULL) {
        path = json_object();
        json_object_set_new(writer->paths, endpoint->path, path);
    }
    json_object_set_new(path, method, make_operation(writer, endpoint));
}

static void add_health(Writer *writer)
{
    if (json_object_get(writer->paths, "/health") != NULL ||
        g_hash_table_contains(writer->names, "get_health"))
        return;
    json_object_set_new(writer->paths, "/health", openapi_health_path());
    add_tag(writer, "health");
}

static json_t *make_info(const OpenapiInfo *info)
{
    json_t *about = json_pack("{s:s}", "title", info->title);
    set_text(about, "description", info->description);
    bool has_version = info->version != NULL && info->version[0] != '\0';
    set_text(about, "version", has_version ? info->version : "0");
    return about;
}

static json_t *make_components(const Writer *writer)
{
    json_t *schemas = openapi_error_schemas(writer->info->errors);
    json_t *types = schema_set_components(writer->schemas);
    json_object_update(schemas, types);
    json_decref(types);
    json_t *components = json_pack("{s:o,s:o,s:o,s:o}", "schemas", schemas, "responses",
                                   openapi_responses(writer->info), "parameters",
                                   openapi_parameters(), "headers", openapi_headers());
    if (writer->info->keys || writer->info->tokens)
        json_object_set_new(components, "securitySchemes", openapi_security_schemes(writer->info));
    return components;
}

/* (transfer full): a copy that g_free() frees. */
static char *print(json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    g_assert(text != NULL);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

char *openapi_document(const GPtrArray *endpoints, const OpenapiInfo *info)
{
    g_autoptr(SchemaSet) schemas = schema_set_new(&info->rules->forms);
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *const *name = openapi_schema_names; *name != NULL; name++)
        schema_set_take_name(schemas, *name);
    Writer writer = {info, schemas, names, json_object(), json_array()};
    for (unsigned i = 0; i < endpoints->len; i++)
        add_endpoint(&writer, endpoints->pdata[i]);
    add_health(&writer);
    json_t *document = json_pack("{s:s,s:o,s:[{s:s}],s:o,s:o,s:o}", "openapi", "3.1.0", "info",
                                 make_info(info), "servers", "url", "/", "tags", writer.tags,
                                 "paths", writer.paths, "components", make_components(&writer));
    char *text = print(document);
    json_decref(document);
    return text;
}
