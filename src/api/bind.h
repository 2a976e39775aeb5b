/*
 * A request's words made into the parameters of an endpoint, or into the list of what is wrong.
 */
#pragma once
#include "api/fault.h"
#include "api/route.h"

/* Where the words are. All borrowed; data may be NULL where nothing was sent. */
typedef struct ApiInput {
    const RouteMatch *route;
    const char *query; /* percent-encoded, without "?" */
    size_t query_length;
    const char *body; /* JSON */
    size_t body_length;
    const char *if_match; /* (nullable): the value of If-Match as it came */
    size_t if_match_length;
} ApiInput;

/* What lists take beside the endpoint's own parameters. */
typedef struct ApiPage {
    unsigned limit; /* rows of a page: what was asked for, or ApiRules.limit_default */
    bool has_after;
    char **after; /* (nullable): PostgreSQL's text of the keys */
} ApiPage;

/* The values of Endpoint.params, in their order. Reused from request to request. */
typedef struct ApiArguments ApiArguments;
ApiArguments *api_arguments_new(void);
void api_arguments_free(ApiArguments *arguments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiArguments, api_arguments_free)

/* (nullable) (transfer none): the text of parameter @index, until the next binding; NULL is SQL
 * NULL. Nothing is to be asked for after a binding that found faults. */
const char *api_arguments_get(const ApiArguments *arguments, unsigned index);
const ApiPage *api_arguments_page(const ApiArguments *arguments);

/* Limits of lists and forms. A value. */
typedef struct ApiRules {
    unsigned limit_default; /* 100 */
    unsigned limit_most;    /* 1000 */
    unsigned depth;         /* of JSON: arrays and objects in each other; JSON_READ_DEPTH at most */
    ApiForms forms;
} ApiRules;

/**
 * api_bind:
 * @arguments: emptied first
 * @faults: gets what is wrong; has less than FAULTS_MOST
 *
 * Strict: a parameter that the endpoint has not, one that comes twice, a wrong type, a number out
 * of the type's range and a body that is no JSON object are faults. @endpoint must be described.
 * docs/endpoints.md tells what is taken.
 *
 * "limit" and "after" are read where the endpoint is a GET that returns many, has @limited or
 * @paging, and no parameter of that name. A body is read for POST, PUT and PATCH alone. Once its
 * buffers have grown, nothing is allocated but for faults, for "after" and for composites.
 *
 * Returns: whether there is no fault.
 */
bool api_bind(const Endpoint *endpoint, const ApiRules *rules, const ApiInput *input,
              ApiArguments *arguments, ApiFaults *faults);
