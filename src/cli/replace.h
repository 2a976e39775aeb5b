/*
 * Puts a backup or dump in the place of a database: for `retort restore` and for programs.
 */
#pragma once
#include "backup/restore.h"
#include "cli/named_dump.h"
#include "cli/restore_target.h"

/* A value. Borrowed. */
typedef struct Replace {
    const char *identities; /* (nullable): NULL: RETORT_IDENTITY */
    unsigned jobs;          /* from 1 */
    bool without_owners;
    bool may_be_empty;
    bool quiet; /* show no progress */
} Replace;

/* Returns: whether no run of revisions is at work in the database, which a restore would end; else
 * APP_ERROR_LOCKED. */
bool replace_expect_no_run(const RestoreTarget *target, GError **error);

/**
 * replace_database:
 * @target: has been agreed to; its connection to the database is closed
 *
 * Returns: as restore_run(), named_dump_origin().
 */
bool replace_database(Project *project, NamedDump *named, RestoreTarget *target, const Replace *how,
                      RestoreReport *out_report, GError **error);
