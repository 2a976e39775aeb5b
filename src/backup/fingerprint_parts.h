/*
 * What a fingerprint has to look at: the tables whose rows pg_dump dumps, and all large objects;
 * how each is hashed; and the snapshot in which all tables are already locked.
 */
#pragma once
#include "backup/snapshot_session.h"

#define SQLSTATE_LOCK_NOT_AVAILABLE "55P03"

/* A table, or all large objects: what one statement looks at. */
typedef struct FingerprintPart {
    char *oid;
    char *schema, *name; /* NULL for large objects */
    int64_t bytes;
    char *hash;      /* the expression for a row */
    char *condition; /* WHERE …, or "" */
    bool is_tree;    /* with all partitions; else only its own rows */
} FingerprintPart;

/* (transfer full) (element-type FingerprintPart): largest first; %NULL with an error as
 * database_query(). */
GPtrArray *fingerprint_parts_list(SnapshotSession *session, GError **error);

/* Of all of them, as the server has them on disk. */
int64_t fingerprint_parts_bytes(const GPtrArray *parts);

/* ACCESS SHARE, as pg_dump does; of a table that is not to be had the error says which it is. */
bool fingerprint_parts_lock(const GPtrArray *parts, SnapshotSession *session, GError **error);

/**
 * fingerprint_parts_hold:
 * @out_parts: (transfer full): as of fingerprint_parts_list(), in the snapshot
 *
 * Locks all tables, and takes the snapshot then. Tables that come and go meanwhile have it begin
 * again, five times; in the end it takes what it has.
 *
 * Returns: (transfer full): the snapshot, for other sessions; %NULL with an error.
 */
char *fingerprint_parts_hold(SnapshotSession *session, GPtrArray **out_parts, GError **error);

/* Before its name in a statement: "ONLY ", or "". */
const char *fingerprint_part_only(const FingerprintPart *part);

/* Says in @error, which the session's last statement set, which part it was, and what helps. */
void fingerprint_part_explain(const FingerprintPart *part, const SnapshotSession *session,
                              GError **error);
