/*
 * How old the last good and the last proven backup are, and may be.
 */
#pragma once
#include "backup/ages.h"
#include "base/config.h"

/* [backup] max_age and max_proven_age, in seconds; 0: any. A value. */
typedef struct BackupLimits {
    int64_t age, proven_age;
} BackupLimits;

/* Else APP_ERROR_INPUT with the place. */
bool backup_limits_read(const Config *config, BackupLimits *out_limits, GError **error);

/* (transfer full): "last good: 3 hours ago; last proven: none" */
char *backup_age_text(const BackupAges *ages, int64_t now);

/* (element-type utf8) (transfer full): a line for each that is too old or, where there is a limit,
 * is missing. */
GPtrArray *backup_age_faults(const BackupAges *ages, const BackupLimits *limits, int64_t now);
