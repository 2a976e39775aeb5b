/*
 * The text of one line of the log: see serve/access_log.h. Pure, but for the time given to it.
 */
#pragma once
#include "serve/access_log.h"

/* The last second that was written, as text: most lines share it. Begin with {0}. */
typedef struct LogStamp {
    int64_t second;
    char text[sizeof "2026-11-22T18:30:00"];
} LogStamp;

/* @now: microseconds since 1970. Both append a whole line with its end. */
void log_line_append_request(GString *out, LogStamp *stamp, int64_t now,
                             const AccessLogSettings *settings, const AccessLogRequest *request);

/* @texts: (array length=count): names and values in turn; the first two are "event" and
 * "message". Names are written as they are. */
void log_line_append_event(GString *out, LogStamp *stamp, int64_t now,
                           const AccessLogSettings *settings, AccessLogSeverity severity,
                           const char *const *texts, unsigned count);
