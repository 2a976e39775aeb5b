/*
 * Where a schema is read from, as a word of the command line says.
 */
#pragma once
#include "cli/workplace.h"

/**
 * schema_source_offer:
 *
 * Lets @project work beside the first database that @words name, where it names none itself: its
 * server is where scratch databases are made.
 *
 * Returns: whether the words that are URLs can be read; else APP_ERROR_USAGE.
 */
bool schema_source_offer(Project *project, char **words, GError **error);

/**
 * schema_source_load:
 * @word: "database", "models" or "revisions" of the project; a URL or key=value string;
 *   env:NAME, for a URL in that variable; a .sql file; or a folder of models
 *
 * Returns: (transfer full): %NULL with APP_ERROR_USAGE if the word is none of these, or the
 *   error of reading it.
 */
Schema *schema_source_load(Workplace *workplace, const char *word, GError **error);

/**
 * schema_source_load_both:
 *
 * As schema_source_load() for two words; two databases are read at the same time.
 *
 * Returns: whether both were read.
 */
bool schema_source_load_both(Workplace *workplace, char **words, Schema **out_first,
                             Schema **out_second, GError **error);
