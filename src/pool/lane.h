/*
 * A lane: its queue, and which connection takes what of it.
 */
#pragma once
#include "pool/inside.h"

void lane_init(Pool *pool, PoolLane kind, Target *target);
void lane_clear(Lane *lane);

/* Once a turn: sends what waits, or ends it if no connection will take it. */
void lane_turn(Lane *lane);

/* Whether its sessions must be able to write. The slow lane has reads, too: it takes what there is,
 * unless there may be another host. */
bool lane_writes(const Lane *lane);

/* How many requests wait for a connection of it. */
unsigned lane_waiting(const Lane *lane);

/* The last connection was lost: what is submitted waits a little for the next one. */
void lane_hold(Lane *lane, unsigned milliseconds);
