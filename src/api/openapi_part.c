#include "api/openapi_part.h"

const char *const openapi_schema_names[] = {
    "Problem", "Health", "Error", "ValidationError", "HTTPValidationError", NULL};

json_t *openapi_refer(const char *kind, const char *name)
{
    g_autofree char *reference = g_strdup_printf("#/components/%s/%s", kind, name);
    return json_pack("{s:s}", "$ref", reference);
}

static json_t *text_schema(const char *description)
{
    return json_pack("{s:s,s:s}", "type", "string", "description", description);
}

static json_t *health_schema(void)
{
    json_t *status = json_pack("{s:s,s:[s,s,s]}", "type", "string", "enum", "pass", "warn", "fail");
    return json_pack("{s:s,s:s,s:{s:o},s:[s]}", "type", "object", "description",
                     "Whether the database answers, asked now.", "properties", "status", status,
                     "required", "status");
}

/* RFC 9457, with what is wrong with a request in "errors". */
static json_t *problem_schema(void)
{
    json_t *fault =
        json_pack("{s:s,s:{s:o,s:o,s:o,s:o,s:o},s:[s,s]}", "type", "object", "properties", "detail",
                  text_schema("What is wrong."), "pointer",
                  text_schema("Where in the body or in the parameter, as a JSON Pointer."),
                  "parameter", text_schema("The parameter of the path or the query."), "header",
                  text_schema("The header."), "code", text_schema("The kind of fault."), "required",
                  "detail", "code");
    json_t *properties = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:{s:s,s:o}}", "type",
        text_schema("about:blank where the status says it all."), "title",
        text_schema("The words of the status."), "status",
        json_pack("{s:s,s:i,s:i}", "type", "integer", "minimum", 400, "maximum", 599), "detail",
        text_schema("One sentence for people."), "request_id",
        text_schema("What the server's log calls this request."), "code",
        text_schema("SQLSTATE of a violated constraint."), "constraint",
        text_schema("Name of a violated constraint."), "errors", "type", "array", "items", fault);
    return json_pack("{s:s,s:o,s:[s,s]}", "type", "object", "properties", properties, "required",
                     "title", "status");
}

/* As FastAPI names and shapes them. */
static json_t *validation_error_schema(void)
{
    json_t *place = json_pack("{s:s,s:{s:[{s:s},{s:s}]}}", "type", "array", "items", "anyOf",
                              "type", "string", "type", "integer");
    return json_pack("{s:s,s:{s:o,s:{s:s},s:{s:s}},s:[s,s,s]}", "type", "object", "properties",
                     "loc", place, "msg", "type", "string", "type", "type", "string", "required",
                     "loc", "msg", "type");
}

json_t *openapi_error_schemas(ApiErrors errors)
{
    if (errors == ERRORS_PROBLEM)
        return json_pack("{s:o,s:o}", "Health", health_schema(), "Problem", problem_schema());
    json_t *list = json_pack("{s:s,s:o}", "type", "array", "items",
                             openapi_refer("schemas", "ValidationError"));
    /* What only the database could tell is one sentence. */
    json_t *detail = json_pack("{s:[o,{s:s}]}", "anyOf", list, "type", "string");
    return json_pack("{s:{s:s,s:{s:o},s:[s]},s:{s:s,s:{s:o}},s:o,s:o}", "Error", "type", "object",
                     "properties", "detail", text_schema("One sentence for people."), "required",
                     "detail", "HTTPValidationError", "type", "object", "properties", "detail",
                     detail, "Health", health_schema(), "ValidationError",
                     validation_error_schema());
}

static json_t *error_response(const OpenapiInfo *info, const char *description, const char *schema)
{
    json_t *content = json_object();
    json_object_set_new(content, problem_type(info->errors),
                        json_pack("{s:o}", "schema", openapi_refer("schemas", schema)));
    return json_pack("{s:s,s:o}", "description", description, "content", content);
}

