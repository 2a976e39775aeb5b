/*
 * The folder of backups: what there is, in which state, who uses it.
 *
 * backups/2026-11-22T183000Z-3f2a9c41b7de/   a whole backup: files, manifest.json, and beside them
 *     verified.json   when its checksums were last found right
 *     proven.json     what the last drill found
 *     pinned          (its content: why) never pruned
 *     lock            held by whoever reads or removes it (flock)
 * backups/.partial-ID/                       being written or removed by a process that holds its
 * lock, or left by one that died: see backup/partial.h
 * backups/.lock
 *
 * A folder with a final name is whole: it was synced before it was renamed. Names that are none of
 * these are left alone, and are never an error.
 */
#pragma once
#include "backup/manifest.h"
#include "backup/moment.h"
#include "backup/result.h"

typedef enum BackupState {
    BACKUP_BROKEN, /* its manifest or a result cannot be read, or the last verify or drill failed;
                      a drill that passes heals what an earlier verify found */
    BACKUP_STORED,
    BACKUP_VERIFIED, /* the last verify found all checksums right, and no drill has passed */
    BACKUP_PROVEN,   /* a drill passed, and nothing since has failed */
} BackupState;

/* One backup as it was when it was listed. */
typedef struct Backup {
    char *id;
    char *folder; /* path */
    BackupState state;
    Manifest *manifest;             /* (nullable): if broken */
    char *fault;                    /* (nullable): why it is broken */
    BackupResult *verified, *drill; /* (nullable): also if unreadable; then it is broken */
    char *pinned;                   /* (nullable): why; "" for no reason given */
    int64_t time;                   /* when it began, seconds since 1970: from its id */
} Backup;

void backup_free(Backup *backup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backup, backup_free)

/* "stored", "verified", "proven", "broken" */
const char *backup_state_name(BackupState state);

/**
 * repository_list:
 * @folder: need not exist: then there are none
 *
 * Returns: (element-type Backup) (transfer full): oldest first; %NULL with APP_ERROR_INPUT if the
 * folder cannot be read.
 */
GPtrArray *repository_list(const char *folder, GError **error);

/* (transfer full) (nullable): the one with this id, whole; NULL if there is none. */
Backup *repository_load(const char *folder, const char *id);

/**
 * repository_find:
 * @name: an id, the beginning of one that only one has, or "latest": the newest that is not broken
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT: none or several; the hint names those that
 * there are.
 */
Backup *repository_find(const char *folder, const char *name, GError **error);

/* (transfer full): the newest of all, also if it is broken: looking at an older one would hide
 * that. Else as repository_find(). */
Backup *repository_newest(const char *folder, GError **error);

/* (transfer full) (nullable): @backup as it is now; NULL if it is gone. */
Backup *backup_reload(const Backup *backup);

/**
 * backup_hold:
 * @alone: nobody else may hold it: to remove it; else others may, too: to read it
 *
 * Returns: a descriptor that holds the lock until it is closed; -1 with APP_ERROR_LOCKED if it is
 * in use (it does not wait), or APP_ERROR_INPUT.
 */
int backup_hold(const Backup *backup, bool alone, GError **error);

/* Write the state beside the manifest, synced. */
bool backup_record_verified(const Backup *backup, const BackupResult *result, GError **error);
bool backup_record_drill(const Backup *backup, const BackupResult *result, GError **error);

/* @why NULL: unpin. Either may be done twice. APP_ERROR_LOCKED if it is being removed,
 * APP_ERROR_USAGE if the reason is more than a line. */
bool backup_pin(const Backup *backup, const char *why, GError **error);

/* Removes it: first renames it to .partial-…, so that it is never seen half. APP_ERROR_LOCKED if it
 * is in use, APP_ERROR_REFUSED if it is pinned. */
bool backup_remove(const Backup *backup, GError **error);

/* The same by who holds it alone. */
bool backup_remove_held(const Backup *backup, GError **error);
