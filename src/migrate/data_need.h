/*
 * What the stored rows do not allow: found before a run changes anything, so that nobody hears of
 * it in the middle.
 *
 * It counts what can be told before: where an earlier statement of the run changes rows, or the
 * table, and where the counting takes too long or is not possible, the server decides.
 */
#pragma once
#include "migrate/plan.h"
#include "pg/database.h"

/* One statement that the rows do not allow. */
typedef struct DataNeed {
    char *place; /* path:line */
    char *text;  /* column "name" of table "item" is NULL in 3 rows, and becomes NOT NULL */
    char *hint;  /* what to do about it */
} DataNeed;

/**
 * data_need_find:
 * @plan: (element-type PlanItem)
 * @search_path: under which the revisions run
 *
 * Returns: (transfer full) (element-type DataNeed): in the plan's order, empty if there is
 *   nothing; %NULL with APP_ERROR_CONNECT.
 */
GPtrArray *data_need_find(Database *db, const GPtrArray *plan, const char *search_path,
                          GError **error);

/* Returns: whether data_need_find() finds nothing; else APP_ERROR_REFUSED with all it finds. */
bool data_need_check(Database *db, const GPtrArray *plan, const char *search_path, GError **error);
