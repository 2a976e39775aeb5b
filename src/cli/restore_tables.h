/*
 * retort restore --table: tables of a backup, beside the live ones.
 */
#pragma once
#include "backup/restore.h"
#include "cli/project.h"

/* A value. */
typedef struct TablesWanted {
    const char *const *tables; /* (array zero-terminated=1) */
    const char *into;          /* (nullable): the side schema; NULL: of now */
    const char *identities;    /* (nullable) */
    unsigned jobs;             /* from 1 */
    bool dry_run, json, quiet;
} TablesWanted;

/* Returns: whether it is done and told; else an error of side_tables_restore(). */
bool restore_tables(Project *project, const RestoreFrom *from, const TablesWanted *wanted,
                    GError **error);
