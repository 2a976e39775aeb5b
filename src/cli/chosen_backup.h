/*
 * Which backup a command works on: the folder, the one that is named, the key that opens it.
 */
#pragma once
#include "backup/repository.h"
#include "cli/project.h"

/* (transfer full): @named, or the folder of retort.ini. */
char *chosen_folder(const Project *project, const char *named);

/* (nullable) (transfer none): @named, or RETORT_IDENTITY. */
const char *chosen_identities(const Project *project, const char *named);

/**
 * chosen_backup:
 * @out_held: its lock, to be closed by the caller; -1 on error
 *
 * Returns: (transfer full): a backup that can be read, held beside others who read it; %NULL as
 *   repository_find() and backup_hold(), or with APP_ERROR_VERIFY if its manifest cannot be read.
 */
Backup *chosen_backup(const char *folder, const char *name, int *out_held, GError **error);
