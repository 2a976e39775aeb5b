/*
 * Which table a word of the command line means.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Whether @word is name or schema.name, as they are or as SQL quotes them. */
bool table_name_matches(const char *word, const char *schema, const char *name);

/* (transfer full): schema.name as SQL writes it. */
char *table_name_format(const char *schema, const char *name);
