/*
 * The result columns of a statement: where they come from, and whether they can be NULL.
 */
#pragma once
#include "serve/endpoint_catalog.h"
#include "sql/query_facts.h"

/**
 * result_column_is_not_null:
 * @description: of the statement
 * @column: its number, from 0
 *
 * Returns: whether no row can have NULL there. False wherever that is not certain.
 */
bool result_column_is_not_null(const EndpointCatalog *catalog, const QueryFacts *facts,
                               const PGresult *description, int column);

/**
 * result_columns_find:
 * @key: of ORDER BY
 *
 * Returns: the number of the result column that the statement is ordered by; -1 if there is none.
 */
int result_columns_find(const EndpointCatalog *catalog, const PGresult *description,
                        const QueryKey *key);
