/*
 * What a statement drops that may hold stored rows, by PostgreSQL's own grammar (libpg_query).
 *
 * It names what the statement names. What goes along by CASCADE, or because it belongs to what is
 * named, only the database knows.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum DropKind {
    DROP_RELATION,  /* a table, view or other relation */
    DROP_COLUMN,    /* of a table */
    DROP_ATTRIBUTE, /* of a composite type; or, by CASCADE, another type of it */
    DROP_ROWS,      /* of a table, by TRUNCATE */
    DROP_TYPE,      /* or domain */
    DROP_SCHEMA,
    DROP_EXTENSION,
    DROP_OWNED,   /* all that a role owns */
    DROP_OTHER,   /* by CASCADE what holds no rows, but on which tables or columns may stand */
    DROP_UNKNOWN, /* it drops something, and sql/syntax.h does not understand it */
} DropKind;

typedef struct Drop {
    DropKind kind;
    char *name; /* as SQL writes it, quoted where needed: what to_regclass() takes; of an extension,
                   a role or DROP_OTHER the bare name, without the schema; (nullable) where unknown,
                   and for any of DROP_OTHER */
    char *column;        /* bare name, of DROP_COLUMN and DROP_ATTRIBUTE; (nullable) */
    const char *catalog; /* (nullable): of DROP_OTHER: pg_proc */
    bool cascade;
} Drop;

/**
 * drops_of_statement:
 * @text: one statement
 *
 * Returns: (transfer full) (element-type Drop): in the statement's order; empty for what drops
 *   nothing that could hold rows, such as an index.
 */
GPtrArray *drops_of_statement(const char *text);
