/*
 * The rules for the head of a request, beyond its grammar (RFC 9112, 3 and 6).
 */
#pragma once
#include "http/request.h"

/* A refusal: 0 is none. */
typedef struct HttpFault {
    unsigned status;
    const char *reason;
} HttpFault;

/* What the first line says: method, target, version. */
typedef struct HttpLine {
    HttpText method;
    HttpText target;
    unsigned minor;
} HttpLine;

/* @line: up to its CR LF, without. */
HttpFault http_head_line(HttpText line, size_t target_limit, HttpLine *out_line);

/* What the headers say that concerns the framing, and what may come once alone. */
typedef struct HttpHeadFacts {
    HttpText host;
    HttpText length; /* Content-Length */
    HttpText type;   /* Content-Type */
    HttpText authorization;
    HttpText api_key; /* X-API-Key */
    bool chunked;
    bool expects_continue;
} HttpHeadFacts;

/* Turns names to lower case. Host, Content-Length, Transfer-Encoding, Content-Type,
 * Authorization and X-API-Key at most once each. */
HttpFault http_head_headers(HttpHeader *headers, unsigned count, unsigned minor,
                            HttpHeadFacts *out_facts);

/* Splits @target, of which every form is taken (RFC 9112, 3.2) but that of CONNECT. */
HttpFault http_head_target(HttpText target, const HttpHeadFacts *facts, HttpRequest *request);

/* Its number: at most 18 digits, so that no arithmetic on it can overflow. */
HttpFault http_head_length(HttpText digits, size_t *out_length);

bool http_is_token(HttpText text);
HttpMethod http_method_of(HttpText name);
