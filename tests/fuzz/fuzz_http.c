/*
 * Any bytes as requests, one behind the other: the same ones come out whatever the pieces in which
 * the bytes come, and what comes out keeps the parser's promises.
 */
#include "fuzz.h"
#include "http/compress.h"
#include "http/forwarded.h"
#include "http/parser.h"

static const HttpLimits limits = {.target = 100, .head = 600, .headers = 8, .body = 50};

static void add_text(GString *seen, HttpText text)
{
    if (text.data == NULL)
        g_string_append(seen, "-;");
    else
        g_string_append_printf(seen, "%zu:%.*s;", text.length, (int)text.length, text.data);
}

/* Each text lies in the bytes, so that a sanitizer sees one that does not. */
static void add_request(GString *seen, const HttpRequest *request)
{
    add_text(seen, request->method_name);
    add_text(seen, request->path);
    add_text(seen, request->query);
    add_text(seen, request->body);
    for (unsigned i = 0; i < request->header_count; i++) {
        add_text(seen, request->headers[i].name);
        add_text(seen, request->headers[i].value);
    }
}

static void check_head(HttpParser *parser)
{
    const HttpRequest *request = http_parser_request(parser);
    g_assert_true(request->path.data[0] == '/' || http_text_is(request->path, "*"));
    g_assert_cmpuint(request->path.length + request->query.length, <=, limits.target);
    g_assert_cmpuint(request->header_count, <=, limits.headers);
    g_assert_true(request->minor == 0 || http_request_header(request, "host").data != NULL);
    for (unsigned i = 0; i < request->header_count; i++) {
        g_assert_nonnull(request->headers[i].value.data);
        g_assert_cmpuint(request->headers[i].name.length, >, 0);
    }
    http_coding_choose(http_request_header(request, "accept-encoding"));
    char peer[HTTP_PEER_SIZE] = "";
    http_forwarded_peer(request, NULL, "::1", peer);
}

static bool take_step(HttpParser *parser, HttpParsed parsed, GString *seen)
{
    const char *reason = NULL;
    switch (parsed) {
    case HTTP_PARSED_HEAD:
        check_head(parser);
        return true;
    case HTTP_PARSED_WHOLE:
        g_assert_cmpuint(http_parser_request(parser)->body.length, <=, limits.body);
        add_request(seen, http_parser_request(parser));
        g_string_append_printf(seen, "keep %d\n", http_parser_keeps_alive(parser));
        http_parser_reset(parser);
        return true;
    case HTTP_PARSED_REFUSED:
        g_string_append_printf(seen, "refused %u", http_parser_fault(parser, &reason));
        g_assert_nonnull(reason);
        return false;
    case HTTP_PARSED_PART:
        break;
    }
    return false;
}

/* (transfer full): all that came out, of pieces of @piece bytes. */
static char *parse(const uint8_t *data, size_t size, size_t piece)
{
    g_autoptr(HttpParser) parser = http_parser_new(&limits);
    g_autoptr(GString) seen = g_string_new(NULL);
    HttpParsed parsed = HTTP_PARSED_PART;
    for (size_t begin = 0; begin < size && parsed != HTTP_PARSED_REFUSED; begin += piece) {
        const size_t length = MIN(piece, size - begin);
        g_autofree char *copy = fuzz_copy(data + begin, length);
        size_t at = 0;
        do {
            size_t taken = 0;
            parsed = http_parser_feed(parser, copy + at, length - at, &taken);
            at += taken;
            g_assert_cmpuint(at, <=, length);
            g_assert_true(parsed != HTTP_PARSED_PART || at == length);
        } while (take_step(parser, parsed, seen) && (at < length || parsed == HTTP_PARSED_HEAD));
    }
    return g_strdup(seen->str);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *whole = parse(data, size, size + 1);
    const size_t pieces[] = {1, 2, 7, size / 2 + 1};
    for (unsigned i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autofree char *cut = parse(data, size, pieces[i]);
        g_assert_cmpstr(cut, ==, whole);
    }
    return 0;
}
