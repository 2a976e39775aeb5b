#include "http/parser.h"
#include "base/buffer.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/scan.h"

enum {
    METHOD_LIMIT = 32,
    LINE_REST = 16,       /* of a request line: spaces, version, CR LF, an empty line before */
    KEPT_BUFFER = 16384,  /* larger ones are given back after the request */
    CHUNK_OVERHEAD = 8,   /* bytes of framing for each byte of a body limit … */
    CHUNK_FRAMING = 65536 /* … and besides */
};

typedef enum Stage { STAGE_HEAD, STAGE_BODY, STAGE_TRAILERS, STAGE_WHOLE, STAGE_REFUSED } Stage;

struct HttpParser {
    const HttpLimits *limits;
    HttpFraming *framing;
    Stage stage;
    HttpScanPlace place;
    GString *head;
    size_t line_end; /* of the first line; 0: not seen yet */
    GString *body;
    size_t body_limit;
    size_t content_length; /* as the head says; 0 if it says nothing */
    size_t body_length;    /* so far, kept or not */
    size_t wire_length;    /* of the body with its framing, so far; of the trailers */
    bool has_body;
    bool discard;
    HttpHeadFacts facts;
    HttpRequest request;
    HttpFault fault;
};

static void take_body(const char *data, size_t length, void *user_data)
{
    HttpParser *parser = user_data;
    parser->body_length += length;
    if (!parser->discard && parser->body_length <= parser->body_limit)
        buffer_append(parser->body, data, length);
}

HttpParser *http_parser_new(const HttpLimits *limits)
{
    HttpParser *parser = g_new0(HttpParser, 1);
    parser->limits = limits;
    parser->framing = http_framing_new(limits->headers, take_body, parser);
    parser->head = g_string_sized_new(1000);
    parser->body = g_string_sized_new(0);
    http_parser_reset(parser);
    return parser;
}

void http_parser_free(HttpParser *parser)
{
    if (parser == NULL)
        return;
    http_framing_free(parser->framing);
    g_string_free(parser->head, TRUE);
    g_string_free(parser->body, TRUE);
    g_free(parser);
}

static void empty(GString **buffer)
{
    if ((*buffer)->allocated_len > KEPT_BUFFER) {
        g_string_free(*buffer, TRUE);
        *buffer = g_string_sized_new(0);
    }
    buffer_empty(*buffer);
}

void http_parser_reset(HttpParser *parser)
{
    empty(&parser->head);
    empty(&parser->body);
    parser->stage = STAGE_HEAD;
    parser->place = HTTP_SCAN_BEGIN;
    parser->line_end = 0;
    parser->body_limit = parser->limits->body;
    parser->content_length = parser->body_length = parser->wire_length = 0;
    parser->has_body = parser->discard = false;
    parser->facts = (HttpHeadFacts){0};
    parser->request = (HttpRequest){.method = HTTP_OTHER};
    parser->fault = (HttpFault){0};
}

static HttpParsed refuse(HttpParser *parser, HttpFault fault)
{
    parser->stage = STAGE_REFUSED;
    parser->fault = fault;
    return HTTP_PARSED_REFUSED;
}

static HttpParsed refuse_as(HttpParser *parser, unsigned status, const char *reason)
{
    return refuse(parser, (HttpFault){status, reason});
}

/* Without the empty line that may stand before it. */
static HttpText head_text(const HttpParser *parser)
{
    const size_t skipped = parser->head->str[0] == '\r' ? 2 : 0;
    return (HttpText){parser->head->str + skipped, parser->head->len - skipped};
}

static HttpFault check_line(HttpParser *parser, HttpLine *out_line)
{
    HttpText line = head_text(parser);
    line.length = (size_t)(parser->head->str + parser->line_end - 2 - line.data);
    const HttpFault fault = http_head_line(line, parser->limits->target, out_line);
    parser->request.method_name = out_line->method;
    if (out_line->method.data != NULL)
        parser->request.method = http_method_of(out_line->method);
    parser->request.minor = out_line->minor;
    return fault;
}

static HttpFault framing_fault(HttpParser *parser, HttpFramingStep step)
{
    switch (step) {
    case HTTP_FRAMING_METHOD:
        return (HttpFault){501, "unknown method"};
    case HTTP_FRAMING_TOO_MANY:
        return (HttpFault){431, "too many headers"};
    case HTTP_FRAMING_BAD:
        return (HttpFault){400, http_framing_reason(parser->framing)};
    case HTTP_FRAMING_MORE:
    case HTTP_FRAMING_WHOLE:
    case HTTP_FRAMING_TRAILERS:
        break;
    }
    return (HttpFault){0};
}

