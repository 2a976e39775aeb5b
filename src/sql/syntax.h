/*
 * The tree of a statement, by PostgreSQL's own grammar of one version (libpg_query).
 */
#pragma once
#include <jansson.h>

/* Bytes of the longest statement that is parsed. The parser goes down as deep as an expression is
 * nested ("+1" is a level), it has no bound on that, and a stack that is overrun ends the program.
 */
enum { SYNTAX_LENGTH_MOST = 32768 };

/* (transfer full): the object {"stmts": [{"stmt": …}, …]} of libpg_query; %NULL if that does not
 * understand @text, or if it is longer than SYNTAX_LENGTH_MOST. */
json_t *syntax_parse(const char *text);
