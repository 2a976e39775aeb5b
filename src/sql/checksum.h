/*
 * A checksum of SQL that tells meaning from looks: comments, layout and the letter case of words
 * without quotes do not matter; literals, quoted identifiers and all else do.
 */
#pragma once
#include "base/error.h"

/**
 * checksum_add_statement:
 * @sum: a SHA-256 sum to add to
 * @text: one statement; what it holds behind an unclosed quote counts as it is
 */
void checksum_add_statement(GChecksum *sum, const char *text);

/* Adds @word itself, with a mark that keeps it apart from its neighbours. */
void checksum_add_word(GChecksum *sum, const char *word);

/* (transfer full): 64 hex digits for one statement. */
char *checksum_of_statement(const char *text);
