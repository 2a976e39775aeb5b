/*
 * A request as it came from the wire, checked for its form, not for its meaning.
 */
#pragma once
#include "base/http_method.h"
#include "http/text.h"

#include <stdint.h>

/* Valid until the answer is complete. */
typedef struct HttpRequest {
    HttpMethod method;
    HttpText method_name;
    HttpText path;  /* of the target, still percent-encoded; begins with "/", or is "*" */
    HttpText query; /* after "?", without it; data %NULL if there is no "?" */
    HttpText body;  /* whole; empty in HttpHandler.head() */
    const HttpHeader *headers;
    unsigned header_count;
    uint32_t name_lengths; /* http_name_length() of each of them */
    unsigned minor;        /* of HTTP/1.x: 0 or 1 */
    /* Address of the client, without port: "127.0.0.1"; "unix" of a socket file. What a trusted
     * proxy says (X-Forwarded-For, or else Forwarded) is believed; "unknown" if that is no
     * address. */
    const char *peer;
    bool trusted; /* the connection comes from one of HttpSettings.trusted */
} HttpRequest;

/* The value of header @name (lower case); data is %NULL if there is none. Of a header that came
 * more than once, the first; those of which two would be dangerous are refused before. */
HttpText http_request_find(const HttpRequest *request, HttpText name);

/* A bit a length; the longest ones have the same. Most headers that are asked for are not there,
 * and no other is as long. */
static inline uint32_t http_name_length(size_t length)
{
    return UINT32_C(1) << MIN(length, 31);
}

static inline HttpText http_request_header(const HttpRequest *request, const char *name)
{
    const size_t length = strlen(name);
    if ((request->name_lengths & http_name_length(length)) == 0)
        return (HttpText){NULL, 0};
    return http_request_find(request, (HttpText){name, length});
}
