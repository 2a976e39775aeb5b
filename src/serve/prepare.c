#include "serve/prepare.h"

/* PREPARE and DEALLOCATE are in one transaction, so that both reach one session, also through a
 * pooler. The name is ours while they last. */
#define PREPARE_SQL "PREPARE retort_described AS "
#define DEALLOCATE_SQL "DEALLOCATE retort_described"

/* The commands of a statement, in their order. */
enum { COMMAND_PARSE, COMMAND_DESCRIBE, COMMAND_PREPARE, COMMAND_DEALLOCATE };

bool prepare_set_patience(Database *db, unsigned seconds, GError **error)
{
    g_autofree char *text = g_strdup_printf("%us", seconds);
    const char *values[] = {text};
    g_autoptr(PGresult) result = database_query(
        db, "SELECT pg_catalog.set_config('lock_timeout', $1, false)", values, 1, error);
    return result != NULL;
}

static void prepared_free(void *data)
{
    Prepared *prepared = data;
    PQclear(prepared->description);
    PQclear(prepared->refusal);
    g_free(prepared);
}

static bool send_statement(PGconn *connection, const char *text)
{
    g_autofree char *prepare = g_strconcat(PREPARE_SQL, text, NULL);
    return PQsendPrepare(connection, "", text, 0, NULL) == 1 &&
           PQsendDescribePrepared(connection, "") == 1 &&
           PQsendQueryParams(connection, prepare, 0, NULL, NULL, NULL, NULL, 0) == 1 &&
           PQsendQueryParams(connection, DEALLOCATE_SQL, 0, NULL, NULL, NULL, NULL, 0) == 1 &&
           PQpipelineSync(connection) == 1;
}

/* Takes one result of a statement's commands. */
static void take_result(Prepared *prepared, unsigned command, PGresult *result)
{
    g_autoptr(PGresult) taken = result;
    if (PQresultStatus(taken) == PGRES_FATAL_ERROR) {
        g_clear_pointer(&prepared->description, PQclear);
        prepared->is_utility = command == COMMAND_PREPARE;
        prepared->refusal = g_steal_pointer(&taken);
    } else if (command == COMMAND_DESCRIBE && PQresultStatus(taken) == PGRES_COMMAND_OK) {
        prepared->description = g_steal_pointer(&taken);
    }
}

/* A lock that was not had in time says nothing of the statement, and none of the next. */
static bool is_locked(const Prepared *prepared)
{
    const char *state = PQresultErrorField(prepared->refusal, PG_DIAG_SQLSTATE);
    return g_strcmp0(state, "55P03") == 0;
}

/* (transfer full): what came up to the Sync; %NULL if the connection is lost, or a table locked. */
static Prepared *receive_statement(Database *db, GError **error)
{
    PGconn *connection = database_connection(db);
    Prepared *prepared = g_new0(Prepared, 1);
    for (unsigned command = 0;;) {
        g_autoptr(PGresult) result = PQgetResult(connection);
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            return prepared;
        if (is_locked(prepared) || PQstatus(connection) == CONNECTION_BAD) {
            database_set_error(db, is_locked(prepared) ? prepared->refusal : result, error);
            prepared_free(prepared);
            return NULL;
        }
        if (result != NULL && prepared->refusal == NULL)
            take_result(prepared, command, g_steal_pointer(&result));
        else if (result == NULL)
            command++;
    }
}

static bool send_all(Database *db, const GPtrArray *texts, GError **error)
{
    PGconn *connection = database_connection(db);
    bool sent = true;
    for (unsigned i = 0; sent && i < texts->len; i++)
        sent = send_statement(connection, texts->pdata[i]);
    if (!sent)
        database_set_error(db, NULL, error);
    return sent;
}

GPtrArray *prepare_statements(Database *db, const GPtrArray *texts, GError **error)
{
    PGconn *connection = database_connection(db);
    g_assert(PQtransactionStatus(connection) != PQTRANS_INTRANS);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(prepared_free);
    if (PQenterPipelineMode(connection) != 1 || !send_all(db, texts, error)) {
        if (error != NULL && *error == NULL)
            database_set_error(db, NULL, error);
        return NULL;
    }
    for (unsigned i = 0; i < texts->len; i++) {
        Prepared *prepared = receive_statement(db, error);
        if (prepared == NULL)
            return NULL;
        g_ptr_array_add(all, prepared);
    }
    PQexitPipelineMode(connection);
    return g_steal_pointer(&all);
}
