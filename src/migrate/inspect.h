/*
 * A schema written as models: the way from an existing database to files.
 *
 * One file a table or view, with all that hangs on it; one file a name of functions; types,
 * sequences, schemas and extensions have a file for each sort. What lies in another schema than
 * public is in a folder of its name.
 */
#pragma once
#include "schema/schema.h"

typedef struct ModelFile {
    char *path; /* relative: item.sql, views/sales.sql, app/types.sql */
    char *text;
} ModelFile;

void model_file_free(ModelFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModelFile, model_file_free)

/**
 * inspect_files:
 *
 * Returns: (element-type ModelFile) (transfer full): by path, no path twice. Objects of kinds
 *   that are not managed, and what stands on them, are named in comments.
 */
GPtrArray *inspect_files(const Schema *schema);

/**
 * inspect_script:
 *
 * Returns: (transfer full): all in one, in an order in which psql can run it.
 */
char *inspect_script(const Schema *schema);

/* (transfer full) (array zero-terminated=1): what neither writes, a line each. */
char **inspect_left_out(const Schema *schema);
