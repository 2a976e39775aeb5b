/*
 * A table of a backup that has a copy in a side schema, and how it differs from the live one.
 */
#pragma once
#include "backup/side_sql.h"

#include <stdint.h>

typedef struct SideTable {
    char *schema, *name;
    TableShape *backup;
    TableShape *live;      /* (nullable): there is none */
    int64_t rows;          /* in the backup */
    bool compared;         /* what follows is known */
    int64_t live_rows;     /* 0 without a live table */
    int64_t only_backup;   /* as many times as a row is there more often, without a key */
    int64_t only_live;     /* the same */
    int64_t changed;       /* with the same key; 0 without one */
    char **key;            /* (nullable): columns by which rows are the same */
    GPtrArray *statements; /* (element-type utf8): SQL that takes rows back; with a semicolon */
    GPtrArray *notes;      /* (element-type utf8): differences of columns, and what else to know */
} SideTable;

/* (transfer full): nothing known but its name. */
SideTable *side_table_new(const char *schema, const char *name);
void side_table_free(SideTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SideTable, side_table_free)

/* What @table is in side_sql.h; valid as long as both. */
SidePair side_table_pair(const SideTable *table, const char *side);
