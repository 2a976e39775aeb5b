/*
 * Endpoints for a table, as a file to be edited: list, get, create, replace, delete.
 */
#pragma once
#include "pg/database.h"

typedef struct Scaffold Scaffold;

/**
 * scaffold_load:
 * @db: its search_path is the project's
 * @table: a table or view, as in the catalog
 * @schema: (nullable): else where the search path finds it
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT if there is no such table or it has no
 *   columns, or as database_execute().
 */
Scaffold *scaffold_load(Database *db, const char *table, const char *schema, GError **error);
void scaffold_free(Scaffold *scaffold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scaffold, scaffold_free)

/* (transfer full): the text of the file. */
char *scaffold_write(const Scaffold *scaffold);

/* (transfer full): its name below the folder of endpoints: "item.sql", "sales/order.sql". */
char *scaffold_file(const Scaffold *scaffold);
