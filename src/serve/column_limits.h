/*
 * Which columns hold less than what may be sent for them, so that what is too long or too large
 * can be told apart from what is written beside it: the server's own error names no column.
 */
#pragma once
#include "pg/database.h"

/* One column. Texts are its own. */
typedef struct ColumnLimit {
    char *schema;
    char *domain_schema, *domain; /* (nullable): its type */
    unsigned characters;          /* of varchar(n) and char(n); 0: no limit */
    unsigned precision;           /* of numeric(p, s); 0: no limit */
    int scale;
} ColumnLimit;

typedef struct ColumnLimits ColumnLimits;

/* (transfer full): all of them outside the system's schemas; %NULL as database_query(). */
ColumnLimits *column_limits_load(Database *db, GError **error);
void column_limits_free(ColumnLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ColumnLimits, column_limits_free)

/**
 * column_limits_find:
 * @schema: (nullable): %NULL for a column of each table of that name
 * @visit: called for each column that is found
 */
void column_limits_find(const ColumnLimits *limits, const char *schema, const char *table,
                        const char *column, void (*visit)(const ColumnLimit *limit, void *data),
                        void *data);

/* Whether the column cannot hold the number or text that PostgreSQL reads @value as. */
bool column_limit_is_exceeded(const ColumnLimit *limit, const char *value);
