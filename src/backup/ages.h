/*
 * How old the newest good backup is, and the newest proven one.
 *
 * The age of a backup is that of its content: since it began.
 */
#pragma once
#include "backup/repository.h"

/* One that began so much later than now is passed over, since a clock was wrong; seconds. */
enum { BACKUP_AGES_SLACK = 300 };

/* Begin with {0}. Times are those at which they began, in seconds since 1970. */
typedef struct BackupAges {
    char *good, *proven; /* (nullable): ids; NULL: there is none */
    int64_t good_time, proven_time;
} BackupAges;

void backup_ages_clear(BackupAges *ages);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BackupAges, backup_ages_clear)

/* @backups: (element-type Backup): oldest first; @database: (nullable): only those of the database
 * of this name. */
void backup_ages_find(const GPtrArray *backups, const char *database, int64_t now,
                      BackupAges *out_ages);

/**
 * backup_ages_read:
 * @folder: of backups; need not exist: then there is none
 *
 * The same, reading as few of them as will do. Returns: whether @folder could be read; else
 * APP_ERROR_INPUT.
 */
bool backup_ages_read(const char *folder, const char *database, int64_t now, BackupAges *out_ages,
                      GError **error);
