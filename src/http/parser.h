/*
 * Requests out of bytes, in pieces of any size: the same whatever the pieces.
 *
 * It refuses what http/framing.h lets pass and two readers could understand differently; the rules
 * are those of RFC 9112 where it says MUST, and stricter where it says SHOULD (docs/http.md).
 */
#pragma once
#include "http/request.h"

typedef struct HttpLimits {
    size_t target;
    size_t head; /* of trailers, too */
    unsigned headers;
    size_t body;
} HttpLimits;

typedef struct HttpParser HttpParser;

/* (transfer full). @limits must outlive it. */
HttpParser *http_parser_new(const HttpLimits *limits);
void http_parser_free(HttpParser *parser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpParser, http_parser_free)

/* Forgets all; the next bytes are those of another request. Large buffers are given back. */
void http_parser_reset(HttpParser *parser);

typedef enum HttpParsed {
    HTTP_PARSED_PART,    /* all bytes are taken, more are needed */
    HTTP_PARSED_HEAD,    /* once, when the head is whole: go on, even if no bytes are left */
    HTTP_PARSED_WHOLE,   /* what is left belongs to another request */
    HTTP_PARSED_REFUSED, /* http_parser_fault() says why; nothing further can be understood */
} HttpParsed;

HttpParsed http_parser_feed(HttpParser *parser, const char *data, size_t length, size_t *out_taken);

/* Of a refused one, what was understood: texts may be absent. */
HttpRequest *http_parser_request(HttpParser *parser);

/* 400, 413, 414, 417, 431, 501 or 505. */
unsigned http_parser_fault(const HttpParser *parser, const char **out_reason);

/* After HEAD: another limit than HttpLimits.body; its body is not kept. */
void http_parser_limit_body(HttpParser *parser, size_t bytes);
void http_parser_discard_body(HttpParser *parser);

/* Bytes of head and body so far, as far as they are kept. */
size_t http_parser_kept(const HttpParser *parser);

/* After HEAD. */
bool http_parser_has_body(const HttpParser *parser);
bool http_parser_expects_continue(const HttpParser *parser);
bool http_parser_keeps_alive(const HttpParser *parser);
