/*
 * Statements of the fast lane that are kept from others for a while, by what they have done.
 *
 * One that failed took the reads of its transaction down with it: it has a Sync of its own the next
 * 32 times; so has what stood in a late batch of a lane's only connection, so that the next time it
 * is known which one is slow. One that took long made everybody behind it wait: it has a batch of
 * its own, on a connection that is not the last one, until it has been quick 32 times.
 */
#pragma once
#include "pool/inside.h"

typedef enum Trust {
    TRUSTED, /* shares a Sync with others */
    WATCHED, /* has failed, or may be slow: a Sync of its own */
    SLOW,    /* has taken long: a batch of its own */
} Trust;

void suspects_init(Pool *pool);
void suspects_clear(Pool *pool);

/* The statement that @request is judged by: its last one. */
Trust suspects_find(const Pool *pool, const PoolRequest *request);

/* It has failed, or may be what made a batch late. */
void suspects_watch(Pool *pool, const PoolRequest *request);

/* It has come back without an error after @took microseconds. */
void suspects_ran(Lane *lane, const PoolRequest *request, int64_t took);

/* It has not come back after @took microseconds, or the server has ended it then. */
void suspects_runs(Lane *lane, const PoolRequest *request, int64_t took);

/* Whether @took microseconds are long: 50 ms, or an eighth of what the lane's statements may take.
 */
bool suspects_is_long(const Lane *lane, int64_t took);
