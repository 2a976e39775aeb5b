/*
 * What a backup says of the server and the database that it is of.
 */
#pragma once
#include "backup/manifest.h"
#include "migrate/version_table.h"

/**
 * facts_read:
 * @db: in the transaction whose snapshot is dumped
 * @table: where the version is
 *
 * Fills what the server knows: versions, locale, settings, size, heads, extensions, roles. Returns:
 * whether it could be read; else as database_query().
 */
bool facts_read(Database *db, const VersionTable *table, Manifest *manifest, GError **error);
