/*
 * What a verify or a drill of a backup found: verified.json and proven.json in its folder.
 */
#pragma once
#include "base/error.h"

/* A plain value. */
typedef struct BackupResult {
    char *at; /* RFC 3339, UTC */
    bool good;
    char *fault;    /* (nullable): the first thing that was wrong, in a line */
    double seconds; /* how long it took: of a drill, the time that a restore takes (RTO) */
} BackupResult;

void backup_result_free(BackupResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupResult, backup_result_free)

/**
 * backup_result_load:
 * @file: VERIFIED_FILE or PROVEN_FILE
 * @out_result: (transfer full) (nullable): NULL if there is none
 *
 * Returns: whether there is none or a good one; else APP_ERROR_INPUT.
 */
bool backup_result_load(const char *folder, const char *file, BackupResult **out_result,
                        GError **error);

/* Takes the place of what is there, synced. */
bool backup_result_write(const char *folder, const char *file, const BackupResult *result,
                         GError **error);
