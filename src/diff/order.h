/*
 * Which operation must come before which.
 *
 * Internal to the layer. The source of the order are the dependencies of both schemas, names
 * that can be taken only when they are free, and, where it makes no circle, the names that a
 * function's body mentions, of which the catalog knows nothing.
 */
#pragma once
#include "diff/operation.h"

/* Fills in Operation.before of all operations. */
void order_operations(OperationTable *operations, const PairTable *pairs);

/**
 * order_bodies:
 * Adds that what a function's body mentions is made before the function, where that makes no
 * circle. To be called when parts have been folded into their hosts.
 */
void order_bodies(OperationTable *operations);
