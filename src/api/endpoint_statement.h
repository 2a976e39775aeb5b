/*
 * One statement of an endpoint: what may stand there, and its :name made into $n.
 *
 * ":name" is a parameter wherever SQL has tokens, not in quotes and comments. ":name?" is an
 * optional one: a "?" directly behind a name is always that mark, so an operator that begins with
 * "?" is written with a space before it. Between square brackets a colon that touches what stands
 * before it divides a slice: a[1:n].
 */
#pragma once
#include "api/endpoint.h"

/**
 * endpoint_add_statement:
 * @endpoint: has its method, path and file
 * @text: of @length bytes, without a semicolon, that begins in line @line of the file
 *
 * Adds the statement and the parameters that it uses first.
 *
 * Returns: else APP_ERROR_INPUT as file:line.
 */
bool endpoint_add_statement(Endpoint *endpoint, const char *text, size_t length, unsigned line,
                            GError **error);
