/*
 * SQL text that this program writes: identifiers and literals quoted where they must be.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/**
 * sql_append:
 * @sql: text to append to
 * @format: text with %I (identifier), %L (literal; %NULL gives NULL), %s (as it is) and %%,
 *   which mean what they do in PostgreSQL's format(). All arguments are const char *.
 *
 * The number of arguments is asserted.
 */
#define sql_append(sql, ...)                                                                       \
    sql_append_words((sql), (const char *const[]){__VA_ARGS__},                                    \
                     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* The function behind sql_append: @words is the format and its arguments, @count of them. */
void sql_append_words(GString *sql, const char *const *words, size_t count);

/**
 * sql_quote_identifier:
 * Returns: (transfer full): @name, in double quotes only where PostgreSQL needs them: when it
 *   is not lower case, or is a keyword other than an unreserved one.
 */
char *sql_quote_identifier(const char *name);

/**
 * sql_quote_literal:
 * Returns: (transfer full): @text in single quotes; in the E'' form if it holds a backslash, so
 *   that it reads the same whatever standard_conforming_strings says.
 */
char *sql_quote_literal(const char *text);
