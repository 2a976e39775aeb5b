/*
 * One value of a request made into the text of a PostgreSQL parameter, or into faults.
 *
 * What is refused here, the database is never asked. What only the server can know (the checks of
 * a domain, whether a text is an inet address, a range whose bounds are the wrong way round) it
 * tells itself.
 */
#pragma once
#include "api/fault.h"
#include "api/json_read.h"

/* Where a value stands. Inner ones point to outer ones; the outermost is the parameter. */
typedef struct ValuePlace {
    const struct ValuePlace *outer;
    const char *name; /* %NULL: an element, by @index */
    size_t length;
    unsigned index;
} ValuePlace;

/* What is written to. The texts are the caller's. */
typedef struct ValueWriter {
    GString *out;     /* gets the text; some of it if there is a fault */
    GString *scratch; /* for strings with escapes */
    ApiFaults *faults;
    ApiPlace place;
    unsigned depth; /* of JSON in texts */
} ValueWriter;

/* Adds a fault with @where as its pointer. Returns: false. */
bool value_refuse(const ValueWriter *writer, const ValuePlace *where, const char *kind,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);

/**
 * value_from_text:
 * @text: of a query, path or header, decoded: UTF-8 without NUL; or of a JSON string
 *
 * Plain types have the text that they have in JSON's strings. Those that are arrays, objects or any
 * JSON there are JSON here too.
 */
bool value_from_text(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const char *text, size_t length);

/* @value: not null, but for json */
bool value_from_json(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const JsonSlice *value);

/**
 * value_quote:
 * @from: where an element begins in @out
 *
 * Puts it in quotes, as elements of arrays, rows and ranges may always be.
 */
void value_quote(GString *out, size_t from);
