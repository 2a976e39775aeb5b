/*
 * Tables of a backup or a dump, put into a schema of their own beside the live ones, and compared
 * with them.
 *
 * The dump goes into a scratch database first, an archive only as far as the tables need it; from
 * there rows go to the side schema by COPY. The side schema is made and filled in one transaction:
 * what fails leaves nothing. Nothing live is changed. A copy has the columns, NOT NULL and the
 * primary key of its table, and nothing else: no defaults, foreign keys, triggers or rights.
 *
 * Its comment marks the schema (SIDE_SCHEMA_MARK), so that it is left out where schemas are
 * compared.
 */
#pragma once
#include "backup/restore.h"
#include "backup/side_table.h"

/* A value: begin with {0}. */
typedef struct SideOptions {
    const Config *config;
    const ConnectionSettings *target; /* the live database; of the server itself */
    const Environment *environment;
    const char *identities;    /* (nullable) */
    unsigned jobs;             /* from 1 */
    const char *schema;        /* the side schema; must not be there */
    const char *const *tables; /* (array zero-terminated=1): see table_name_matches() */
    LoadProgress *progress;    /* (nullable): of the dump, then of the rows */
    void *data;
} SideOptions;

/**
 * side_tables_restore:
 *
 * Returns: (element-type SideTable) (transfer full): in the order of the words, no table twice;
 * %NULL with APP_ERROR_REFUSED (the schema is there), APP_ERROR_INPUT (no such table in the backup,
 * a type that lacks live), APP_ERROR_VERIFY (other rows than the backup says), APP_ERROR_SQL, or an
 * error of backup/load.h and pg/scratch.h: then there is no side schema, unless the message says
 * that only the comparison was not possible.
 */
GPtrArray *side_tables_restore(const SideOptions *options, const RestoreFrom *from, GError **error);

/* (transfer full): restored_20261123t133000z, of now. */
char *side_schema_name(void);

/* Returns: whether the side schema can be made in @live; else APP_ERROR_REFUSED, APP_ERROR_USAGE
 * (no name for a schema), APP_ERROR_SQL. */
bool side_schema_check(Database *live, const char *schema, GError **error);
