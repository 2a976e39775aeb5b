/*
 * Parts that are made together with their whole: the columns, defaults and constraints of a new
 * table, the default of a new column.
 *
 * Internal to the layer.
 */
#pragma once
#include "diff/operation.h"

/**
 * fold_parts:
 * Gives each operation that creates a part of something new the creation of that as its host,
 * unless the part needs what can only be made later.
 */
void fold_parts(OperationTable *operations, const PairTable *pairs);