json_t *openapi_responses(const OpenapiInfo *info)
{
    static const struct {
        const char *name, *description;
    } errors[] = {
        {"Unauthorized", "The API key or token is missing or wrong."},
        {"Forbidden", "Who asks may not call this."},
        {"NotFound", "There is no such row."},
        {"Conflict", "Another row stands against it: the constraint is named."},
        {"PreconditionFailed", "The row is not what If-Match names any more."},
        {"PreconditionRequired", "If-Match must name a version."},
        {"TooLarge", "The body is larger than is taken."},
        {"UnsupportedMediaType", "The body is not JSON in UTF-8, or is compressed."},
        {"TooManyRequests", "Who asks has asked too often."},
        {"Unprocessable", "The request is wrong; every fault is named."},
        {"Unavailable", "The database did not answer in time; nothing is wrong with the request."},
    };
    bool problem = info->errors == ERRORS_PROBLEM;
    json_t *responses = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        bool faults = g_str_equal(errors[i].name, "Unprocessable");
        const char *schema = problem ? "Problem" : faults ? "HTTPValidationError" : "Error";
        json_object_set_new(responses, errors[i].name,
                            error_response(info, errors[i].description, schema));
    }
    static const char *const later[] = {"Unavailable", "TooManyRequests"};
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        json_object_set_new(
            json_object_get(responses, later[i]), "headers",
            json_pack("{s:o}", "Retry-After", openapi_refer("headers", "RetryAfter")));
    json_object_set_new(responses, "NotModified",
                        json_pack("{s:s,s:{s:o}}", "description",
                                  "What If-None-Match names is still so.", "headers", "ETag",
                                  openapi_refer("headers", "ETag")));
    return responses;
}

json_t *openapi_parameters(void)
{
    json_t *none_match =
        json_pack("{s:s,s:s,s:b,s:s,s:{s:s}}", "name", "If-None-Match", "in", "header", "required",
                  0, "description", "The ETag of what the client has: 304 if it is still so.",
                  "schema", "type", "string");
    return json_pack("{s:o}", "IfNoneMatch", none_match);
}

json_t *openapi_headers(void)
{
    return json_pack("{s:{s:s,s:{s:s}},s:{s:s,s:{s:s}},s:{s:s,s:{s:s,s:[b]}},s:{s:s,s:{s:s}}}",
                     "ETag", "description",
                     "Names this state of what is returned, for If-None-Match and If-Match.",
                     "schema", "type", "string", "Link", "description",
                     "The next page: <…>; rel=\"next\"; absent on the last one (RFC 8288).",
                     "schema", "type", "string", "RetortMore", "description",
                     "There are more rows than \"limit\" let through; absent if these are all.",
                     "schema", "type", "boolean", "enum", 1, "RetryAfter", "description",
                     "Seconds after which to try again.", "schema", "type", "integer");
}

json_t *openapi_security_schemes(const OpenapiInfo *info)
{
    json_t *schemes = json_object();
    if (info->keys)
        json_object_set_new(
            schemes, "apiKey",
            json_pack("{s:s,s:s,s:s}", "type", "apiKey", "in", "header", "name", "X-API-Key"));
    if (info->tokens)
        json_object_set_new(
            schemes, "bearer",
            json_pack("{s:s,s:s,s:s}", "type", "http", "scheme", "bearer", "bearerFormat", "JWT"));
    return schemes;
}

static json_t *health_response(const char *description)
{
    return json_pack("{s:s,s:{s:{s:o}}}", "description", description, "content",
                     "application/health+json", "schema", openapi_refer("schemas", "Health"));
}

json_t *openapi_health_path(void)
{
    return json_pack("{s:{s:s,s:s,s:s,s:[s],s:[],s:{s:o,s:o}}}", "get", "operationId", "get_health",
                     "summary", "Whether the service works.", "description",
                     "The database is asked now, over a connection of its own.", "tags", "health",
                     "security", "responses", "200",
                     health_response("It works; with `warn`, something needs attention."), "503",
                     health_response("It does not."));
}
