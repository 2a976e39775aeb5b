/*
 * Pieces of SQL text that several kinds need.
 */
#pragma once
#include "schema/object.h"

#define TEXT_LINE_WIDTH 100 /* characters; what is longer is broken where it can be */

/* (transfer full): schema.name, quoted where needed; the name alone if it lies in public. */
char *text_qualify(const char *schema, const char *name);

/* (transfer full): @object as SQL names it: without arguments. */
char *text_name(const Object *object);

/* (transfer full): the relation or domain that @object belongs to. */
char *text_relation(const Object *object);

/* (transfer full): f(integer, text) */
char *text_signature(const Object *function);

/**
 * text_append_expression:
 * Appends @expression as it can stand behind DEFAULT within a column: in parentheses if it holds
 * an operator word such as AND outside of all parentheses.
 */
void text_append_expression(GString *sql, const char *expression);

/* Appends @expression in exactly one pair of parentheses. */
void text_append_wrapped(GString *sql, const char *expression);

/* Appends @body between dollar quotes whose tag does not occur in it; @word makes the tag. */
void text_append_dollar_quoted(GString *sql, const char *body, const char *word);

/* Appends @definition without the blanks around it and the semicolon at its end. */
void text_append_definition(GString *sql, const char *definition);

/**
 * text_append_broken:
 * @words: (array zero-terminated=1): such as "FOR EACH "
 *
 * Appends @text, as the server writes it; if it is too long for a line, with a line break before
 * each of @words that stands outside of quotes and parentheses.
 */
void text_append_broken(GString *sql, const char *text, const char *const *words);

/* Appends " WITH (name = value, …)" if there are options. @list: of name=value; may be NULL. */
void text_append_with(GString *sql, const char *list);

/**
 * text_option_changes:
 * @out_set: (transfer full): "name = value, …" of what @to has and @from has not or otherwise
 * @out_reset: (transfer full): "name, …" of what only @from has
 *
 * Both are empty if there is nothing of that sort.
 */
void text_option_changes(const char *from, const char *to, char **out_set, char **out_reset);

/* (transfer none): the last part of @name, which is SQL: "b" of a."b". */
const char *text_last_name(const char *name);

/**
 * text_split:
 * Returns: (transfer full) (array zero-terminated=1): the parts of @list between the commas that
 *   stand outside of quotes and parentheses, without blanks around them.
 */
char **text_split(const char *list);
