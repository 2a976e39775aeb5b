/*
 * What the statements of a plan need of the stored rows, with what is known of the statements
 * before them.
 */
#pragma once
#include "migrate/plan.h"
#include "sql/needs.h"

typedef struct PlanNeed {
    const PlanItem *item;
    const Statement *statement;
    const Need *need; /* borrowed from the list of its statement, which lives as long */
    bool settled;     /* whether what it is about is the same now as when it will run */
    bool after_rows;  /* whether an earlier statement of the plan may change rows */
    char **labels;    /* (nullable): values, as literals, of the enum type that the plan makes for a
                         NEED_CAST */
    bool several;     /* whether a value is an array of @labels */
    GPtrArray *needs; /* of its statement */
} PlanNeed;

/**
 * plan_needs_find:
 * @plan: (element-type PlanItem)
 *
 * A plan that needs nothing costs a look at the first words of each statement.
 *
 * Returns: (transfer full) (element-type PlanNeed): in the plan's order; empty if there are none.
 */
GPtrArray *plan_needs_find(const GPtrArray *plan);
