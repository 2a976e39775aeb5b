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
#include "diff/unmanaged.h"
#include "schema/schema.h"

/**
 * diff_schemas:
 * @from: as it is
 * @to: as it shall be
 *
 * Returns: (transfer full) (element-type Change): empty if there is no difference. The changes
 *   borrow from both schemas. Objects of kinds that are not managed are left alone: see
 *   diff_unmanaged() (diff/unmanaged.h).
 */
GPtrArray *diff_schemas(const Schema *from, const Schema *to);