/* The line is read here and by the library: should they ever disagree, it is refused. */
static HttpFault check_framing(HttpParser *parser, const HttpLine *line)
{
    const HttpText head = head_text(parser);
    const HttpFramingStep step = http_framing_head(parser->framing, head.data, head.length);
    const HttpFault fault = framing_fault(parser, step);
    if (fault.status != 0)
        return fault;
    if (!http_text_equal(line->target, http_framing_target(parser->framing)) ||
        line->minor != http_framing_minor(parser->framing))
        return (HttpFault){400, "malformed request line"};
    parser->has_body = step == HTTP_FRAMING_MORE;
    return fault;
}

static HttpFault check_headers(HttpParser *parser)
{
    HttpRequest *request = &parser->request;
    HttpHeader *headers = http_framing_headers(parser->framing, &request->header_count);
    request->headers = headers;
    for (unsigned i = 0; i < request->header_count; i++)
        request->name_lengths |= http_name_length(headers[i].name.length);
    HttpFault fault =
        http_head_headers(headers, request->header_count, request->minor, &parser->facts);
    if (fault.status != 0)
        return fault;
    if (parser->facts.length.data != NULL)
        fault = http_head_length(parser->facts.length, &parser->content_length);
    if (fault.status == 0 &&
        parser->has_body != (parser->facts.chunked || parser->content_length > 0))
        return (HttpFault){400, "malformed framing"};
    return fault;
}

static HttpFault check_head(HttpParser *parser)
{
    HttpLine line = {0};
    HttpFault fault = check_line(parser, &line);
    if (fault.status != 0)
        return fault;
    if (http_text_is(line.method, "CONNECT"))
        return (HttpFault){501, "no tunnels here"};
    fault = check_framing(parser, &line);
    if (fault.status != 0)
        return fault;
    fault = check_headers(parser);
    if (fault.status != 0)
        return fault;
    return http_head_target(line.target, &parser->facts, &parser->request);
}

/* How much of a head may still come. */
static size_t head_room(const HttpParser *parser)
{
    const size_t line = METHOD_LIMIT + parser->limits->target + LINE_REST;
    const size_t room =
        parser->line_end == 0 ? MIN(line, parser->limits->head) : parser->limits->head;
    return room > parser->head->len ? room - parser->head->len : 0;
}

static HttpParsed refuse_long(HttpParser *parser)
{
    const HttpText head = head_text(parser);
    if (memchr(head.data, ' ', MIN(head.length, METHOD_LIMIT)) == NULL)
        return refuse_as(parser, 400, "malformed method");
    if (parser->line_end == 0)
        return refuse_as(parser, 414, "request target is too long");
    return refuse_as(parser, 431, "headers are too large");
}

static HttpParsed end_head(HttpParser *parser)
{
    const HttpFault fault = check_head(parser);
    if (fault.status != 0)
        return refuse(parser, fault);
    parser->stage = STAGE_BODY;
    return HTTP_PARSED_HEAD;
}

static HttpParsed feed_head(HttpParser *parser, const char *data, size_t length, size_t *out_taken)
{
    size_t at = 0;
    while (at < length) {
        const size_t room = head_room(parser);
        if (room == 0)
            return refuse_long(parser);
        const bool first = parser->line_end == 0;
        const size_t part = http_scan(&parser->place, data + at, MIN(room, length - at), first);
        buffer_append(parser->head, data + at, part);
        at += part;
        *out_taken = at;
        if (parser->place == HTTP_SCAN_BAD)
            return refuse_as(parser, 400, "malformed line in the head");
        if (parser->place == HTTP_SCAN_END)
            return end_head(parser);
        if (first && parser->place == HTTP_SCAN_NEXT)
            parser->line_end = parser->head->len;
    }
    return HTTP_PARSED_PART;
}

/* The head says it, or a chunk does. */
static bool body_is_too_large(const HttpParser *parser)
{
    if (!parser->facts.chunked)
        return parser->content_length > parser->body_limit;
    return http_framing_announced(parser->framing) > parser->body_limit;
}

static HttpParsed end_message(HttpParser *parser)
{
    parser->stage = STAGE_WHOLE;
    if (!parser->discard)
        parser->request.body = (HttpText){parser->body->str, parser->body->len};
    return HTTP_PARSED_WHOLE;
}

/* Bytes on the wire may be some more than a body's: chunks have sizes and extensions. */
static size_t wire_room(const HttpParser *parser)
{
    const size_t limit = parser->body_limit * CHUNK_OVERHEAD + CHUNK_FRAMING;
    return limit > parser->wire_length ? limit - parser->wire_length : 0;
}

