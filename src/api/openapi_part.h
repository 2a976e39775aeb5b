/*
 * Parts of the OpenAPI document that are the same for all endpoints. Part of api/openapi.h.
 */
#pragma once
#include "api/json_schema.h"
#include "api/openapi.h"

/* Names under components/schemas that are not types. */
extern const char *const openapi_schema_names[];

/* Each (transfer full). */
json_t *openapi_error_schemas(ApiErrors errors);
json_t *openapi_responses(const OpenapiInfo *info);
json_t *openapi_parameters(void);
json_t *openapi_headers(void);
json_t *openapi_security_schemes(const OpenapiInfo *info);
json_t *openapi_health_path(void);

/* (transfer full): {"$ref": "#/components/KIND/NAME"} */
json_t *openapi_refer(const char *kind, const char *name);
