/*
 * The known word that a mistyped one was probably meant to be, for hints.
 */
#pragma once
#include <glib.h>

/**
 * nearest_word:
 * @word: what was typed
 * @known: (array zero-terminated=1): the words there are
 *
 * Returns: (nullable) (transfer none): the element of @known that is fewest edits away from
 *   @word, the first of several; %NULL if none is near enough to be a likely slip.
 */
const char *nearest_word(const char *word, const char *const *known);
