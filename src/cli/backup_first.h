/*
 * The backup before a run of revisions: whether one is wanted, and taking it.
 */
#pragma once
#include "cli/migration.h"

/* What backup_first() needs to know. A value. */
typedef struct BackupFirst {
    Migration *migration;
    const RunOptions *options;
    enum { BACKUP_ASK, BACKUP_ALWAYS, BACKUP_NEVER } when;
} BackupFirst;

/**
 * backup_first_read:
 * @out_first: borrows @migration and @options
 *
 * What the options say, else [migrate] backup of retort.ini.
 *
 * Returns: %false with APP_ERROR_USAGE or APP_ERROR_INPUT if that is not understood.
 */
bool backup_first_read(Migration *migration, const RunOptions *options, BackupFirst *out_first,
                       GError **error);

/**
 * backup_first:
 * @out_backup: (nullable) (transfer full): the id of what was taken
 * @first: (type BackupFirst)
 *
 * A Runner.before: takes a backup if one is wanted. Who is not on a terminal is not asked and gets
 * none; a database without tables needs none.
 *
 * Returns: whether the run may go on; else as take_backup(), or APP_ERROR_REFUSED if the question
 *   was not answered.
 */
bool backup_first(char **out_backup, void *first, GError **error);
