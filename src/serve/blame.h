/*
 * What of a request is at fault for an error of the database: the parameter that the server could
 * not read, or that is written to the column which the error is about.
 *
 * What is not certain is not named: a wrong field is worse than none.
 */
#pragma once
#include "serve/call.h"

typedef struct Blame {
    GPtrArray *params;  /* (element-type ApiParam): borrowed, each once */
    GPtrArray *columns; /* (element-type utf8): what no parameter is known of */
    bool of_input;      /* the server was reading what the client has sent */
} Blame;

/* (transfer full): for a @result that is POOL_REFUSED by a statement. */
Blame *blame_find(const Call *call, const PoolResult *result);
void blame_free(Blame *blame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blame, blame_free)

/* (transfer none) (nullable): the statement of the endpoint that failed; %NULL if it is a
 * function's own, or the commit. */
const ApiStatement *blame_statement(const Call *call, const PoolResult *result);

/**
 * blame_context:
 * @context: PG_DIAG_CONTEXT
 *
 * Returns: the number of the parameter whose value the server was reading, from 1; 0 if it was not
 *   reading one. PostgreSQL 13 never says.
 */
unsigned blame_context(const char *context);
