/*
 * Which revisions an upgrade, downgrade or stamp runs in which order, and what each does to the
 * version rows. The rows are the revisions applied that no other applied one follows or needs.
 */
#pragma once
#include "revision/graph.h"

/*
 * One revision to run, and the version rows it leaves. At most one row is updated; the other
 * changes are deletions or insertions. Ids are borrowed from the graph or the caller's rows.
 */
typedef struct PathStep {
    const Revision *revision; /* NULL only in a stamp to base */
    bool upgrade;             /* false: its downgrade is run */
    GPtrArray *deletes;       /* (element-type char*): rows to delete, by id */
    const char *update_from;  /* (nullable): the row to change … */
    const char *update_to;    /* (nullable): … and its new value */
    GPtrArray *inserts;       /* (element-type char*): rows to insert, by id */
    GPtrArray *from; /* (element-type char*): revisions left, as "Running" lines name them */
    GPtrArray *to;   /* (element-type char*): revisions reached */
} PathStep;

void path_step_free(PathStep *step);

/**
 * path_upgrade:
 * @rows: (array zero-terminated=1): where the database is
 * @target: see revision/resolve.h
 *
 * Returns: (transfer full) (element-type PathStep): parents and dependencies first, then by id;
 *   empty if the database is there. %NULL with APP_ERROR_HISTORY.
 */
GPtrArray *path_upgrade(const RevisionGraph *graph, const char *const *rows, const char *target,
                        GError **error);

/* As path_upgrade(): what must be undone so that @target is the last, children first. */
GPtrArray *path_downgrade(const RevisionGraph *graph, const char *const *rows, const char *target,
                          GError **error);

/* As path_upgrade(): the rows' changes that make @targets the version without running anything. */
GPtrArray *path_stamp(const RevisionGraph *graph, const char *const *rows,
                      const char *const *targets, GError **error);

/**
 * path_history:
 * @rows: (array zero-terminated=1): what "current" means; empty if the range has no such word
 * @range: (nullable): START:END, either may be left out; %NULL for all
 *
 * Returns: (transfer container) (element-type RevisionNode): newest first. %NULL with
 *   APP_ERROR_USAGE if @range is no range, or APP_ERROR_HISTORY.
 */
GPtrArray *path_history(const RevisionGraph *graph, const char *const *rows, const char *range,
                        GError **error);
