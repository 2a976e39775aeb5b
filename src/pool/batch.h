/*
 * What is sent to a connection together, and what comes back for whom.
 */
#pragma once
#include "pool/inside.h"

/* Takes up to @most requests of the lane's queue and sends them. */
void batch_send(Session *session, unsigned most);

/* Sends the first of those that take long, by itself. */
void batch_send_apart(Session *session);

/* Deallocates statements that are not used any more. */
void batch_forget(Session *session);

/* Takes what libpq has read, as far as it goes. */
void batch_receive(Session *session);

/* The connection is gone: its requests end, or go to another one. */
void batch_lost(Session *session, const char *reason);

/* Forgets a batch that nobody waits for. */
void batch_clear(Session *session);

/* Also of the set-up: something will come back; a Sync is sent. */
void batch_expect(Session *session, Expect expect);
bool batch_sync(Session *session, unsigned sent);
