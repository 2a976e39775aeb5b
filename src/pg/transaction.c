#include "pg/transaction.h"

struct Transaction {
    Database *db; /* (transfer none) */
    bool open;
};

Transaction *transaction_begin_mode(Database *db, const char *modes, GError **error)
{
    g_autofree char *begin = g_strconcat("BEGIN ", modes, NULL);
    if (!database_execute(db, begin, error))
        return NULL;
    Transaction *transaction = g_new0(Transaction, 1);
    transaction->db = db;
    transaction->open = true;
    return transaction;
}

Transaction *transaction_begin(Database *db, GError **error)
{
    return transaction_begin_mode(db, "", error);
}

bool transaction_commit(Transaction *transaction, GError **error)
{
    g_assert(transaction->open);
    transaction->open = false;
    bool failed = PQtransactionStatus(database_connection(transaction->db)) == PQTRANS_INERROR;
    if (!database_execute(transaction->db, "COMMIT", error))
        return false;
    if (failed)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_SQL,
                            "the transaction had failed and was rolled back");
    return !failed;
}

void transaction_free(Transaction *transaction)
{
    if (transaction == NULL)
        return;
    /* Without a connection the server has rolled back by itself. */
    if (transaction->open)
        database_execute(transaction->db, "ROLLBACK", NULL);
    g_free(transaction);
}
