/*
 * What a request is called: its id, and the trace of the caller that it belongs to.
 *
 * The id of X-Request-Id is taken if it is 1 to 128 of A-Z a-z 0-9 . _ - (so that it can be put
 * into a log, a header and application_name as it is), else one is made. A traceparent header is
 * passed on if it is valid by W3C Trace Context, else left out.
 */
#pragma once
#include "http/request.h"

#include <glib.h>

enum { REQUEST_ID_LIMIT = 128, REQUEST_ID_MADE = 32 };

/* Makes ids: one a loop, for its thread alone. */
typedef struct TraceIds TraceIds;

/* (transfer full): seeded by the system. */
TraceIds *trace_ids_new(void);
void trace_ids_free(TraceIds *ids);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TraceIds, trace_ids_free)

/* Of one request. @id may point to @made: to be filled where it stays. */
typedef struct Trace {
    HttpText id;     /* never empty */
    HttpText parent; /* the whole traceparent; data is %NULL if there is none */
    char made[REQUEST_ID_MADE];
} Trace;

/**
 * trace_begin:
 * @request_id: value of X-Request-Id; its data may be %NULL
 * @traceparent: value of the header; its data may be %NULL
 *
 * Fills @out_trace, whose texts are valid as long as those values and @out_trace itself.
 */
void trace_begin(TraceIds *ids, HttpText request_id, HttpText traceparent, Trace *out_trace);

/* Whether @text is an id that is taken over. */
bool trace_is_id(HttpText text);

/*
 * Whether @text is a traceparent: version-traceid-parentid-flags in lower-case hexadecimal, no part
 * all zero, version not ff; of a version after 00, what follows the flags after a "-" is free.
 */
bool trace_is_parent(HttpText text);
