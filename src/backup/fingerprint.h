/*
 * The content of a database in numbers: of each table its rows and a hash of them that does not
 * know their order; and the large objects.
 *
 * A row's hash is made by PostgreSQL's own hash functions, of values or of their text under
 * settings that are always the same; the hashes are added up as numeric, so that rows that are
 * there twice count twice. Looked at are the tables that pg_dump dumps rows of: ordinary ones,
 * partitions, unlogged ones, and those of an extension that it names as its configuration, with the
 * rows that it names; not temporary or foreign ones, parents of partitions, or materialized views.
 * Columns count in the order of their names; generated ones do not count. What exactly is hashed,
 * and why: docs/design/fingerprint.md.
 */
#pragma once
#include "backup/manifest.h"
#include "pg/database.h"

typedef struct Fingerprint {
    GPtrArray *tables; /* (element-type TableFingerprint), by schema and name */
    LargeObjectsFingerprint large_objects;
} Fingerprint;

void fingerprint_free(Fingerprint *fingerprint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fingerprint, fingerprint_free)

typedef struct FingerprintOptions {
    const ConnectionSettings *settings; /* of a session, not a pooler's */
    const char *snapshot; /* (nullable): of pg_export_snapshot(); NULL: takes one of its own */
    unsigned jobs;        /* connections at once, from 1 */
} FingerprintOptions;

/* For sorting an array of pointers to TableFingerprint by schema and name, byte by byte. */
int table_fingerprint_order(const void *left, const void *right);

/* Takes it in the background: the caller goes on. */
typedef struct FingerprintRun FingerprintRun;

/**
 * fingerprint_begin:
 *
 * Begins in threads of its own: tables are taken largest first. Returns: (transfer full).
 */
FingerprintRun *fingerprint_begin(const FingerprintOptions *options);

/**
 * fingerprint_hold:
 * @milliseconds: to wait at most
 *
 * All tables are locked (ACCESS SHARE) first, and then the snapshot is taken: of a table that is
 * truncated or rewritten in between an older one shows nothing. They stay locked until the run is
 * freed.
 *
 * Returns: whether that is over, well or not.
 */
bool fingerprint_hold(FingerprintRun *run, unsigned milliseconds);

/* (nullable) (transfer none): after fingerprint_hold(): the snapshot, for other sessions; %NULL if
 * it failed: why, fingerprint_end() tells. */
const char *fingerprint_snapshot(FingerprintRun *run);

/* Bytes of tables that are done, and of all (as the server has them on disk; 0 while not known). */
void fingerprint_progress(const FingerprintRun *run, int64_t *out_done, int64_t *out_whole);

/* Whether it has ended by an error, which fingerprint_end() gives. */
bool fingerprint_has_failed(FingerprintRun *run);

/**
 * fingerprint_end:
 *
 * Waits. Called once. Returns: (transfer full): %NULL with APP_ERROR_SQL (a right is missing, row
 * security would hide rows, a table is gone), APP_ERROR_CONNECT, APP_ERROR_LOCKED (a table was
 * locked for a minute); with the table's name where it was one.
 */
Fingerprint *fingerprint_end(FingerprintRun *run, GError **error);

/* Cancels what it does, and waits for that: a statement ends at once, a connection that is being
 * made takes its time (10 seconds at most, unless the settings say otherwise). */
void fingerprint_run_free(FingerprintRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FingerprintRun, fingerprint_run_free)

/**
 * fingerprint_compare:
 *
 * Returns: (element-type utf8) (transfer full): a line for each difference, with the table's name:
 * missing, not expected, other number of rows (both), other content; empty if equal.
 */
GPtrArray *fingerprint_compare(const GPtrArray *wanted_tables,
                               const LargeObjectsFingerprint *wanted_objects,
                               const Fingerprint *found);
