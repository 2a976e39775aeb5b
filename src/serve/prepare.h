/*
 * Many statements prepared and described by the server, in one pipeline.
 */
#pragma once
#include "pg/database.h"

/* What the server said of one statement. */
typedef struct Prepared {
    PGresult *description; /* (nullable): for PQparamtype(), PQfname() …; %NULL if it is refused */
    PGresult *refusal;     /* (nullable): the error */
    bool is_utility;       /* refused by SQL's PREPARE alone: DDL and the like */
} Prepared;

/* How long a statement waits for a lock on a table before it is given up: seconds. */
enum { PREPARE_PATIENCE = 10 };

/* Sets lock_timeout of the connection to @seconds. False as database_query(). */
bool prepare_set_patience(Database *db, unsigned seconds, GError **error);

/**
 * prepare_statements:
 * @db: in no transaction; nothing is left there
 * @texts: (element-type utf8): one statement each, with $1 …
 *
 * Each is also prepared by SQL's own PREPARE, which takes SELECT, VALUES, INSERT, UPDATE, DELETE
 * and MERGE alone. Nothing runs.
 *
 * Returns: (transfer full) (element-type Prepared): one a text; %NULL as database_execute() if
 *   the server could not be asked.
 */
GPtrArray *prepare_statements(Database *db, const GPtrArray *texts, GError **error);
