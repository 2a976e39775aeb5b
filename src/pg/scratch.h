/*
 * A throw-away database: made empty, used, dropped.
 *
 * It is made from template0 with the encoding and locale of the target. Its name says whose it is
 * and which session holds it (retort_scratch_PROJECT_PID_START_N), so that the next run drops what
 * a crashed one left: of the same project and role, and only if that session is gone.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"
#include "pg/database.h"

/* Where a scratch database may be made. A value: begin with {0}. */
typedef struct ScratchOptions {
    const Config *config;             /* search_path, scratch_url, and the project's folder */
    const Environment *environment;   /* SCRATCH_URL, RETORT_PGBIN */
    const ConnectionSettings *target; /* the server that it is made on, and made alike */
} ScratchOptions;

typedef struct Scratch Scratch;

/**
 * scratch_new:
 *
 * Makes it on scratch_url if that is set, else on the target's server, else, if the role may not
 * make databases there, on a private server of the same major version.
 *
 * Through a pooler the target must be the direct one.
 *
 * Returns: (transfer full): %NULL with the error of the connection or the statement, or with
 *   APP_ERROR_PROGRAM if the private server is needed and cannot be had.
 */
Scratch *scratch_new(const ScratchOptions *options, GError **error);

/* Drops it, with all sessions in it; a failure leaves it for the next run. */
void scratch_free(Scratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scratch, scratch_free)

/**
 * scratch_database:
 *
 * Returns: (transfer none): a connection to it, with the project's search_path and without waits
 *   for the disk.
 */
Database *scratch_database(const Scratch *scratch);

/* (transfer none): how another connection, or pg_dump, reaches it. */
const ConnectionSettings *scratch_settings(const Scratch *scratch);

/* (transfer none): its name. */
const char *scratch_name(const Scratch *scratch);

/**
 * scratch_reset:
 *
 * Makes it empty again, by dropping it and making another; scratch_database() and
 * scratch_settings() are new ones then. After an error it can only be freed.
 */
bool scratch_reset(Scratch *scratch, GError **error);
