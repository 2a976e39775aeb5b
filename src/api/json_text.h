/*
 * JSON as text: strings written, numbers and documents checked. Nothing here allocates but the
 * buffer that is written to.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Appends a string with its quotes. Bytes that are no UTF-8 become U+FFFD, each of them. */
void json_append_string(GString *out, const char *text, size_t length);

/* Whether @text is a number by RFC 8259, nothing before or after it. */
bool json_is_number(const char *text, size_t length);

/* Whether @text is a whole number that JSON can hold: "-12", "0", not "012". */
bool json_is_integer(const char *text, size_t length);

/* How deep arrays and objects may lie in each other for json_is_document(). */
enum { JSON_TEXT_DEPTH = 2000 };

/*
 * Whether @text is a JSON value by RFC 8259, in UTF-8 and no deeper than JSON_TEXT_DEPTH. White
 * space around it is fine, as are lone surrogates in \u escapes.
 */
bool json_is_document(const char *text, size_t length);
