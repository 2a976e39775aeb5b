/*
 * Values that are one text or number: all forms but those that JSON has as arrays or objects.
 */
#pragma once
#include "api/value.h"

/* @type is not nested and not json. */
bool value_plain_from_text(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                           const char *text, size_t length);
bool value_plain_from_json(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                           const JsonSlice *value);
