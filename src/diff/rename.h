/*
 * Constraints and indexes that have changed their name only.
 *
 * Internal to the layer. They are renamed rather than made again: nothing is lost if that was not
 * meant. For tables and columns see diff/candidates.h.
 */
#pragma once
#include "diff/pair.h"

/* Joins each dropped constraint or index with the created one that is its equal, if one is. */
void join_renamed_parts(PairTable *table);
