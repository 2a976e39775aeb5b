/*
 * The table of a restored dump that a word of the command line means.
 */
#pragma once
#include "pg/database.h"

/**
 * table_choice_load:
 *
 * Returns: (transfer full): schema and name of each table of @db that rows can be taken of; %NULL
 * with an error as database_query().
 */
PGresult *table_choice_load(Database *db, GError **error);

/**
 * table_choice_find:
 * @tables: of table_choice_load()
 * @word: see table_name_matches()
 *
 * Returns: the row; of several tables that it may mean, the only one in the schema public. -1 with
 * APP_ERROR_INPUT and a hint: there is none, or several.
 */
int table_choice_find(const PGresult *tables, const char *word, GError **error);
