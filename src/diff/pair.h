/*
 * Two schemas side by side: each object with its counterpart, and what shall become of it.
 *
 * Internal to the layer. Pairs are found by kind and identity, get their fate from the rules of
 * their kind (diff/rules.h), and then from what happens to the objects they stand on
 * (diff/disturb.h).
 */
#pragma once
#include "schema/schema.h"

/* In the order of force: a pair's fate is only ever made stronger. */
typedef enum Fate {
    FATE_KEEP,
    FATE_RENAME,  /* the name, and nothing else */
    FATE_ALTER,   /* in place */
    FATE_REPLACE, /* CREATE OR REPLACE */
    FATE_REBUILD, /* dropped, then made again */
    FATE_ASIDE,   /* a type: renamed, made again, its columns moved over, the old one dropped */
    FATE_CREATE,
    FATE_DROP,
} Fate;

typedef struct Pair {
    const Object *from;   /* (nullable) */
    const Object *to;     /* (nullable) */
    unsigned differences; /* bits of the attributes that differ or are to be set again */
    Fate fate;
    GPtrArray *dependents; /* (nullable) (element-type Pair): whose from needs this from */
} Pair;

typedef struct PairTable PairTable;

/**
 * pair_table_new:
 * @from, @to: outlive the table
 *
 * Returns: (transfer full): all pairs but those of KIND_OTHER, which are never touched. Created
 *   and dropped objects have their fate; all others are to be kept.
 */
PairTable *pair_table_new(const Schema *from, const Schema *to);
void pair_table_free(PairTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PairTable, pair_table_free)

/* (element-type Pair): by kind, then identity. */
const GPtrArray *pair_table_pairs(const PairTable *table);

/* (nullable) (transfer none): the pair that holds @object on either side. */
Pair *pair_table_find(const PairTable *table, const Object *object);

/* Makes one pair of two: the object of @dropped has become that of @created, which is freed. */
void pair_table_join(PairTable *table, Pair *dropped, Pair *created);

/* Whether @object needs @needed directly. Either may be %NULL. */
bool object_depends_on(const Object *object, const Object *needed);
