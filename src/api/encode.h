/*
 * PostgreSQL's text made into JSON. Any bytes may be given; the output is always JSON in UTF-8: a
 * text that is not what its type promises becomes a string.
 */
#pragma once
#include "api/endpoint.h"

/*
 * Appends one value. The session's settings are those of pool/session: DateStyle ISO, IntervalStyle
 * iso_8601, TimeZone UTC, bytea_output hex, extra_float_digits 1. @text NULL is null.
 */
void api_encode_value(GString *out, const ApiForms *forms, const ApiType *type, const char *text,
                      size_t length);

/* Appends a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD. */
void api_encode_string(GString *out, const char *text, size_t length);
