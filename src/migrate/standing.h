/*
 * Where a database stands: the revisions that it is at, and the one that it is in the middle of.
 *
 * Read-only, and as quick as the version alone: a history that is missing, or that the role may
 * not read, says nothing. What a run makes of it: see migrate/plan.h.
 */
#pragma once
#include "migrate/version_table.h"

typedef struct Standing {
    char **rows;     /* the version rows, by id; empty at base */
    char *revision;  /* (nullable): the one in the middle; NULL if all are whole. No file need have
                        it, and none of `rows` if it is its upgrade */
    char *direction; /* "upgrade" or "downgrade"; NULL as `revision` */
    char *since;     /* when its last step ended: 2026-11-22 18:30:00 UTC; NULL as `revision` */
    unsigned step;   /* steps that are done */
    unsigned steps;  /* that it has */
    bool attempted;  /* whether the step after them was begun outside a transaction */
    GHashTable *backups; /* (nullable): of history_table_backups(); NULL until they are loaded */
} Standing;

/* (transfer full): %NULL as database_query(). */
Standing *standing_load(const VersionTable *table, Database *db, GError **error);

/* Loads the backups, too, for who shows them: all of the history is read. As database_query(). */
bool standing_load_backups(Standing *standing, const VersionTable *table, Database *db,
                           GError **error);
void standing_free(Standing *standing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Standing, standing_free)

/* (transfer full) (nullable): in the middle of its upgrade, after step 1 of 2, since … */
char *standing_describe(const Standing *standing);
