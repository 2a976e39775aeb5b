/*
 * What a CREATE TABLE or ADD COLUMN makes besides, sorted by where it is written.
 */
#pragma once
#include "render/rendering.h"

typedef struct Fold {
    GPtrArray *columns;    /* (element-type Object): by position */
    GPtrArray *in_columns; /* (element-type Object): constraints for their column's line */
    GPtrArray *lines;      /* (element-type Object): constraints with lines of their own */
    GPtrArray *later;      /* (element-type Object): constraints that the statement cannot make */
    GHashTable *defaults;  /* name of a column → Object */
    GPtrArray *rest;       /* (element-type Change): anything else, to be done afterwards */
} Fold;

/**
 * fold_new:
 * @column: (nullable): the column that is added; %NULL for a new table
 * @inside: (nullable) (element-type Change): borrowed
 *
 * For a column that is added, no constraint has a line of its own.
 */
Fold *fold_new(const NameUse *names, const Object *column, const GPtrArray *inside);
void fold_free(Fold *fold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fold, fold_free)

/* (nullable): the default of @column. */
const Object *fold_default(const Fold *fold, const char *column);

/* (element-type Object) (transfer container): the constraints for @column's line. */
GPtrArray *fold_column_constraints(const Fold *fold, const char *column);

/* Appends what comes after the statement: constraints, marks of their indexes, the rest. */
void fold_append_rest(const Fold *fold, Rendering *rendering);
