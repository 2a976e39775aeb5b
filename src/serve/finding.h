/*
 * What is wrong with an endpoint, told from what the server said of its statements.
 */
#pragma once
#include "serve/endpoint_catalog.h"
#include "serve/endpoint_set.h"
#include "serve/prepare.h"
#include "sql/query_facts.h"

/* Of one statement: refused by the server, INTO, one that writes where nothing can. */
void finding_of_statement(EndpointSet *set, const Endpoint *endpoint, const ApiStatement *statement,
                          const Prepared *prepared, const QueryFacts *facts);

/* Of the columns that its last statement gives, and of what its header says of them. */
void finding_of_columns(EndpointSet *set, const Endpoint *endpoint, const EndpointCatalog *catalog,
                        const PGresult *description);

/**
 * finding_of_parameter:
 * @statement: one that uses @param
 * @type: what it is there; @param has the type of statements before
 *
 * Returns: (nullable): the type that fits both; %NULL with a finding if there is none.
 */
const ApiType *finding_of_parameter(EndpointSet *set, const Endpoint *endpoint,
                                    const ApiStatement *statement, const ApiParam *param,
                                    const ApiType *type, bool is_pseudo);
