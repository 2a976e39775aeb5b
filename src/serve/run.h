/*
 * A call of an SQL endpoint: its words checked, its statements sent, its rows answered.
 */
#pragma once
#include "serve/call.h"

/* Begins; answers now if the request is wrong, else when the database has. */
void run_endpoint(Call *call);

/* Checks the words of @call into call->arguments; what is wrong is answered. */
bool run_bind(Call *call);

/* Whether @rows are as the endpoint was described; if not, the endpoints are read again. */
bool run_fits(const Call *call, const PGresult *rows);

/* Answers @call, whose rows do not fit. @kept: what it wrote has been committed. */
void run_refuse_outdated(Call *call, bool kept);

/* Whether what the standby said may be so because it is behind what the client has written: it says
 * that it is, or has refused something and not said that it is not: run_on_primary(). */
bool run_is_unsure(const Call *call, const PoolResult *result);

/* Asks the primary the same, which stays a read there. */
void run_on_primary(Call *call);

/* Sends the statements of the endpoint, for a handler in C, behind the guard of call->token if that
 * is set. @rows: (nullable): as PoolRequest.rows. */
void run_statements(Call *call, PoolDone *done, PoolRows *rows, void *data);

/* Sends one statement of a handler's own, likewise; @values are copied. */
void run_own_statement(Call *call, const PoolStatement *statement, const char *const *values,
                       PoolDone *done, void *data);

/* Begins with a statement that only proves that the database answers; then @proven is called, or
 * the call is answered with 503. */
typedef void RunProven(Call *call);
void run_proof(Call *call, RunProven *proven);
