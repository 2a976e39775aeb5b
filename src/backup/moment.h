/*
 * Times as backups write them, in UTC: RFC 3339 to the second, and ids, which begin with one.
 */
#pragma once
#include "base/error.h"

#include <stdint.h>

/* (transfer full): 2026-11-22T18:30:00Z: @time in seconds since 1970. */
char *moment_format(int64_t time);

/* Reads what moment_format() writes, and nothing else. @out_time may be NULL. */
bool moment_parse(const char *text, int64_t *out_time);

/* (transfer full): 2026-11-22T183000Z-3f2a9c41b7de: @time in seconds, and twelve random digits. */
char *backup_id_new(int64_t time);

/* Whether @text is an id; then when it was. @out_time may be NULL. */
bool backup_id_parse(const char *text, int64_t *out_time);
