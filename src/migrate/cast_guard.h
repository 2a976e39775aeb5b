/*
 * Whether a column's new type keeps the values that are stored in it: each is cast there and
 * back, and must be what it was.
 */
#pragma once
#include "pg/database.h"
#include "sql/needs.h"

/**
 * cast_guard_append_column:
 * @need: a NEED_CAST
 *
 * Appends a query for the column: its relation, name and type as SQL writes them, and what a
 * message calls it. No row if it does not exist, or if its type can lose nothing by the cast.
 */
void cast_guard_append_column(GString *sql, const Need *need);

/**
 * cast_guard_append:
 * @need: a NEED_CAST
 * @errcode: with which to fail
 * @lock: whether to lock the table as ALTER TABLE will
 *
 * Appends a block of PL/pgSQL that fails, with message and hint, if the cast changes a value, or
 * if nothing is known to cast it back. A cast that fails loses nothing: then it is silent.
 */
void cast_guard_append(GString *sql, const Need *need, const char *errcode, bool lock);

/* Whether the server itself refuses what is too long: a string's type, and no USING. */
bool cast_guard_is_string(const Need *need);
