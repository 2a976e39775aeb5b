/*
 * What the text of a statement with rows tells of its result: may a column of a table become NULL
 * in it, is it ordered by columns, does it write.
 *
 * By PostgreSQL's own grammar of one version (libpg_query): it advises. Of a statement that only a
 * newer server understands, or that is longer than 32 KB, nothing is known.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* A key of ORDER BY: the column of a table or of the result, or the number of a result column. */
typedef struct QueryKey {
    char *qualifier;   /* (nullable): of item.id: "item" */
    char *name;        /* (nullable): if it is no number */
    unsigned position; /* from 1; 0 if it is no number */
} QueryKey;

typedef struct QueryFacts {
    bool into;  /* SELECT … INTO; told from the words, whether @known or not */
    bool known; /* libpg_query understood it; else all below is false and empty */

    bool writes;  /* INSERT, UPDATE, DELETE or MERGE, itself or in its WITH */
    bool locks;   /* FOR UPDATE, FOR SHARE … */
    bool keeps;   /* a column of a table is NULL in the result only where the table holds NULL,
                     but for the tables in @outer */
    bool limited; /* LIMIT or FETCH FIRST */
    bool chosen;  /* the same, to so many rows and no more as a number or a parameter says */

    /*
     * (element-type int): result columns that are expressions which are never NULL: count(*),
     * EXISTS …; from 1, or from -1 backwards behind a "*", whose columns are not counted.
     */
    GArray *never_null;
    GPtrArray *outer;   /* (element-type utf8): bare names of what outer joins may fill with NULL */
    GPtrArray *written; /* (element-type ColumnWrite): see sql/column_writes.h */
    GPtrArray *functions; /* (element-type utf8): called in the select list; last names, sorted */

    /*
     * Of SELECT … FROM one relation … ORDER BY, without grouping, DISTINCT, LIMIT, window
     * functions, WITH and FOR, that is ordered one way by columns:
     */
    GPtrArray *order; /* (nullable) (element-type QueryKey) */
    bool descending;
    size_t order_at; /* where ORDER BY begins, in bytes; all behind it belongs to it */
} QueryFacts;

/* (transfer full): of the one statement @text. */
QueryFacts *query_facts_new(const char *text);
void query_facts_free(QueryFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueryFacts, query_facts_free)
