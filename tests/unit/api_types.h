/*
 * Types of every form, and endpoints that take them, made by hand.
 */
#pragma once
#include "api/bind.h"

#include <string.h>

static char *api_test_labels[] = {(char *)"new", (char *)"in work", (char *)"done", NULL};

static const ApiType type_text = {.name = (char *)"text", .form = FORM_TEXT};
static const ApiType type_bool = {.name = (char *)"boolean", .form = FORM_BOOLEAN};
static const ApiType type_int2 = {.name = (char *)"smallint", .form = FORM_INTEGER, .bytes = 2};
static const ApiType type_int4 = {.name = (char *)"integer", .form = FORM_INTEGER, .bytes = 4};
static const ApiType type_oid = {
    .name = (char *)"oid", .form = FORM_INTEGER, .bytes = 4, .is_unsigned = true};
static const ApiType type_int8 = {.name = (char *)"bigint", .form = FORM_BIGINT, .bytes = 8};
static const ApiType type_float4 = {.name = (char *)"real", .form = FORM_FLOAT, .bytes = 4};
static const ApiType type_float8 = {
    .name = (char *)"double precision", .form = FORM_FLOAT, .bytes = 8};
static const ApiType type_numeric = {.name = (char *)"numeric", .form = FORM_NUMERIC};
static const ApiType type_uuid = {.name = (char *)"uuid", .form = FORM_UUID};
static const ApiType type_date = {.name = (char *)"date", .form = FORM_DATE};
static const ApiType type_time = {.name = (char *)"time", .form = FORM_TIME};
static const ApiType type_timetz = {.name = (char *)"timetz", .form = FORM_TIMETZ};
static const ApiType type_timestamp = {.name = (char *)"timestamp", .form = FORM_TIMESTAMP};
static const ApiType type_timestamptz = {.name = (char *)"timestamptz", .form = FORM_TIMESTAMPTZ};
static const ApiType type_interval = {.name = (char *)"interval", .form = FORM_INTERVAL};
static const ApiType type_bytea = {.name = (char *)"bytea", .form = FORM_BYTEA};
static const ApiType type_json = {.name = (char *)"jsonb", .form = FORM_JSON};
static const ApiType type_void = {.name = (char *)"void", .form = FORM_VOID};
static const ApiType type_enum = {
    .name = (char *)"state", .form = FORM_ENUM, .labels = api_test_labels};
static const ApiType type_ints = {
    .name = (char *)"integer[]", .form = FORM_ARRAY, .delimiter = ',', .element = &type_int4};
static const ApiType type_texts = {
    .name = (char *)"text[]", .form = FORM_ARRAY, .delimiter = ',', .element = &type_text};
static const ApiType type_boxes = {
    .name = (char *)"box[]", .form = FORM_ARRAY, .delimiter = ';', .element = &type_text};
static const ApiType type_jsons = {
    .name = (char *)"jsonb[]", .form = FORM_ARRAY, .delimiter = ',', .element = &type_json};
static const ApiType type_rows = {
    .name = (char *)"rows[]", .form = FORM_ARRAY, .delimiter = ',', .element = &type_ints};
static const ApiType type_vector = {
    .name = (char *)"int2vector", .form = FORM_ARRAY, .delimiter = ' ', .element = &type_int2};
static const ApiType type_range = {
    .name = (char *)"int4range", .form = FORM_RANGE, .element = &type_int4};
static const ApiType type_multirange = {
    .name = (char *)"int4multirange", .form = FORM_MULTIRANGE, .element = &type_range};
static ApiType type_composite G_GNUC_UNUSED = {.name = (char *)"line", .form = FORM_COMPOSITE};
static ApiType type_composites G_GNUC_UNUSED = {
    .name = (char *)"line[]", .form = FORM_ARRAY, .delimiter = ',', .element = &type_composite};

/* Gives the composite type its fields; to be called first. */
static inline void api_test_types(void)
{
    static const ApiField fields[] = {
        {.name = (char *)"name", .type = &type_text},
        {.name = (char *)"number", .type = &type_int4},
        {.name = (char *)"tags", .type = &type_texts},
        {.name = (char *)"more", .type = &type_json},
    };
    if (type_composite.fields != NULL)
        return;
    type_composite.fields = g_array_new(FALSE, FALSE, sizeof(ApiField));
    g_array_append_vals(type_composite.fields, fields, G_N_ELEMENTS(fields));
}

/* (transfer full): an endpoint without parameters. */
static inline Endpoint *api_test_endpoint(HttpMethod method, const char *path)
{
    Endpoint *endpoint = endpoint_new();
    endpoint->method = method;
    endpoint->path = g_strdup(path);
    return endpoint;
}

static inline void api_test_param(Endpoint *endpoint, const char *name, ApiPlace place,
                                  bool optional, const ApiType *type)
{
    ApiParam *param = g_new(ApiParam, 1);
    *param = (ApiParam){
        .name = g_strdup(name), .place = place, .optional = optional, .line = 1, .type = type};
    g_ptr_array_add(endpoint->params, param);
}
