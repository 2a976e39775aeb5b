/*
 * Lists as PostgreSQL writes them: one-dimensional array literals such as {a,"b c",NULL}.
 */
#pragma once
#include <glib.h>

/**
 * list_parse:
 * @literal: (nullable): output of array_out for a one-dimensional array
 *
 * Returns: (transfer full) (array zero-terminated=1): the elements, NULL elements as "";
 *   empty for %NULL, {} and malformed text.
 */
char **list_parse(const char *literal);

/* (transfer full): the literal for @words, every element quoted. */
char *list_format(const char *const *words);
