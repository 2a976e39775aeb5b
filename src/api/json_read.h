/*
 * JSON read in place: its values as slices of the text, so that numbers of any size stay exact and
 * json is passed on as it was written. Nothing is allocated.
 *
 * A text is checked as a whole first, by RFC 8259 without any leniency; what walks through it then
 * relies on that.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum JsonSort {
    JSON_SORT_OBJECT,
    JSON_SORT_ARRAY,
    JSON_SORT_STRING,
    JSON_SORT_NUMBER,
    JSON_SORT_TRUE,
    JSON_SORT_FALSE,
    JSON_SORT_NULL,
} JsonSort;

/* A value in a checked text: without space around it, strings with their quotes. */
typedef struct JsonSlice {
    JsonSort sort;
    const char *data;
    size_t length;
} JsonSlice;

enum { JSON_READ_DEPTH = 512 };

/**
 * json_read:
 * @depth: how many arrays and objects may lie in each other; JSON_READ_DEPTH at most
 * @out_value: the value that @text is
 * @out_at: where it is wrong, in bytes
 * @out_problem: why: "has a number that begins with 0" …
 *
 * Beyond what is no JSON or no UTF-8, it refuses what PostgreSQL's text cannot hold: \u0000 and
 * lone surrogates. Names that come twice are left to who walks.
 */
bool json_read(const char *text, size_t length, unsigned depth, JsonSlice *out_value,
               size_t *out_at, const char **out_problem);

/* A place in an array or object. */
typedef struct JsonWalk {
    const char *at;
    bool has_names;
} JsonWalk;

JsonWalk json_walk(const JsonSlice *container);

/* The next element, or member with its name (a string); false behind the last. */
bool json_walk_next(JsonWalk *walk, JsonSlice *out_name, JsonSlice *out_value);

/* What is between the quotes of a string if it has no escapes; else it is written to @scratch. */
const char *json_unquote(const JsonSlice *string, GString *scratch, size_t *out_length);
