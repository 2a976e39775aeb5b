/*
 * What a table of a database is like, as far as rows are carried between it and another one.
 */
#pragma once
#include "pg/database.h"

typedef struct ShapeColumn {
    char *name;
    char *type;      /* with its schema unless that is pg_catalog: numeric(10,2), public.color */
    char *bare_type; /* the same without length or precision */
    bool not_null;
    bool is_generated;
    bool is_always; /* GENERATED ALWAYS AS IDENTITY */
    bool has_default;
    int key_place;   /* in the primary key, from 1; else 0 */
    char *equal;     /* (nullable): of the key: OPERATOR(pg_catalog.=) */
    char *collation; /* (nullable): COLLATE pg_catalog."default" */
} ShapeColumn;

typedef struct TableShape {
    char kind;          /* pg_class.relkind: 'r', 'p' (partitioned), 'v' … */
    bool is_inherited;  /* other tables inherit from it, and it is not partitioned */
    bool is_readable;   /* by the session's role */
    bool is_member;     /* of an extension, which may have put rows into it */
    GPtrArray *columns; /* (element-type ShapeColumn): in their order */
} TableShape;

/* (transfer full): without columns. */
TableShape *table_shape_new(char kind);
void table_shape_free(TableShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableShape, table_shape_free)

/**
 * table_shape_load:
 * @db: in a transaction that snapshot_session_settle() has settled
 * @out_shape: (transfer full) (nullable): NULL if there is no such relation
 *
 * Returns: whether it could be looked up.
 */
bool table_shape_load(Database *db, const char *schema, const char *name, TableShape **out_shape,
                      GError **error);

/* (nullable) (transfer none) */
const ShapeColumn *table_shape_find(const TableShape *shape, const char *column);
