/*
 * Where a message and its parts begin and end: the only place that knows the parser library.
 *
 * Behind it stands llhttp in its strict mode. The head comes in one piece (http/scan.h finds its
 * end), the body as it arrives. What llhttp lets pass and this program does not, http/parser.h
 * refuses.
 */
#pragma once
#include "http/text.h"

#include <stdint.h>

typedef struct HttpFraming HttpFraming;

/* Takes a part of the body; is called within http_framing_body(). */
typedef void HttpFramingTake(const char *data, size_t length, void *user_data);

/* (transfer full) */
HttpFraming *http_framing_new(unsigned header_limit, HttpFramingTake *take, void *user_data);
void http_framing_free(HttpFraming *framing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpFraming, http_framing_free)

typedef enum HttpFramingStep {
    HTTP_FRAMING_MORE,     /* all was taken, the body goes on */
    HTTP_FRAMING_TRAILERS, /* the last chunk has come: what follows are trailers */
    HTTP_FRAMING_WHOLE,    /* the message has ended */
    HTTP_FRAMING_METHOD,   /* a method that the library does not know */
    HTTP_FRAMING_TOO_MANY, /* headers */
    HTTP_FRAMING_BAD,
} HttpFramingStep;

/**
 * http_framing_head:
 * @head: a request from its first byte to the empty line, which must live as long as the headers
 *
 * Begins a message. Returns: MORE if it has a body, WHOLE if it has none.
 */
HttpFramingStep http_framing_head(HttpFraming *framing, const char *head, size_t length);

/* @out_taken: how many bytes belong to the message. */
HttpFramingStep http_framing_body(HttpFraming *framing, const char *data, size_t length,
                                  size_t *out_taken);

/* Names and values as they stand in the head, values without the spaces around them. */
HttpHeader *http_framing_headers(HttpFraming *framing, unsigned *out_count);
HttpText http_framing_target(const HttpFraming *framing);
unsigned http_framing_minor(const HttpFraming *framing);

/* By version and Connection. */
bool http_framing_keeps_alive(const HttpFraming *framing);

/* The sizes of all chunks that have begun. */
uint64_t http_framing_announced(const HttpFraming *framing);

/* Why it was BAD. */
const char *http_framing_reason(const HttpFraming *framing);
