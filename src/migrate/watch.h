/*
 * What is done beside a statement that takes long: the lease is kept alive, and who blocks the
 * statement is looked up, both over a second connection that is opened when it is first needed.
 */
#pragma once
#include "migrate/lease.h"
#include "migrate/send.h"

typedef struct Watch Watch;

/**
 * watch_new:
 * @settings: for the second connection; must outlive the watch, as @lease
 * @db: the connection that is watched
 * @interval: milliseconds between two looks at who blocks it
 */
Watch *watch_new(const ConnectionSettings *settings, Database *db, const Lease *lease,
                 unsigned interval);
void watch_free(Watch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watch, watch_free)

/* Called in a wait: @seconds since watch_begin(); @blockers as watch_blockers(). */
typedef void WatchListener(unsigned seconds, const char *blockers, void *data);

void watch_set_listener(Watch *watch, WatchListener *listener, void *data);

/* Begins with a new statement: forgets who blocked the last one; beats if that is due. */
void watch_begin(Watch *watch);

/* What to hand to send_batch() while the watch lives. */
Waiting watch_waiting(Watch *watch);

/**
 * watch_blockers:
 *
 * Returns: (nullable) (transfer none): who was seen to block the statement since watch_begin(),
 *   a line each; %NULL if nobody was.
 */
const char *watch_blockers(const Watch *watch);
