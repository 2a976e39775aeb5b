/*
 * Two schemas → the draft of a revision: the steps that lead from one to the other, and back.
 */
#pragma once
#include "revision/revision.h"
#include "schema/schema.h"

/**
 * draft_steps:
 *
 * Returns: (transfer full) (element-type Step): what turns @from into @to; empty if they do not
 *   differ. A statement that loses data has a comment above that says what.
 */
GPtrArray *draft_steps(const Schema *from, const Schema *to);

/**
 * draft_fill:
 * @before: (nullable) (array zero-terminated=1): statements that come first in the upgrade, and
 *   lead from the real @now to the one given: renames
 * @after: (nullable) (array zero-terminated=1): those that come last in the downgrade
 *
 * Fills in both ways of @revision.
 */
void draft_fill(Revision *revision, const Schema *now, const Schema *wanted,
                const char *const *before, const char *const *after);
