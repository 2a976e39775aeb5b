/*
 * What a request is told: its results, its error, or nothing because it is run again.
 */
#pragma once
#include "pool/inside.h"

/* Its only result has come, in a batch of reads. */
void answer_read(Sent *sent, PGresult *result);

/* Its Sync has come back without an error. */
void answer_done(Session *session, Sent *sent);

/* Its error, sent->error, is final: it ends, or is run again. Frees the error. */
void answer_error(Session *session, Sent *sent);
