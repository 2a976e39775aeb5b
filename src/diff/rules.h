/*
 * What PostgreSQL can change in place, kind by kind: one row a kind.
 *
 * Internal to the layer. Source: the manual's pages of ALTER and CREATE OR REPLACE, and what the
 * server refuses (tablecmds.c, pg_proc.c ProcedureCreate(), view.c checkViewColumns()).
 */
#pragma once
#include "diff/pair.h"

typedef struct KindRules {
    /*
     * The fate of an object that is on both sides with pair->differences: FATE_ALTER,
     * FATE_REPLACE, FATE_REBUILD or FATE_ASIDE.
     */
    Fate (*change)(const Pair *pair);

    /*
     * The fate of an object that is on both sides when @cause, which it stands on, is dropped,
     * made again, set aside, or gets another type. May add to pair->differences. FATE_KEEP if
     * it is not touched by that.
     */
    Fate (*disturb)(Pair *pair, const Pair *cause);
} KindRules;

extern const KindRules kind_rules[];

/* Whether @pair is a column whose type or collation is to change in place. */
bool pair_changes_type(const Pair *pair);
