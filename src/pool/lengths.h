/*
 * How long statements take that take long: what has waited until too little of its time is left is
 * not begun any more.
 *
 * Else two clients of one connection and a statement that takes more than half of a deadline would
 * ruin each other for good: each is begun late, cancelled at its deadline, and makes the next one
 * late.
 */
#pragma once
#include "pool/inside.h"

void lengths_init(Pool *pool);
void lengths_clear(Pool *pool);

/* It has come back after @took microseconds. */
void lengths_ran(Pool *pool, const PoolRequest *request, int64_t took);

/* It has not come back after @took microseconds. */
void lengths_runs(Pool *pool, const PoolRequest *request, int64_t took);

/* Whether it may end in time. One that has hardly waited is always given a chance. */
bool lengths_fit(const PoolRequest *request);
