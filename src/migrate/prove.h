/*
 * Proving revisions that are there, one after the other, on one scratch database.
 */
#pragma once
#include "migrate/proof.h"
#include "revision/graph.h"

/* What is said of one revision. @proof is valid during the call. */
typedef bool ProveReport(const Revision *revision, const Proof *proof, void *data, GError **error);

/**
 * prove_revisions:
 * @ordered: (element-type Revision): all that are needed, parents and dependencies first
 * @wanted: (element-type Revision): those of @ordered to prove
 * @report: called for each of @wanted, in order; may fail
 *
 * A revision whose downgrade does not hold does not keep the following from being proven; one
 * whose upgrade fails does.
 *
 * Returns: whether all could be tried; else APP_ERROR_VERIFY if an upgrade fails, APP_ERROR_SQL
 * with file:line if that of one not to be proven does, or an error of @report or of the scratch
 * database.
 */
bool prove_revisions(const RehearsalOptions *options, const GPtrArray *ordered,
                     const GPtrArray *wanted, ProveReport *report, void *data, GError **error);
