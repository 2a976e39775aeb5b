/*
 * What the server knows of the backups, which it only tells.
 *
 * It does not know what a backup is: the command gives it a function that looks. That reads a
 * folder, which may take long or hang, so a thread does it, at a steady pace.
 */
#pragma once
#include "loop/loop.h"

/* When the content of the newest good and the newest proven one is of: seconds since 1970; 0: there
 * is none. A value. */
typedef struct BackupTimes {
    int64_t good, proven;
} BackupTimes;

/* In a thread. Returns: whether it is known; else an error. */
typedef bool BackupLook(BackupTimes *out_times, void *data, GError **error);

/* A value. */
typedef struct BackupSource {
    BackupLook *look;               /* (nullable): nothing is known */
    void *data;                     /* its own; outlives the server */
    double max_age, max_proven_age; /* seconds from which on it is a warning; 0: never */
} BackupSource;

typedef struct BackupWatch BackupWatch;

/* (transfer full): begins to look at once. */
BackupWatch *backup_watch_new(Loop *loop, const BackupSource *source);

/* No more looks begin. */
void backup_watch_stop(BackupWatch *watch);

/* Waits for the look that is under way. */
void backup_watch_free(BackupWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupWatch, backup_watch_free)

/* What is known. A value. */
typedef struct BackupStanding {
    bool known;        /* a look has ended, or does not */
    const char *fault; /* (nullable): why nothing was found; valid in this turn of the loop */
    BackupTimes times; /* if there is no fault */
} BackupStanding;

/* In the loop's thread. */
BackupStanding backup_watch_standing(const BackupWatch *watch);
