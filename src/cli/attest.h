/*
 * Verifies or drills a backup, and writes beside it what was found: for commands and for programs.
 */
#pragma once
#include "backup/drill.h"
#include "backup/verify.h"
#include "cli/project.h"

/**
 * attest_files:
 * @backup: held by nobody alone; broken or not
 * @progress: (nullable)
 * @out_faults: (element-type utf8) (transfer full): empty: its files are as they were written
 *
 * Reads all files of @backup, which it holds meanwhile.
 *
 * Returns: whether it could look and has recorded what it found; that something is wrong is no
 * error, and then that it could not be written down is only a warning.
 */
bool attest_files(const Backup *backup, BackupProgress *progress, void *data,
                  GPtrArray **out_faults, double *out_seconds, GError **error);

/**
 * attest_content:
 * @backup: held by the caller
 * @identities: (nullable): file of age's private key
 *
 * Restores @backup on scratch and compares it, its schema and the project's endpoints.
 *
 * Returns: as attest_files().
 */
bool attest_content(Project *project, const Backup *backup, const char *identities, bool quiet,
                    DrillReport *out_report, GError **error);
