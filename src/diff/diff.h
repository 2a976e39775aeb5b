/*
 * Two schemas → the ordered list of changes that turns one into the other.
 *
 * The changes run in the order given. The least invasive change is taken; a table that is on
 * both sides is never made again; what stands on a changed object and is in its way is dropped
 * and made again around it, with its comments and grants. Renames are not guessed: see
 * diff/rename.h. The result is the same for the same schemas, to the byte.
 */
#pragma once
#include "diff/change.h"
#include "schema/schema.h"

/**
 * diff_schemas:
 * @from: as it is
 * @to: as it shall be
 *
 * Returns: (transfer full) (element-type Change): empty if there is no difference. The changes
 *   borrow from both schemas. Objects of kinds that are not managed are left alone: see
 *   diff_unmanaged().
 */
GPtrArray *diff_schemas(const Schema *from, const Schema *to);

/* An object of an unmanaged kind that is on one side only. */
typedef struct UnmanagedDifference {
    const Object *object;
    bool is_missing; /* true: only in "to", so it ought to be made; false: only in "from" */
} UnmanagedDifference;

/* (transfer full) (element-type UnmanagedDifference): by identity. */
GArray *diff_unmanaged(const Schema *from, const Schema *to);
