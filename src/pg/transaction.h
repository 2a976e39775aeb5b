/*
 * A transaction that rolls back unless it is committed.
 */
#pragma once
#include "pg/database.h"

typedef struct Transaction Transaction;

/**
 * transaction_begin:
 * @db: must outlive the transaction, and be in none
 *
 * Returns: (transfer full): the transaction, or %NULL with an error as database_execute().
 */
Transaction *transaction_begin(Database *db, GError **error);

/* The same with modes after BEGIN: "ISOLATION LEVEL REPEATABLE READ, READ ONLY". */
Transaction *transaction_begin_mode(Database *db, const char *modes, GError **error);

/**
 * transaction_commit:
 *
 * Returns: whether it is committed. A transaction that had failed before is rolled back by
 *   COMMIT: that is APP_ERROR_SQL here. With APP_ERROR_CONNECT nobody knows whether it is.
 */
bool transaction_commit(Transaction *transaction, GError **error);

/* Rolls back what is not committed. */
void transaction_free(Transaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transaction, transaction_free)
