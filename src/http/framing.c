#include "http/framing.h"

#include <llhttp/llhttp.h>

/* Nobody needs them; of all chunks of a body together. */
enum { EXTENSION_LIMIT = 4096 };

struct HttpFraming {
    llhttp_t parser;
    HttpFramingTake *take;
    void *user_data;
    HttpText target;
    HttpHeader *headers;
    unsigned count;
    unsigned limit;
    bool named; /* the last header has no value yet */
    bool whole;
    bool last_chunk;
    bool too_many;
    bool trailers;
    size_t extension;
    uint64_t announced;
};

static HttpFraming *framing_of(llhttp_t *parser)
{
    return parser->data;
}

/* A span may come in pieces, which lie one behind the other. */
static int extend(HttpText *text, const char *data, size_t length)
{
    if (text->data == NULL)
        text->data = data;
    if (text->data + text->length != data)
        return -1;
    text->length += length;
    return 0;
}

static int on_target(llhttp_t *parser, const char *data, size_t length)
{
    return extend(&framing_of(parser)->target, data, length);
}

static int on_name(llhttp_t *parser, const char *data, size_t length)
{
    HttpFraming *framing = framing_of(parser);
    if (framing->trailers)
        return 0;
    if (!framing->named) {
        if (framing->count == framing->limit) {
            framing->too_many = true;
            return -1;
        }
        framing->headers[framing->count++] = (HttpHeader){0};
        framing->named = true;
    }
    return extend(&framing->headers[framing->count - 1].name, data, length);
}

static int on_value(llhttp_t *parser, const char *data, size_t length)
{
    HttpFraming *framing = framing_of(parser);
    if (framing->trailers)
        return 0;
    if (framing->count == 0)
        return -1;
    return extend(&framing->headers[framing->count - 1].value, data, length);
}

static int on_value_complete(llhttp_t *parser)
{
    HttpFraming *framing = framing_of(parser);
    framing->named = false;
    return 0;
}

/* No other protocol is offered, so a wish for one is ignored (RFC 9110, 7.8). */
static int on_head_complete(llhttp_t *parser)
{
    parser->upgrade = 0;
    framing_of(parser)->trailers = true;
    return 0;
}

static int on_body(llhttp_t *parser, const char *data, size_t length)
{
    HttpFraming *framing = framing_of(parser);
    framing->take(data, length, framing->user_data);
    return 0;
}

static int on_extension(llhttp_t *parser, const char *data, size_t length)
{
    (void)data;
    HttpFraming *framing = framing_of(parser);
    framing->extension += length;
    return framing->extension > EXTENSION_LIMIT ? -1 : 0;
}

static int on_chunk(llhttp_t *parser)
{
    HttpFraming *framing = framing_of(parser);
    if (parser->content_length == 0) {
        framing->last_chunk = true;
        return HPE_PAUSED;
    }
    const uint64_t room = G_MAXUINT64 - framing->announced;
    framing->announced += MIN(parser->content_length, room);
    return 0;
}

static int on_complete(llhttp_t *parser)
{
    framing_of(parser)->whole = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_message_complete = on_complete,
};

HttpFraming *http_framing_new(unsigned header_limit, HttpFramingTake *take, void *user_data)
{
    HttpFraming *framing = g_new0(HttpFraming, 1);
    framing->take = take;
    framing->user_data = user_data;
    framing->limit = header_limit;
    framing->headers = g_new(HttpHeader, header_limit);
    return framing;
}

void http_framing_free(HttpFraming *framing)
{
    if (framing == NULL)
        return;
    g_free(framing->headers);
    g_free(framing);
}

static HttpFramingStep judge(const HttpFraming *framing, llhttp_errno_t found)
{
    if (found == HPE_OK)
        return HTTP_FRAMING_MORE;
    if (found == HPE_PAUSED && framing->whole)
        return HTTP_FRAMING_WHOLE;
    if (found == HPE_PAUSED && framing->last_chunk)
        return HTTP_FRAMING_TRAILERS;
    if (found == HPE_INVALID_METHOD)
        return HTTP_FRAMING_METHOD;
    return framing->too_many ? HTTP_FRAMING_TOO_MANY : HTTP_FRAMING_BAD;
}

HttpFramingStep http_framing_head(HttpFraming *framing, const char *head, size_t length)
{
    llhttp_init(&framing->parser, HTTP_REQUEST, &callbacks);
    framing->parser.data = framing;
    framing->target = (HttpText){0};
    framing->count = 0;
    framing->extension = 0;
    framing->announced = 0;
    framing->named = framing->whole = framing->last_chunk = false;
    framing->too_many = framing->trailers = false;
    const llhttp_errno_t found = llhttp_execute(&framing->parser, head, length);
    const HttpFramingStep step = judge(framing, found);
    const bool good = step == HTTP_FRAMING_MORE || step == HTTP_FRAMING_WHOLE;
    if (!good)
        return step;
    const char *end = head + length;
    if (!framing->trailers ||
        (step == HTTP_FRAMING_WHOLE && llhttp_get_error_pos(&framing->parser) != end))
        return HTTP_FRAMING_BAD;
    return step;
}

HttpFramingStep http_framing_body(HttpFraming *framing, const char *data, size_t length,
                                  size_t *out_taken)
{
    if (llhttp_get_errno(&framing->parser) == HPE_PAUSED)
        llhttp_resume(&framing->parser);
    framing->last_chunk = false;
    const llhttp_errno_t found = llhttp_execute(&framing->parser, data, length);
    *out_taken = found == HPE_OK ? length : (size_t)(llhttp_get_error_pos(&framing->parser) - data);
    return judge(framing, found);
}

HttpHeader *http_framing_headers(HttpFraming *framing, unsigned *out_count)
{
    *out_count = framing->count;
    return framing->headers;
}

HttpText http_framing_target(const HttpFraming *framing)
{
    return framing->target;
}

unsigned http_framing_minor(const HttpFraming *framing)
{
    return framing->parser.http_minor;
}

bool http_framing_keeps_alive(const HttpFraming *framing)
{
    if (framing->parser.flags & F_CONNECTION_CLOSE)
        return false;
    return framing->parser.http_minor == 1 || framing->parser.flags & F_CONNECTION_KEEP_ALIVE;
}

uint64_t http_framing_announced(const HttpFraming *framing)
{
    return framing->announced;
}

const char *http_framing_reason(const HttpFraming *framing)
{
    const char *reason = llhttp_get_error_reason(&framing->parser);
    return reason == NULL ? "malformed request" : reason;
}
