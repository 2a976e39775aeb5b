/*
 * The OpenAPI 3.1 document of a set of endpoints.
 */
#pragma once
#include "api/bind.h"
#include "api/problem.h"

typedef struct OpenapiInfo {
    const char *title;
    const char *version;     /* of the application; "" is written as "0" */
    const char *description; /* (nullable): CommonMark */
    const ApiRules *rules;
    ApiErrors errors;
    bool keys;     /* API keys are taken */
    bool tokens;   /* bearer tokens are taken */
    bool required; /* nobody may call without one of them */
    bool db_roles; /* requests work as roles of the database, which may not be allowed all */
    bool rates;    /* there are limits of how often one may ask */
} OpenapiInfo;

/**
 * openapi_document:
 * @endpoints: (element-type Endpoint): described; one with an answer of its own (a handler in C)
 * may answer anything
 *
 * The server's own /health is in it, unless an endpoint has that path.
 *
 * Returns: (transfer full): JSON; the same for the same endpoints, byte by byte.
 */
char *openapi_document(const GPtrArray *endpoints, const OpenapiInfo *info);