static HttpParsed feed_body(HttpParser *parser, const char *data, size_t length, size_t *out_taken)
{
    if (body_is_too_large(parser))
        return refuse_as(parser, 413, "body is too large");
    if (!parser->has_body)
        return end_message(parser);
    if (length == 0)
        return HTTP_PARSED_PART;
    const size_t room = wire_room(parser);
    if (room == 0)
        return refuse_as(parser, 400, "chunks with too much beside their data");
    const HttpFramingStep step =
        http_framing_body(parser->framing, data, MIN(length, room), out_taken);
    parser->wire_length += *out_taken;
    if (body_is_too_large(parser))
        return refuse_as(parser, 413, "body is too large");
    const HttpFault fault = framing_fault(parser, step);
    if (fault.status != 0)
        return refuse(parser, fault);
    if (step == HTTP_FRAMING_WHOLE)
        return end_message(parser);
    if (step == HTTP_FRAMING_TRAILERS) {
        parser->stage = STAGE_TRAILERS;
        parser->place = HTTP_SCAN_NEXT;
        parser->wire_length = 0;
    }
    return HTTP_PARSED_PART;
}

/* They are checked like a head, and dropped: nobody asked for them (RFC 9110, 6.5.1). */
static HttpParsed feed_trailers(HttpParser *parser, const char *data, size_t length,
                                size_t *out_taken)
{
    const size_t room = parser->limits->head - parser->wire_length;
    if (room == 0)
        return refuse_as(parser, 431, "trailers are too large");
    const size_t part = http_scan(&parser->place, data, MIN(room, length), false);
    if (parser->place == HTTP_SCAN_BAD)
        return refuse_as(parser, 400, "malformed line in the trailers");
    const HttpFramingStep step = http_framing_body(parser->framing, data, part, out_taken);
    parser->wire_length += part;
    const HttpFramingStep expected =
        parser->place == HTTP_SCAN_END ? HTTP_FRAMING_WHOLE : HTTP_FRAMING_MORE;
    if (step != expected || *out_taken != part)
        return refuse_as(parser, 400, "malformed trailers");
    return step == HTTP_FRAMING_WHOLE ? end_message(parser) : HTTP_PARSED_PART;
}

static HttpParsed feed_stage(HttpParser *parser, const char *data, size_t length, size_t *out_taken)
{
    switch (parser->stage) {
    case STAGE_HEAD:
        return feed_head(parser, data, length, out_taken);
    case STAGE_BODY:
        return feed_body(parser, data, length, out_taken);
    case STAGE_TRAILERS:
        return feed_trailers(parser, data, length, out_taken);
    case STAGE_WHOLE:
        return HTTP_PARSED_WHOLE;
    case STAGE_REFUSED:
        break;
    }
    return HTTP_PARSED_REFUSED;
}

HttpParsed http_parser_feed(HttpParser *parser, const char *data, size_t length, size_t *out_taken)
{
    size_t at = 0;
    HttpParsed parsed = HTTP_PARSED_PART;
    do {
        size_t taken = 0;
        parsed = feed_stage(parser, data + at, length - at, &taken);
        at += taken;
    } while (parsed == HTTP_PARSED_PART && at < length);
    *out_taken = at;
    return parsed;
}

HttpRequest *http_parser_request(HttpParser *parser)
{
    return &parser->request;
}

unsigned http_parser_fault(const HttpParser *parser, const char **out_reason)
{
    *out_reason = parser->fault.reason;
    return parser->fault.status;
}

void http_parser_limit_body(HttpParser *parser, size_t bytes)
{
    parser->body_limit = bytes;
}

void http_parser_discard_body(HttpParser *parser)
{
    parser->discard = true;
    parser->request.body = (HttpText){0};
}

size_t http_parser_kept(const HttpParser *parser)
{
    return parser->head->len + parser->body->len;
}

bool http_parser_has_body(const HttpParser *parser)
{
    return parser->has_body;
}

bool http_parser_expects_continue(const HttpParser *parser)
{
    return parser->facts.expects_continue && parser->has_body;
}

bool http_parser_keeps_alive(const HttpParser *parser)
{
    return parser->stage != STAGE_REFUSED && http_framing_keeps_alive(parser->framing);
}

HttpText http_request_find(const HttpRequest *request, HttpText name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (http_text_equal(request->headers[i].name, name))
            return request->headers[i].value;
    }
    return (HttpText){NULL, 0};
}
