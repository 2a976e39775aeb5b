/*
 * Connections that have become large. While a connection lives, libpq keeps its two buffers at the
 * size of the longest message there was: of a row that came, of values that went. So one that has
 * had a long message is replaced by a new one, when it has had none for a while and nobody waits.
 */
#pragma once
#include "pool/inside.h"

/* A batch begins: none of its values has been sent. */
void swell_begin(Session *session);

/* Values of a statement that is being sent. */
void swell_sent(Session *session, const char *const *values, unsigned count);

/* What came back; of an error that cut a result short, nobody knows what came before it. */
void swell_received(Session *session, const PGresult *result);

/* Nothing is replaced any more. */
void swell_end(Pool *pool);
