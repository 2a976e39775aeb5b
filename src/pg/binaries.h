/*
 * The programs of an installed PostgreSQL: initdb, postgres, psql, pg_dump.
 */
#pragma once
#include "base/environment.h"

/* A folder with a server's programs. A plain value, freed by binaries_free(). */
typedef struct Binaries {
    char *folder;
    int major; /* 15 */
} Binaries;

/**
 * binaries_find:
 * @major: the wanted major version; 0 for any
 *
 * Looks in RETORT_PGBIN (and then nowhere else), in what `pg_config --bindir` says, and in the
 * usual places, newest version first.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM; the hint names the package to install.
 */
Binaries *binaries_find(const Environment *environment, int major, GError **error);
void binaries_free(Binaries *binaries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Binaries, binaries_free)

/**
 * binaries_find_client:
 * @name: a client program, such as "psql" or "pg_dump"
 * @major: its major version is this or newer; 0 for any
 *
 * Looks where binaries_find() does, then in PATH.
 *
 * Returns: (transfer full): its path; %NULL with APP_ERROR_PROGRAM.
 */
char *binaries_find_client(const Environment *environment, const char *name, int major,
                           GError **error);
