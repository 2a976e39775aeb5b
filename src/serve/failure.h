/*
 * What the server of the database refused, made into the client's problem: which status, which
 * field; never SQL.
 */
#pragma once
#include "serve/call.h"

/*
 * Answers @call with what became of its request; its outcome is not POOL_DONE. 409 is for what
 * another row forbids, 422 for a value that is refused, 403 and 503 for what they are, and 500 for
 * all else. PTnnn of RAISE is status nnn.
 */
void failure_answer(Call *call, const PoolResult *result);
