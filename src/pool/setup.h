/*
 * The settings of a new connection, and whether it is what its lane needs, in one round trip.
 *
 * By statements, not by start-up options, which poolers refuse.
 */
#pragma once
#include "pool/inside.h"

void setup_send(Session *session);

/* Takes one of its results; (transfer none). */
void setup_take(Session *session, const PGresult *result);

/* All have come: the session is ready, or has failed. */
void setup_end(Session *session);
