/*
 * What stands on a changed object and has to make way for it.
 *
 * Internal to the layer.
 */
#pragma once
#include "diff/pair.h"

/**
 * disturb_dependents:
 * Gives each pair of @table its final fate: first by its own differences, then by those of the
 * objects that it stands on, and so on until nothing changes. Objects that are not mentioned
 * in both schemas keep their fate.
 */
void disturb_dependents(const PairTable *table);
