/*
 * A rehearsal: revisions run on a scratch database, where nothing can be lost.
 *
 * Neither version, history nor lease are kept there.
 */
#pragma once
#include "migrate/snapshot.h"
#include "pg/scratch.h"
#include "revision/revision.h"

typedef struct RehearsalOptions {
    ScratchOptions scratch; /* on whose server */
    SnapshotOptions snapshot;
} RehearsalOptions;

typedef struct Rehearsal Rehearsal;

/**
 * rehearsal_new:
 * @options: outlive the rehearsal
 *
 * Returns: (transfer full): with an empty scratch database; or %NULL as scratch_new().
 */
Rehearsal *rehearsal_new(const RehearsalOptions *options, GError **error);
void rehearsal_free(Rehearsal *rehearsal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rehearsal, rehearsal_free)

/**
 * rehearsal_upgrade, rehearsal_downgrade:
 *
 * Each step runs as upgrade would run it.
 *
 * Returns: whether all steps ran; else APP_ERROR_SQL with file:line, and the steps before the
 *   one that failed are done.
 */
bool rehearsal_upgrade(Rehearsal *rehearsal, const Revision *revision, GError **error);
bool rehearsal_downgrade(Rehearsal *rehearsal, const Revision *revision, GError **error);

/* Upgrades by each of @revisions (element-type Revision) in turn. */
bool rehearsal_replay(Rehearsal *rehearsal, const GPtrArray *revisions, GError **error);

/* (transfer full): the scratch database as it is now; %NULL as snapshot_take(). */
Snapshot *rehearsal_look(Rehearsal *rehearsal, GError **error);

/* (transfer full): what pg_dump says of it now; there must be a program to ask. */
Witness *rehearsal_dump(Rehearsal *rehearsal, GError **error);

/* (transfer none): the connection to the scratch database. */
Database *rehearsal_database(Rehearsal *rehearsal);
