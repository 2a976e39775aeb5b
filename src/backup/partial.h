/*
 * A backup that is being written: .partial-ID in the folder of backups.
 *
 * Whoever writes it holds its lock, so that what a process left that was killed can be told from
 * what is written now.
 */
#pragma once
#include "backup/manifest.h"

typedef struct PartialBackup PartialBackup;

/**
 * partial_begin:
 *
 * Makes the folder (0700, and @folder itself where it is missing) with a lock, and removes what
 * dead processes left. Returns: (transfer full): %NULL with APP_ERROR_INPUT.
 */
PartialBackup *partial_begin(const char *folder, const char *id, GError **error);

/* (transfer none): where its files are written. */
const char *partial_folder(const PartialBackup *partial);

/**
 * partial_commit:
 * @manifest: its files are checked to be there, with their sizes, and no others
 *
 * Writes the manifest, syncs all files and folders, renames, syncs the folder above. Returns:
 * whether it has its final name; else APP_ERROR_INPUT, and it has not. Its lock is let go.
 */
bool partial_commit(PartialBackup *partial, const Manifest *manifest, GError **error);

/* Removes what is not committed. */
void partial_free(PartialBackup *partial);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PartialBackup, partial_free)

/* (transfer full): the path that backup @id has in @folder while it is written or removed. */
char *partial_path(const char *folder, const char *id);

/**
 * partial_sweep:
 * @folder: need not exist
 *
 * Removes what dead processes left; else APP_ERROR_INPUT. It waits for another who does the same.
 */
bool partial_sweep(const char *folder, GError **error);
