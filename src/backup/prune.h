/*
 * Removing the backups that may go.
 */
#pragma once
#include "backup/retention.h"

typedef struct PruneOptions {
    const char *folder;
    const Retention *retention;
    int64_t now;
    bool dry_run; /* nothing is changed */
} PruneOptions;

typedef enum PruneFate {
    PRUNE_KEPT,    /* why tells */
    PRUNE_REMOVED, /* in a dry run: would be */
    PRUNE_IN_USE,  /* would go, but another process reads it */
    PRUNE_GONE,    /* another process removed it */
} PruneFate;

/* @why: (nullable): of one that is kept */
typedef void PruneTell(const Backup *backup, PruneFate fate, const char *why, void *data);

/**
 * prune:
 * @tell: is told of each backup, oldest first
 *
 * Removes also what dead processes left. The newest good and the newest proven backup are held
 * while it works, and looked at again before each removal.
 *
 * Returns: whether all that may go and is not in use is gone; else APP_ERROR_INPUT, or
 * APP_ERROR_LOCKED if another process has made those that are held worse meanwhile.
 */
bool prune(const PruneOptions *options, PruneTell *tell, void *data, GError **error);
