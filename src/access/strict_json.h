/*
 * JSON as it is signed and configured: no key twice, and no NUL.
 */
#pragma once
#include <jansson.h>

/**
 * strict_json_parse:
 * @out_line: (nullable): where it is broken
 *
 * jansson passes over a NUL behind a number, so a text could be valid to it and end earlier for
 * who reads it as a C string.
 *
 * Returns: (transfer full): %NULL if @text is no JSON.
 */
json_t *strict_json_parse(const char *text, size_t length, int *out_line);
