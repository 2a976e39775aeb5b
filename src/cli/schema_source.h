/*
 * Where a schema is read from, as a word of the command line says.
 */
#pragma once
#include "cli/workplace.h"

/**
 * schema_source_load:
 * @word: "database", "models" or "revisions" of the project; a URL or key=value string;
 *   env:NAME, for a URL in that variable; a .sql file; or a folder of models
 *
 * Returns: (transfer full): %NULL with APP_ERROR_USAGE if the word is none of these, or the
 *   error of reading it.
 */
Schema *schema_source_load(Workplace *workplace, const char *word, GError **error);
