/*
 * Tells how far a dump is loaded, by drill and restore.
 */
#pragma once
#include "backup/load.h"
#include "cli/output.h"

/* A value. */
typedef struct LoadTelling {
    Progress *progress;
    gint64 began; /* g_get_monotonic_time() */
} LoadTelling;

/* A LoadProgress, with a LoadTelling as its data: size, rate, and about how long it will take. */
void load_tell(const LoadStanding *standing, void *telling);
