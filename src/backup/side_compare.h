/*
 * How the copies in a side schema differ from the live tables, in one snapshot that writes nothing.
 */
#pragma once
#include "backup/side_table.h"

/**
 * side_compare:
 * @tables: (element-type SideTable): get what is known of the live tables, the numbers, statements
 * and notes
 *
 * A statement is given only if the server can parse it; else a note says why not. Returns: whether
 * all could be compared; a live table that cannot be is noted, and is no error.
 */
bool side_compare(Database *live, const char *side, GPtrArray *tables, GError **error);
