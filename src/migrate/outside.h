/*
 * Statements that no transaction may hold: what they leave when they are cut off, and how a run
 * goes on from there.
 *
 * A broken CREATE INDEX CONCURRENTLY leaves an invalid index, which slows writes down, may refuse
 * rows, and lets IF NOT EXISTS skip the real one for ever.
 */
#pragma once
#include "pg/database.h"
#include "sql/statement.h"

/**
 * outside_check:
 *
 * Returns: whether what @statement leaves when cut off can be found again; else APP_ERROR_INPUT:
 *   an index built CONCURRENTLY without a name cannot.
 */
bool outside_check(const Statement *statement, GError **error);

/**
 * outside_prepare:
 * @attempted: whether an earlier run began the statement, with an end that nobody knows
 * @out_done: whether that run finished it, so that nothing is left to do
 *
 * After an attempt, clears what it left. Before the first one, an invalid index in the way is
 * somebody else's.
 *
 * Returns: whether the statement may run; else APP_ERROR_HISTORY for an index in the way, or an
 *   error as database_query().
 */
bool outside_prepare(Database *db, const Statement *statement, bool attempted, bool *out_done,
                     GError **error);

/**
 * outside_clear:
 *
 * Clears what @statement left when it failed.
 *
 * Returns: whether nothing is left; else as database_query().
 */
bool outside_clear(Database *db, const Statement *statement, GError **error);
