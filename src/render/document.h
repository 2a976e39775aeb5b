/*
 * Statements put in order for a reader: cut into steps, or written as one script.
 */
#pragma once
#include "render/render.h"

/**
 * document_steps:
 * @statements: (element-type RenderedStatement)
 *
 * Returns: (element-type GPtrArray) (transfer full): the same statements, borrowed, in the same
 *   order, cut into the fewest steps: one that no transaction may hold is a step of its own, and
 *   after a run of those that end a step a new one begins. No step is empty.
 */
GPtrArray *document_steps(const GPtrArray *statements);

/* Appends @comment as one line: a name in it may hold a line break, and what follows would run. */
void document_append_comment(GString *text, const char *comment);

/**
 * document_script:
 *
 * Returns: (transfer full): the statements with semicolons, as psql takes them: one-line
 *   statements about one thing stand together, others are set apart by blank lines; what a
 *   statement loses stands in a comment before it. "" if there are none.
 */
char *document_script(const GPtrArray *statements);
