/*
 * Tables and columns that may have been renamed.
 *
 * They are only proposed, since the guess decides over data; the user answers.
 */
#pragma once
#include "schema/schema.h"

/* A table or column that may have become another. */
typedef struct RenameCandidate {
    const Object *from;
    const Object *to;
} RenameCandidate;

/**
 * rename_candidates:
 *
 * Returns: (transfer full) (element-type RenameCandidate): pairs of a table that only @from has
 *   and one that only @to has, of which most columns agree; and of a column that only @from has
 *   and one of the same table and type that only @to has. By identity; an object may stand in
 *   several.
 */
GArray *rename_candidates(const Schema *from, const Schema *to);
