/*
 * What the earlier statements of a run will have changed, so that the database as it is now does
 * not answer for what a later one meets.
 *
 * Told from their words, and rather too much than too little.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct Earlier Earlier;

Earlier *earlier_new(void);
void earlier_free(Earlier *earlier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Earlier, earlier_free)

/* Adds what the statement @text, the next one of the run, changes. */
void earlier_add(Earlier *earlier, const char *text);

/* Whether a statement was of a kind that may change rows, or do anything. */
bool earlier_changes_rows(const Earlier *earlier);

/* In place of a column: any column of the table. */
#define EARLIER_ANY_COLUMN "*"

/* Whether @table, or @column of it (nullable), may be another one by then, or any name may. */
bool earlier_has(const Earlier *earlier, const char *table, const char *column);

/**
 * earlier_names:
 * @text: a type or expression
 * @except: (nullable): a type that does not count, with brackets or without
 *
 * Returns: whether @text names a type, domain, function or collation that may be another one by
 *   then; or calls anything, if a function is: it may call that.
 */
bool earlier_names(const Earlier *earlier, const char *text, const char *except);

/**
 * earlier_labels:
 * @type: with brackets or without
 * @out_several: (out): whether a value is an array of them: an array, or a domain over one
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the values, as literals, of the
 *   enum type that was created by this name; %NULL if none was.
 */
char **earlier_labels(const Earlier *earlier, const char *type, bool *out_several);
