/*
 * Reads that go to standbys, and yet see what their client has written: a write is answered with
 * the place in the write-ahead log that it is before (header Retort-LSN); a read that names it is
 * answered by a standby that is there already, or else by the primary.
 */
#pragma once
#include "serve/call.h"

/**
 * standby_check:
 * @out_token: the place that the client names, in call->texts; %NULL if it does not matter, since
 *   reads go to the primary anyway or the client names none
 *
 * Returns: whether it is well-formed; else the call has been answered with 400.
 */
bool standby_check(Call *call, const char **out_token);

/* $1 is the token; is true where it has been replayed. To run before the statements of a read. */
extern const PoolStatement standby_guard;

/* Whether the guard of @result says that this server is behind. */
bool standby_is_behind(const PoolResult *result);

/* Whether @call is a write whose answer shall name its place. */
bool standby_wants_place(const Call *call);

/* Forgets an answer that waits; with each call that ends. */
void standby_drop(Call *call);

/* Answers with @answer (copied) and the place, once that is known; without it if it cannot be
 * known before the deadline of the whole call: what was written is written. */
void standby_answer(Call *call, const CallAnswer *answer);
