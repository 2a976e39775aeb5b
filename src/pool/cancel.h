/*
 * Asking the server to cancel what a connection runs. libpq does it by a connection of its own,
 * and blocks; so a thread does.
 */
#pragma once
#include "pool/inside.h"

/* The connection gets nothing new until the cancel has arrived, or it would hit what comes next. */
void cancel_running(Session *session);

/* The same for a connection that is about to be given up: nobody waits for the cancel. */
void cancel_lost(Session *session);
