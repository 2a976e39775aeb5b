/*
 * How the values of a column get from one type to another.
 *
 * Knows the casts of PostgreSQL's own types; whatever it does not know goes by way of text.
 * Types are texts as format_type() gives them: numeric(10,2), timestamp(3) with time zone, text[].
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum CastWay {
    CAST_ASSIGNMENT, /* the server does it by itself */
    CAST_EXPLICIT,   /* USING c::type */
    CAST_TEXT,       /* USING c::text::type */
} CastWay;

CastWay cast_way(const char *from, const char *to);

/* Whether both are arrays. */
bool cast_is_of_arrays(const char *from, const char *to);

/* Whether the server may refuse a value: too large, too long, or no such value at all. */
bool cast_fails(const char *from, const char *to);

/* Whether values may be changed in silence: rounded, or cut. */
bool cast_loses(const char *from, const char *to);
