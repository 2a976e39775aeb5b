/*
 * Which columns the constraints of the database are about, so that a violation can name the field.
 */
#pragma once
#include "pg/database.h"

typedef struct Constraints Constraints;

/* (transfer full): all of them outside the system's schemas; %NULL as database_query(). */
Constraints *constraints_load(Database *db, GError **error);
void constraints_free(Constraints *constraints);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Constraints, constraints_free)

/**
 * constraints_columns:
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the columns of a constraint or
 *   unique index, in the order of the table's columns; %NULL if it is not known.
 */
char **constraints_columns(const Constraints *constraints, const char *schema, const char *table,
                           const char *name);
