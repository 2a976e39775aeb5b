/*
 * Arrays, composites and ranges: values made of values. Part of api/encode.h.
 */
#pragma once
#include "api/endpoint.h"

/* What writes a value inside. @depth counts how deep it lies. */
typedef void ApiEncodeInner(GString *out, const ApiForms *forms, const ApiType *type,
                            const char *text, size_t length, unsigned depth);

/* A value that is made of values: what it is, where, and how to write what is inside. */
typedef struct Nested {
    const ApiForms *forms;
    const ApiType *type;
    const char *at, *end;
    unsigned depth;
    ApiEncodeInner *inner;
} Nested;

/* Each appends the whole text as JSON, or returns false: then it is malformed, and what was
 * appended is for the caller to take back. */
bool encode_array(GString *out, Nested *nested);
bool encode_vector(GString *out, Nested *nested);
bool encode_composite(GString *out, Nested *nested);
bool encode_range(GString *out, Nested *nested);
bool encode_multirange(GString *out, Nested *nested);
