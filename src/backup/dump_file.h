/*
 * A file of a backup that we write: compressed and encrypted on its way to the disk.
 */
#pragma once
#include "backup/dump.h"

/**
 * dump_file_open:
 * @stem: "dump.sql"; what compression and encryption add to it follows
 * @file: filled when the sink is ended; outlives it
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT, or APP_ERROR_PROGRAM if it is to be
 * encrypted and age is missing.
 */
Sink *dump_file_open(const DumpOptions *options, const char *folder, const char *stem,
                     ManifestFile *file, GError **error);
