/*
 * Where a database keeps its version: one row for each head that it is at.
 *
 * The table is retort.version, or one that another tool made, such as public.alembic_version:
 * name and constraint of the column are Alembic's, so that either may read what the other wrote.
 * It is made by state_ensure() (migrate/state.h). Reading makes nothing.
 */
#pragma once
#include "pg/database.h"

typedef struct VersionTable VersionTable;

/**
 * version_table_new:
 * @name: (nullable): schema.table, or a table of the schema public; %NULL is "retort.version"
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_INPUT if @name is no such name.
 */
VersionTable *version_table_new(const char *name, GError **error);
void version_table_free(VersionTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VersionTable, version_table_free)

/* Both (transfer none). */
const char *version_table_schema(const VersionTable *table);
const char *version_table_name(const VersionTable *table);

/* schema.table, quoted where needed; (transfer none). */
const char *version_table_quoted(const VersionTable *table);

/**
 * version_table_load:
 *
 * Returns: (transfer full) (array zero-terminated=1): the ids that @db is at, sorted by bytes;
 *   empty if there are none or the table does not exist; %NULL as database_query().
 */
char **version_table_load(const VersionTable *table, Database *db, GError **error);

/* One change of the rows: @from NULL inserts @to, @to NULL deletes @from, else @from becomes @to.
 */
typedef struct VersionRow {
    const char *from; /* (nullable) */
    const char *to;   /* (nullable) */
} VersionRow;

/* Appends the statement that makes the change, without a semicolon. */
void version_table_append_change(GString *sql, const VersionTable *table, VersionRow row);

/**
 * version_table_append_checked:
 *
 * As version_table_append_change(), but the statement fails with division_by_zero unless it
 * changes exactly one row, so that a whole transaction may be sent without waiting in between.
 */
void version_table_append_checked(GString *sql, const VersionTable *table, VersionRow row);

/* Is 1 in a statement that begins with the change below, if that changed one row; NULL if none. */
#define VERSION_CHANGED "(select 1 from version_change)"

/*
 * Appends what a statement to be prepared begins with to change a row besides: parameter @number
 * becomes the one after it.
 */
void version_table_append_prepared(GString *sql, const VersionTable *table, unsigned number);
