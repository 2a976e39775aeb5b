/*
 * Where the rows of a table lie in a dump in pg_dump's directory format.
 */
#pragma once
#include "archive/toc.h"
#include "backup/row_reader.h"

typedef struct RowFile {
    const TocEntry *entry; /* whose rows it has */
    char *path;
    Compression compression;
    const ManifestFile *wanted; /* (nullable): its checksum, which is compared when it is read */
    int64_t bytes;              /* as it is stored */
} RowFile;

/**
 * row_files_list:
 * @entries: (element-type TocEntry): outlive it
 * @but: (element-type TocEntry): set of those to leave out
 * @manifest: (nullable): of the backup that the dump is; outlives it
 * @folder: of the dump
 *
 * Returns: (element-type RowFile) (transfer full): of those tables whose rows can be read here,
 * not as INSERT and in a compression that is known; the largest first.
 */
GPtrArray *row_files_list(const GPtrArray *entries, GHashTable *but, const Manifest *manifest,
                          const char *folder);

/* Returns: (transfer full): %NULL with APP_ERROR_INPUT. */
RowReader *row_file_open(const RowFile *file, GError **error);
