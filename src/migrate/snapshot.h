/*
 * What a database holds, seen by two readers: Retort's own and the independent witness.
 */
#pragma once
#include "catalog/reader.h"
#include "migrate/witness.h"
#include "schema/schema.h"

typedef struct SnapshotOptions {
    CatalogOptions catalog;
    WitnessOptions witness;
    const char *program; /* (nullable): pg_dump; without it there is no witness */
} SnapshotOptions;

typedef struct Snapshot {
    Schema *schema;
    Witness *witness; /* (nullable) */
} Snapshot;

/**
 * snapshot_take:
 * @db: in no transaction
 * @settings: of the same database, for pg_dump
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_SQL, APP_ERROR_CONNECT or
 *   APP_ERROR_PROGRAM.
 */
Snapshot *snapshot_take(Database *db, const ConnectionSettings *settings,
                        const SnapshotOptions *options, GError **error);
void snapshot_free(Snapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)

/**
 * snapshot_compare:
 * @managed: look at what can be made only: leave out objects of unmanaged kinds that are on one
 *   side only, and what stands on them
 *
 * Returns: (transfer full) (nullable): %NULL if both readers see no difference; else what each
 *   sees, in lines: the statements that would turn @found into @wanted, and what differs in the
 *   dumps. Objects of unmanaged kinds that are on one side only are named.
 */
char *snapshot_compare(const Snapshot *wanted, const Snapshot *found, bool managed);
