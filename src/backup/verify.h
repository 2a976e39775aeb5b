/*
 * Whether a backup's files are those that its manifest names.
 */
#pragma once
#include "backup/repository.h"

/**
 * verify_names:
 * @entries: (element-type TreeEntry): what is in the folder
 * @faults: (element-type utf8): gets a line for each file that is missing, too short, too long or
 *   not in the manifest, and for what is no file
 *
 * Returns: (element-type ManifestFile) (transfer container): those that are there with their
 * length.
 */
GPtrArray *verify_names(const Manifest *manifest, const GPtrArray *entries, GPtrArray *faults);

/* Tells how far it is; may be NULL. */
typedef void BackupProgress(int64_t done, int64_t whole, void *data);

/**
 * backup_verify:
 * @out_faults: (element-type utf8) (transfer full): each a line that names the file: missing, too
 *   short or long, another checksum, not in the manifest; empty if all is right
 *
 * Reads every file. Returns: whether it could be done; what it found is recorded by the caller, who
 * also holds the backup.
 */
bool backup_verify(const Backup *backup, BackupProgress *progress, void *data,
                   GPtrArray **out_faults, GError **error);

/* Whether the content of a file is left out. */
typedef bool VerifySkip(const ManifestFile *file, const void *data);

/* The same without the content of some files, which is compared when they are read. */
bool backup_verify_rest(const Backup *backup, VerifySkip *skip, const void *data,
                        GPtrArray **out_faults, GError **error);
