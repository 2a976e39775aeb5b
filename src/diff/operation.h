/*
 * Operations: changes as the nodes of a graph that says which must come before which.
 *
 * Internal to the layer. An operation that is a part of another (a column of a new table) has
 * that as its host and stands for nothing of its own in the order.
 */
#pragma once
#include "diff/change.h"
#include "diff/pair.h"

typedef struct Operation Operation;
struct Operation {
    Change *change; /* owned until it is handed over */
    Pair *pair;
    Operation *host;   /* (nullable): made by that one */
    GPtrArray *before; /* (element-type Operation): those that must come earlier; borrowed */
    GPtrArray *inside; /* (nullable) (element-type Operation): those that this one hosts */
    char *rank;        /* the place in the output where nothing else decides */
    unsigned mark;     /* of the last search that came by */
    unsigned waiting;  /* used while sorting: how many of before are still to come */
    GPtrArray *after;  /* used while sorting: who waits for this one */
    bool is_done;
};

/* The operations of a pair, at most one of each sort. */
typedef struct PairOperations {
    Operation *drop;  /* DROP, or DROP_ASIDE */
    Operation *aside; /* SET_ASIDE */
    Operation *make;  /* CREATE, ALTER, REPLACE */
} PairOperations;

typedef struct OperationTable OperationTable;

/**
 * operation_table_new:
 * @pairs: with their final fates; outlives the table
 *
 * Returns: (transfer full): the operations that the fates ask for, without order. The drop of
 *   an object that disappears with its relation is left out.
 */
OperationTable *operation_table_new(const PairTable *pairs);
void operation_table_free(OperationTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OperationTable, operation_table_free)

/* (element-type Operation): in the order of the pairs. */
const GPtrArray *operation_table_all(const OperationTable *table);

/* The operations of @pair; all %NULL if it has none or is %NULL. */
PairOperations operation_table_of(const OperationTable *table, const Pair *pair);

/* The operation that removes the object of @pair: its own, or its relation's; (nullable). */
Operation *operation_removing(const OperationTable *table, const PairTable *pairs,
                              const Pair *pair);

/* Says that @first must come before @second. Either may be %NULL. */
void operation_order(Operation *first, Operation *second);

/* The operation in the output that does what @operation asks for: itself or its host. */
Operation *operation_shown(Operation *operation);

/**
 * operation_reaches:
 * Whether @target must come before @start, directly or by way of others.
 */
bool operation_reaches(OperationTable *table, Operation *start, const Operation *target);
