/*
 * The rows of tables, out of a dump in pg_dump's directory format, put into the tables.
 *
 * Several sessions at once take a table each, the largest first; a session that finds no other one
 * helps with the largest that is left: its rows are dealt out as they are read, so that one large
 * table takes all processors. Rows that were neighbours in the dump are in the table, but for a
 * block each.
 */
#pragma once
#include "archive/toc.h"
#include "backup/load.h"

typedef struct TableRows TableRows;

/* (transfer full) (nullable): as row_files_list(); %NULL if there are none. */
TableRows *table_rows_new(const GPtrArray *entries, GHashTable *but, const Manifest *manifest,
                          const char *folder);
void table_rows_free(TableRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableRows, table_rows_free)

/* Whether it has the rows of that entry. @rows: (nullable). */
bool table_rows_have(const TableRows *rows, const TocEntry *entry);

/* Whether it compares the checksum of that file, when it reads it. */
bool table_rows_check(const TableRows *rows, const ManifestFile *file);

/* Is called several times a second meanwhile. */
typedef void TableRowsTick(void *data);

/**
 * table_rows_load:
 * @options: the tables are there, without keys and triggers
 *
 * Returns: whether all rows are in the tables; else an error of backup/source.h or
 * database_execute(), with the table's name, or APP_ERROR_VERIFY: the server has fewer than the
 * dump.
 */
bool table_rows_load(TableRows *rows, const LoadOptions *options, TableRowsTick *tick, void *data,
                     GError **error);
