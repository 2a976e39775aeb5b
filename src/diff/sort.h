/*
 * The operations in an order that runs, and that a person would read.
 *
 * Internal to the layer.
 */
#pragma once
#include "diff/operation.h"

/**
 * sort_operations:
 * Returns: (transfer container) (element-type Operation): the operations that have no host, each
 *   behind those that must come before it; where there is a choice, by rank. Where operations
 *   wait for each other in a circle, the first by rank goes on.
 */
GPtrArray *sort_operations(const OperationTable *operations);
