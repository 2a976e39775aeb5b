/*
 * What Retort keeps in a database: the schema retort with its version, history and lease.
 */
#pragma once
#include "migrate/version_table.h"

/**
 * state_statements:
 *
 * Returns: (transfer full) (array zero-terminated=1): the statements, without semicolons, that
 *   make the tables that are missing. Each does nothing where its object is there. Anybody may read
 *   the version (if the table is ours), so that a server without other rights can tell it.
 */
char **state_statements(const VersionTable *table);

/**
 * state_exists:
 * @out_exists: whether version, history and lease are all there
 *
 * Returns: whether that could be told; else as database_query().
 */
bool state_exists(Database *db, const VersionTable *table, bool *out_exists, GError **error);

/**
 * state_ensure:
 *
 * Makes what is missing, in one transaction; any number of runners may do so at once. If all is
 * there, one query finds out and no right to create anything is needed.
 *
 * Returns: whether all is there now; else as database_execute().
 */
bool state_ensure(Database *db, const VersionTable *table, GError **error);
