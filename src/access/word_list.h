/*
 * Settings that are lists of words.
 */
#pragma once
#include <glib.h>

/* (transfer full): the words of @text, which blanks or commas separate; empty if there are none. */
char **word_list(const char *text);
