/*
 * Results on stdout: a table for people, or the same rows as JSON for programs; and progress on
 * stderr for what takes long.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* A column of a table: the key of the rows that it shows, under which heading. */
typedef struct OutputColumn {
    const char *key;
    const char *heading;
    bool right; /* numbers */
} OutputColumn;

/**
 * output_rows:
 * @rows: an array of objects
 * @columns: (array): ended by {NULL}; the keys that the table shows, in order
 * @json: print all keys of all rows as JSON instead
 *
 * A missing key or JSON null is an empty cell; an array is joined by ", ". No rows: nothing as a
 * table, [] as JSON.
 */
void output_rows(const json_t *rows, const OutputColumn *columns, bool json);

/* Prints @value as indented JSON and a line end. */
void output_json(const json_t *value);

/* (transfer full): the JSON string of @text, or null for NULL; bytes that are no UTF-8 as U+FFFD.
 */
json_t *output_string(const char *text);

/* (transfer full): the JSON array of @words. */
json_t *output_strings(char **words);

/* (transfer full): "18 bytes", "1.2 kB", "34 MB": to two digits at least, by powers of 1000. */
char *output_bytes(int64_t bytes);

/* A line on stderr that tells how far something is. */
typedef struct Progress Progress;

/**
 * progress_new:
 * @what: what is being done: "loading models"
 *
 * Nothing is shown in the first second, nor ever if stderr is no terminal or @quiet.
 */
Progress *progress_new(const char *what, bool quiet);

/* @done of @total (0: unknown) are done; @detail (nullable) names the current one. */
void progress_update(Progress *progress, size_t done, size_t total, const char *detail);

/* Wipes the line. */
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)
