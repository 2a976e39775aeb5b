/*
 * Takes backups again and again, in the foreground: `retort backup --every 24h`, for containers.
 */
#pragma once
#include "cli/options.h"
#include "cli/take_backup.h"

/* A value. Borrowed. */
typedef struct Every {
    int64_t interval; /* milliseconds, from 1000 */
    const TakeBackup *how;
    const Options *options; /* the project is opened anew for each backup */
    bool drill;             /* each is restored on scratch and compared */
    bool prune;             /* after each: what [backup] keep does not ask for */
    bool json;              /* for each an object on stdout, instead of its path */
} Every;

/**
 * every_run:
 *
 * Takes a backup whenever the last good one is as old as the interval, and says so in one line on
 * stderr; one that fails is said and tried again. Ends by SIGTERM or SIGINT.
 *
 * Returns: true if the signal came while it waited; else APP_ERROR_INTERRUPTED (interrupt_watch()
 * is the caller's), APP_ERROR_USAGE or APP_ERROR_INPUT if it could not begin: options or settings
 * that no backup can be taken with, or APP_ERROR_CONNECT if no database is named.
 */
bool every_run(const Every *every, GError **error);
