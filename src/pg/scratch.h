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

/*
 * How a database is made. A plain value: begin with {0}; what is "" or NULL is the server's choice,
 * or nothing that its version knows.
 */
typedef struct ScratchShape {
    char *encoding;
    char *collate;
    char *ctype;
    char *provider;   /* "libc", "icu", "builtin" */
    char *locale;     /* of icu or builtin */
    char *rules;      /* of icu, since 16 */
    char *tablespace; /* (nullable) */
} ScratchShape;

void scratch_shape_clear(ScratchShape *shape);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScratchShape, scratch_shape_clear)

/* Where a scratch database may be made. A value: begin with {0}. */
typedef struct ScratchOptions {
    const Config *config;             /* search_path, scratch_url, and the project's folder */
    const Environment *environment;   /* SCRATCH_URL, RETORT_PGBIN */
    const ConnectionSettings *target; /* the server that it is made on, and made alike */
    const char
        *beside; /* (nullable): a database of the target's server through which it is made, and
                    nowhere else, in the target's tablespace: for what is to take its place */
    const ScratchShape
        *shape; /* (nullable): with @beside: the target is not there, and this is how to make it */
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

/* (transfer none): the session in another database of the server: options.beside, or the target. */
Database *scratch_admin(const Scratch *scratch);

/**
 * scratch_leave:
 *
 * Closes the connection to it, which then is nobody's: what else holds it up is not known here.
 */
void scratch_leave(Scratch *scratch);

/* It has another name now, and stays: scratch_free() does not drop it. */
void scratch_keep(Scratch *scratch);

/* (transfer none): its name. */
const char *scratch_name(const Scratch *scratch);

/**
 * scratch_reset:
 *
 * Makes it empty again, by dropping it and making another; scratch_database() and
 * scratch_settings() are new ones then. After an error it can only be freed.
 */
bool scratch_reset(Scratch *scratch, GError **error);
