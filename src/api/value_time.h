/*
 * Dates, times and intervals as PostgreSQL takes them without any doubt.
 */
#pragma once
#include "api/value.h"

/* Each appends the text that the server is given, or adds a fault. */
bool value_date(ValueWriter *writer, const ValuePlace *where, const ApiType *type, const char *text,
                size_t length);
bool value_time(ValueWriter *writer, const ValuePlace *where, const ApiType *type, const char *text,
                size_t length);
bool value_timestamp(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const char *text, size_t length);
bool value_interval(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                    const char *text, size_t length);
