/*
 * Puts a dump in pg_dump's directory format into an empty database.
 */
#pragma once
#include "backup/load.h"

/**
 * directory_load:
 * @path: of the dump
 *
 * With several jobs the rows are read here, by several sessions a table: pg_restore has one for
 * each, and the largest table decides how long it takes. It makes the rest, before and behind.
 *
 * Returns: as load_from().
 */
bool directory_load(const LoadOptions *options, const char *path, GError **error);

/* The same of a backup. Its files are compared with their checksums: rows when they are read, the
 * others before. */
bool directory_load_backup(const LoadOptions *options, const Backup *backup, GError **error);
