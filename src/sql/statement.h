/*
 * One SQL statement and where it stands.
 */
#pragma once
#include <glib.h>

typedef struct Statement {
    char *text;    /* from its first token to its last: no semicolon, no comments around it */
    unsigned line; /* of its first token in the file, from 1 */
} Statement;

/* (transfer full): copies @text. */
Statement *statement_new(const char *text, unsigned line);
void statement_free(Statement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_free)
