/*
 * Reads that stand in a late batch behind one that takes long are sent again elsewhere.
 *
 * A batch of the fast lane is late when a quarter of the time has passed that the shortest of its
 * statements may take. Who holds it up is known if that has a Sync of its own, and it goes on; of
 * reads that share a Sync nobody knows which one it is, so all of them are sent again, each in a
 * batch of its own. A read is sent again once, and one connection of a lane is late at a time: a
 * server that is slow with everything does not get twice as much to do.
 *
 * A lane's only connection has nowhere to send them: they wait, and it is but noted who held them
 * up, or that each of them is to have a Sync of its own the next time.
 */
#pragma once
#include "pool/inside.h"

/* The batch is about to be sent: says when it will be late. */
void rescue_begin(Session *session);

/* Whether it is time to look. */
bool rescue_is_due(const Session *session);

/* Whether the statement of @request, which is sent again, runs alone already: if that is the one
 * which takes long, the next one would hold up another connection. */
bool rescue_must_wait(const Lane *lane, const PoolRequest *request);

/* Takes what can be sent again from the late batch, or looks again later; notes who is slow. */
void rescue(Session *session);
