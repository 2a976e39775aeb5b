/*
 * One request and its answer.
 *
 * A connection has one exchange at a time; further requests that the client has sent wait unread,
 * so answers keep their order. An exchange ends when its answer has been given and is written, or
 * by HttpHandler.gone(). It must be answered once, at any later time, in the loop's thread.
 */
#pragma once
#include "http/request.h"

#include <stdint.h>

typedef struct HttpExchange HttpExchange;

const HttpRequest *exchange_request(const HttpExchange *exchange);

/* When its first byte came, in microseconds of the loop's clock. */
int64_t exchange_begun(const HttpExchange *exchange);

/* What the handler hangs on it; %NULL at first. */
void exchange_set_data(HttpExchange *exchange, void *data);
void *exchange_data(const HttpExchange *exchange);

/* In HttpHandler.head(): what the body may have at most, instead of HttpSettings.body_limit. */
void exchange_limit_body(HttpExchange *exchange, size_t bytes);

typedef struct HttpAnswer {
    unsigned status;
    const char *type;    /* (nullable): Content-Type */
    const char *headers; /* (nullable): further header lines, each ended by "\r\n" */
    const char *body;    /* is copied; left out for HEAD, 204 and 304 */
    size_t length;
    bool compress; /* gzip or zstd, where the client takes it and the body is large enough */
    bool close;    /* the connection ends after it */
} HttpAnswer;

/* Date, Content-Length, Connection and, of what may be compressed, Vary are written by this layer.
 * Answered before its body has come, a request's body is read and dropped. A strong ETag names the
 * bytes of a body, so what has one is either not compressed or is given a weak one. */
void exchange_answer(HttpExchange *exchange, const HttpAnswer *answer);

/**
 * exchange_stream:
 * @answer: its body is the first piece
 *
 * Begins an answer whose length is not known yet (chunked; for HTTP/1.0 ended by closing).
 * exchange_write() adds to it, exchange_end() ends it; @whole false breaks the connection instead,
 * so that the client sees that something is missing.
 */
void exchange_stream(HttpExchange *exchange, const HttpAnswer *answer);
void exchange_write(HttpExchange *exchange, const char *data, size_t length);
void exchange_end(HttpExchange *exchange, bool whole);

/* Bytes that were written and that have not gone out yet: a writer waits when they are many, and is
 * told by HttpHandler.drained() when they are few: whenever some went out and at most
 * EXCHANGE_FEW are left. */
enum { EXCHANGE_FEW = 16384 };
size_t exchange_backlog(const HttpExchange *exchange);
