/*
 * NOT NULL of a column. Since PostgreSQL 18 it is a constraint that can have a name of its own, be
 * NO INHERIT, and be NOT VALID; before, and where nothing of that is unusual, only two words.
 */
#pragma once
#include "render/rendering.h"

/* Whether a NOT NULL that goes without saying (of a primary key) must be written all the same. */
bool not_null_is_unusual(const Object *column);

/* Appends " NOT NULL" for the column's line; nothing if rows that are there are not to be checked.
 */
void not_null_append_in_column(GString *sql, const Object *column);

/* Appends the statement that adds what a column's line has no words for: NOT VALID. */
void not_null_append_rest(Rendering *rendering, const Object *column);

/* The words behind ALTER COLUMN that do all of @change to NOT NULL, or %NULL if there are none. */
const char *not_null_action(const Change *change);

/* Appends the statements for what not_null_action() has no words for. */
void not_null_append_changes(Rendering *rendering, const Change *change);
