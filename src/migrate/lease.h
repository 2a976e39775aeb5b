/*
 * The lease: a row that lets one runner at a time change a database.
 *
 * It has an expiry, which its holder moves on, and a fence: a number that grows by one with each
 * holder. Each transaction of a runner holds the row FOR KEY SHARE until its end and fails if the
 * fence is another's; a takeover wants the row FOR UPDATE first. It begins with that, or, if it can
 * do nothing that outlives a rollback, ends with it. So a runner that slept and wakes late cannot
 * write. A holder whose backend is gone is followed at once, one that is only silent after the
 * expiry.
 */
#pragma once
#include "pg/database.h"

typedef struct Lease Lease;

/*
 * Makes the row, held by nobody, unless it is there. Its fence goes on from the history, so that no
 * old holder's is met again.
 */
extern const char lease_seed[];

typedef struct LeaseOptions {
    const char *runner;                              /* as others see it: user@host, process 4711 */
    unsigned seconds;                                /* until it expires, if its holder is silent */
    unsigned wait;                                   /* seconds to wait for another holder */
    void (*waiting)(const char *holder, void *data); /* (nullable): called when it has to wait */
    void *data;
} LeaseOptions;

/**
 * lease_acquire:
 *
 * Waits without a transaction or a snapshot open, so that nothing waits for it in turn.
 *
 * Returns: (transfer full): the lease, or %NULL with APP_ERROR_LOCKED, which names the holder,
 *   if it was not had in time; else as database_query().
 */
Lease *lease_acquire(Database *db, const LeaseOptions *options, GError **error);

/* Gives it back, unless it is another's by now, and frees it. The connection must still be open. */
void lease_free(Lease *lease);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lease, lease_free)

/* Its fence as text, and the seconds until it expires; (transfer none). */
const char *lease_fence(const Lease *lease);
unsigned lease_seconds(const Lease *lease);

/* Whether the connection has a session of the server to itself: no pooler lies between. */
bool lease_is_direct(const Lease *lease);

/**
 * lease_beat:
 * @db: a connection other than that of the transactions, which hold the row
 *
 * Moves the expiry on. It changes no key column, so it does not wait for a transaction that holds
 * the row.
 *
 * Returns: whether the lease is still ours; else APP_ERROR_LOCKED, or as database_query().
 */
bool lease_beat(const Lease *lease, Database *db, GError **error);

/*
 * Appends the columns and the rest of a SELECT that fails with division_by_zero unless the lease
 * is held with @fence, and keeps it until the end of the transaction.
 */
void lease_append_guard(GString *sql, const char *fence);

/*
 * Appends an expression that is 1 while the lease is held with @fence, and keeps it until the end
 * of the transaction; else NULL. For the end of a transaction that leaves nothing behind if it is
 * rolled back.
 */
void lease_append_held(GString *sql, const char *fence);
