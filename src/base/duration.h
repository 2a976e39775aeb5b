/*
 * Durations as people write them: 250ms, 5s, 10min, 2h, 1d; and as they read them: 3 hours.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Reads a whole number with its unit, all of @text; milliseconds. False if it is none, or more than
 * 10,000 days. */
bool duration_parse(const char *text, int64_t *out_milliseconds);

/* (transfer full): "1 second", "59 minutes", "47 hours", "2 days": rounded down, in the largest
 * unit that it has two of. What is negative lies ahead: "in 3 hours". */
char *duration_in_words(int64_t seconds);
