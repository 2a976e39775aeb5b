/*
 * What a run will do: revisions in their order, each up or down, with the rows of the version
 * that change with it, and where a run that was cut off goes on.
 */
#pragma once
#include "migrate/history_table.h"
#include "migrate/version_table.h"
#include "revision/path.h"

/* One revision to run. Borrows from the graph and from its plan. */
typedef struct PlanItem {
    const Revision *revision;
    bool up;        /* else down */
    unsigned done;  /* steps of it that were done before, in this direction */
    bool attempted; /* whether the step after them was begun, with an end that nobody knows */
    GArray *rows;   /* (element-type VersionRow): changes with its last step; may be empty */
    char *from;     /* the version before and after, for messages: "a, b"; "" for base */
    char *to;
} PlanItem;

/* (element-type Step) (transfer none): what is run of it, those done before included. */
const GPtrArray *plan_item_steps(const PlanItem *item);

/* "upgrade" or "downgrade" */
const char *plan_item_direction(const PlanItem *item);

/* (transfer full): Running upgrade A -> B, message */
char *plan_item_describe(const PlanItem *item);

/* (transfer full) (element-type VersionRow): the changes of @step, in the order to make them. */
GArray *plan_version_rows(const PathStep *step);

/* (transfer full): @ids, joined by ", ". */
char *plan_join_ids(const GPtrArray *ids);

/* (transfer full): the checksum of the statements of the first @count steps of @item. */
char *plan_item_checksum(const PlanItem *item, unsigned count);

/* Whether the text of a statement of @step holds @word, in any letter case. */
bool plan_step_mentions(const Step *step, const char *word);

/* Whether @step may leave settings of the session behind. */
bool plan_step_may_set(const Step *step);

typedef struct Plan {
    char **rows;      /* the version that it begins with */
    GPtrArray *path;  /* (element-type PathStep) */
    GPtrArray *items; /* (element-type PlanItem): in order; empty if there is nothing to do */
    bool purge;       /* of a stamp: whether all rows are deleted first */
} Plan;

/**
 * plan_new:
 * @rows: (array zero-terminated=1) (transfer full): the version that the database is at
 * @position: (nullable): where the last run stopped
 * @up: whether to go up to @target or down
 *
 * A revision that the last run left in part comes first: it goes on with the step that is next,
 * or, in the other direction, takes back those that were done. Steps that are not done yet may
 * have been edited since.
 *
 * Returns: (transfer full): the plan, which borrows from @graph; %NULL with APP_ERROR_HISTORY if
 *   @target is unknown, is not in that direction, or leaves out the revision in part.
 */
Plan *plan_new(const RevisionGraph *graph, char **rows, const Position *position, bool up,
               const char *target, GError **error);
/**
 * plan_new_stamp:
 * @rows: (array zero-terminated=1) (transfer full): the version that the database is at
 * @targets: (array zero-terminated=1): what it shall be
 * @purge: whether to forget @rows, also those that no revision has
 *
 * Returns: (transfer full): a plan without items; its path has the changes. %NULL with
 *   APP_ERROR_HISTORY.
 */
Plan *plan_new_stamp(const RevisionGraph *graph, char **rows, const char *const *targets,
                     bool purge, GError **error);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)
