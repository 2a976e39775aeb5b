/*
 * One connection: resolving, connecting, setting up, ready, busy, and again.
 */
#pragma once
#include "pool/inside.h"

void session_init(Session *session, Lane *lane);

/* Connects after @delay milliseconds. */
void session_start(Session *session, unsigned delay);

/* Its requests have ended; closes for good. */
void session_clear(Session *session);

/* The set-up has found it fit. */
void session_is_ready(Session *session);

/* An attempt to connect has come to nothing. */
void session_failed(Session *session, const char *reason);

/**
 * session_lost:
 * @hopeful: a new connection is likely had at once
 *
 * Closes, without blocking, a connection that was ready. Its requests end, or go to another.
 */
void session_lost(Session *session, const char *reason, bool hopeful);

/* Replaces one that is ready by a new one, because it has become large. */
void session_renew(Session *session);

/* Sends what libpq has in its buffer; the rest when the socket takes it. */
void session_flush(Session *session);

/* Gives the connection up if nothing comes back while its longest statement could run. To be
 * called again whenever something has come back. */
void session_begin_patience(Session *session);

/* One request less waits for what it runs. */
void session_orphan(Session *session);

/* All that was sent has come back, or a cancel has arrived. */
void session_rested(Session *session);

/* Stops and goes on reading. */
void session_pause(Session *session, bool pause);

void session_set_state(Session *session, SessionState state);
