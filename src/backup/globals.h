/*
 * What belongs to the whole server and to no database: roles, their memberships and settings,
 * tablespaces. pg_dumpall writes it as SQL into a file beside the dump.
 */
#pragma once
#include "backup/dump.h"
#include "backup/repository.h"

/* Begins the name of the file. */
#define GLOBALS_FILE "globals.sql"

/**
 * globals_check:
 * @db: a session as the dump's
 *
 * Returns: whether what @options say of them can be had; else APP_ERROR_USAGE.
 */
bool globals_check(const DumpOptions *options, Database *db, GError **error);

/**
 * globals_dump:
 * @db: as above
 * @manifest: gets the file
 *
 * Writes them into @folder, if @options say so. Returns: else APP_ERROR_PROGRAM (pg_dumpall is
 * missing or failed), APP_ERROR_INPUT (the disk).
 */
bool globals_dump(const DumpOptions *options, Database *db, const char *folder, Manifest *manifest,
                  GError **error);

/* (transfer full) (nullable): what to type to run the globals of @backup on a new server; NULL if
 * it has none. */
char *globals_command(const Backup *backup);
