/*
 * The log of the server: one line a request and one an event, as JSON or for people:
 * docs/logging.md.
 *
 * A loop never waits for whoever reads the log. It collects lines and hands them over once a turn;
 * a thread writes them. When that thread is stuck and too much waits, lines are dropped and
 * counted, and a line says how many as soon as lines are written again.
 *
 * No secret can get in: of a target only the path is logged, of headers only those named here.
 */
#pragma once
#include "base/error.h"
#include "http/request.h"

#include <stdint.h>

typedef enum AccessLogFormat { ACCESS_LOG_JSON, ACCESS_LOG_TEXT } AccessLogFormat;

/* Which requests have a line; events always have one. */
typedef enum AccessLogLevel {
    ACCESS_LOG_OFF,
    ACCESS_LOG_ERRORS, /* those that were answered with 5xx */
    ACCESS_LOG_ALL,
} AccessLogLevel;

typedef struct AccessLogSettings {
    int descriptor; /* where to; stays the caller's */
    AccessLogFormat format;
    AccessLogLevel level;
    bool color;        /* ACCESS_LOG_TEXT: see terminal_has_color() */
    size_t limit;      /* bytes that may wait; 4 MiB is enough */
    unsigned patience; /* milliseconds that access_log_free() waits for a writer that is stuck */
} AccessLogSettings;

typedef struct AccessLog AccessLog;

/* (transfer full): begins its thread; %NULL with APP_ERROR_PROGRAM if there can be none. */
AccessLog *access_log_new(const AccessLogSettings *settings, GError **error);

/* Writes what waits. A thread that is stuck longer than the patience is left behind. */
void access_log_free(AccessLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessLog, access_log_free)

/* Lines dropped so far. From any thread. */
uint64_t access_log_dropped(AccessLog *log);

/* The lines of one loop that have not been handed over yet; for its thread alone. */
typedef struct AccessLogLines AccessLogLines;

/* (transfer full): to be freed before @log. */
AccessLogLines *access_log_lines_new(AccessLog *log);
void access_log_lines_free(AccessLogLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessLogLines, access_log_lines_free)

/* One answered request. Texts may be absent but for the first three. */
typedef struct AccessLogRequest {
    HttpText id;
    HttpText method;
    HttpText path;
    const char *route;
    unsigned status;
    int64_t duration; /* microseconds */
    uint64_t bytes;   /* of the answer's body */
    const char *peer;
    const char *subject; /* who asked */
    HttpText user_agent;
    HttpText traceparent;
    const char *sqlstate;
    const char *reason; /* a word or two: "frozen", "queue full" */
    const char *error;  /* the server's message, which the client has not seen */
} AccessLogRequest;

/* Adds a line, if the level wants one. */
void access_log_request(AccessLogLines *lines, const AccessLogRequest *request);

/* Whether a request with this answer has a line: what is only for the log need not be made else. */
bool access_log_wants(const AccessLogLines *lines, unsigned status);

/* Hands the lines over: at the end of each turn. Costs nothing if there are none. */
void access_log_flush(AccessLogLines *lines);

typedef enum AccessLogSeverity {
    ACCESS_LOG_INFO,
    ACCESS_LOG_WARNING,
    ACCESS_LOG_ERROR
} AccessLogSeverity;

/**
 * access_log_event:
 * @event: a word: "start", "outage"
 * @message: a line for people
 * @...: further names and values, both texts, ended by %NULL
 *
 * From any thread; handed over at once.
 */
void access_log_event(AccessLog *log, AccessLogSeverity severity, const char *event,
                      const char *message, ...) G_GNUC_NULL_TERMINATED;
