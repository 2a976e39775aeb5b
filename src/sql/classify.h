/*
 * What sort of statement a text is, by its first words.
 *
 * It reads tokens, not grammar: a statement that the server would refuse has a class too.
 */
#pragma once
#include "base/error.h"

typedef enum StatementClass {
    STATEMENT_DDL,         /* CREATE, ALTER, DROP, COMMENT, GRANT … in one database */
    STATEMENT_DML,         /* SELECT, INSERT, COPY, TRUNCATE, CALL, REFRESH … */
    STATEMENT_DO,          /* DO */
    STATEMENT_TRANSACTION, /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT … */
    STATEMENT_CLUSTER,     /* reaches beyond the database: roles, databases, subscriptions … */
    STATEMENT_SETTING,     /* SET, RESET, DISCARD, SELECT set_config(…) */
    STATEMENT_META,        /* a command of psql: begins with a backslash */
    STATEMENT_COPY_STDIN,  /* COPY … FROM STDIN: its data would follow in a psql script */
    STATEMENT_COPY_STDOUT, /* COPY … TO STDOUT: its data would go to psql */
    STATEMENT_OTHER,       /* VACUUM, LOCK, NOTIFY, unknown words … */
} StatementClass;

StatementClass statement_class(const char *text);

/* What messages call the class: "data change", "transaction control" … */
const char *statement_class_name(StatementClass class);

/**
 * statement_classify:
 * @out_alone: (out): whether the server refuses the statement inside a transaction block. CLUSTER,
 *   VACUUM and REINDEX of what only the server knows to be partitioned are not seen.
 *
 * Returns: as statement_class().
 *
 * Source: the callers of PreventInTransactionBlock() in PostgreSQL 13 to 18.
 */
StatementClass statement_classify(const char *text, bool *out_alone);

/* Whether PREPARE would take @text for its first word: SELECT, INSERT, UPDATE, DELETE, MERGE,
 * VALUES, TABLE, WITH. Nothing of it outlives its transaction by its kind alone, as SET and BEGIN
 * do. */
bool statement_is_preparable(const char *text);
