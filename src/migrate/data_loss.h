/*
 * Rows that a revision would drop: found before it runs, and refused while it runs.
 */
#pragma once
#include "migrate/plan.h"
#include "pg/database.h"

/* With which the guard fails. */
#define DATA_LOSS_SQLSTATE "RT001"

/**
 * data_loss_find:
 * @search_path: under which the revisions run
 *
 * Looks at what is in the database now; tables that the plan itself makes first hold nothing yet.
 *
 * Returns: (transfer full) (array zero-terminated=1): what would lose rows, each as
 *   `table "item"` or `column "price" of table "item"`, sorted; empty if nothing; %NULL as
 * database_query().
 */
char **data_loss_find(Database *db, const GPtrArray *plan, const char *search_path, GError **error);

/**
 * data_loss_guard:
 *
 * Returns: (transfer full) (nullable): a statement to run before @statement in its transaction:
 *   it locks what @statement drops and fails with DATA_LOSS_SQLSTATE if that holds rows; %NULL if
 *   it drops nothing that could.
 */
char *data_loss_guard(const Statement *statement);

/* Turns the guard's failure, the last of @db, into APP_ERROR_REFUSED. */
void data_loss_explain(const Database *db, GError **error);
