/*
 * A look at the rows of the application, before anything is changed.
 */
#pragma once
#include "pg/transaction.h"

/**
 * data_look_begin:
 * @longest: (nullable): statement_timeout, such as "30s"; %NULL leaves the session's
 *
 * Returns: (transfer full): a transaction that only reads, sees all rows or fails, waits for locks
 *   3 seconds, and finds names by @search_path; %NULL as transaction_begin().
 */
Transaction *data_look_begin(Database *db, const char *search_path, const char *longest,
                             GError **error);
