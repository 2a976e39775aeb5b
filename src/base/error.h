/*
 * What can go wrong, sorted by what a caller can do about it.
 *
 * The code of an error is also the exit status of the program, so the numbers are stable.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define APP_ERROR (app_error_quark())
GQuark app_error_quark(void);

typedef enum AppError {
    APP_ERROR_USAGE = 2,   /* the command line */
    APP_ERROR_INPUT = 3,   /* a model, revision or configuration file */
    APP_ERROR_CONNECT = 4, /* no connection to the server */
    APP_ERROR_SQL = 5,     /* the server refused a statement */
    APP_ERROR_HISTORY = 6, /* the database and the revisions disagree */
    APP_ERROR_PROGRAM = 7, /* pg_dump or another program failed */
    APP_ERROR_DIFFERS = 8, /* check found a difference */
    APP_ERROR_REFUSED = 9, /* would lose data, or needs a consent */
    APP_ERROR_LOCKED = 10, /* another runner, or a lock that was not had in time */
    APP_ERROR_VERIFY = 11, /* a proof, checksum or drill failed */
} AppError;

/* Adds "hint: …" in a line of its own to what @error says; NULL, or no error, is left alone. */
void error_add_hint(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
