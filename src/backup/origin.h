/*
 * What a dump says of the database that it is of: for where that is not there any more.
 */
#pragma once
#include "archive/toc.h"
#include "backup/manifest.h"
#include "backup/source.h"
#include "pg/scratch.h"

/* A plain value: begin with {0}. */
typedef struct Origin {
    ScratchShape shape; /* all "" or NULL: a plain dump without CREATE DATABASE */
    GPtrArray *roles;   /* (element-type utf8): that own something; of a backup all that it names */
} Origin;

void origin_clear(Origin *origin);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Origin, origin_clear)

/* Fills @origin from a backup's manifest. */
void origin_of_manifest(const Manifest *manifest, Origin *origin);

/**
 * origin_of_source:
 * @source: (inout): a dump, of which the beginning is read; replaced by one that gives all of it
 *
 * What cannot be understood is left for who loads it to tell. Returns: whether it could be read;
 * else as source_read().
 */
bool origin_of_source(Source **source, Origin *origin, GError **error);

/* The same of a dump in the directory @path; else APP_ERROR_INPUT. */
bool origin_of_directory(const char *path, Origin *origin, GError **error);

/* How many bytes are before the table of contents of an archive (a tar's header); -1 if it is none.
 */
int origin_archive_head(const char *bytes, size_t length);

/* Adds to @statements (element-type utf8) what @toc has about the database as a whole, the owner
 * first. */
void origin_list_statements(const Toc *toc, GPtrArray *statements);
