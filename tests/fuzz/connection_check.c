#include "connection.h"

/* What a request must have been, by the parser alone and from all bytes at once. */
typedef struct Expected {
    char *head;    /* (nullable) */
    GString *body; /* (nullable) */
    unsigned refused;
    bool lasts;     /* the connection, by what the request says */
    bool continues; /* 100 may be said before its answer */
} Expected;

static void expected_free(void *data)
{
    Expected *expected = data;
    g_free(expected->head);
    if (expected->body != NULL)
        g_string_free(expected->body, TRUE);
    g_free(expected);
}

static Expected *expect_head(HttpParser *parser)
{
    Expected *expected = g_new0(Expected, 1);
    const HttpRequest *request = http_parser_request(parser);
    expected->head = request_text(request);
    expected->lasts = http_parser_keeps_alive(parser);
    expected->continues = http_parser_expects_continue(parser);
    if (request_kind(request) == 'm')
        http_parser_limit_body(parser, SMALL_BODY);
    return expected;
}

/* (transfer full): what is refused, or has a whole head. */
static GPtrArray *expect(const Run *run, const Client *client)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(expected_free);
    g_autoptr(HttpParser) parser = http_parser_new(&run->server->limits);
    const char *data = client->sent->str, *end = data + client->sent->len;
    Expected *last = NULL;
    for (;;) {
        size_t taken = 0;
        const char *reason = NULL;
        const HttpParsed parsed = http_parser_feed(parser, data, (size_t)(end - data), &taken);
        data += taken;
        if (parsed == HTTP_PARSED_PART)
            return all;
        if (last == NULL) {
            last = parsed == HTTP_PARSED_HEAD ? expect_head(parser) : g_new0(Expected, 1);
            g_ptr_array_add(all, last);
        }
        if (parsed == HTTP_PARSED_REFUSED) {
            last->refused = http_parser_fault(parser, &reason);
            return all;
        }
        if (parsed == HTTP_PARSED_HEAD)
            continue;
        const HttpText body = http_parser_request(parser)->body;
        last->body = g_string_new_len(body.data, (gssize)body.length);
        last = NULL;
        http_parser_reset(parser);
    }
}

/* Its head was good, and its body has not come. */
static bool lacks_body(const Expected *expected)
{
    return expected->body == NULL && expected->refused == 0;
}

/* Whether the connection ends with it. */
static bool is_last(const Served *served, const Expected *expected)
{
    return served->closes || !expected->lasts || expected->refused != 0;
}

/* What the handler saw is what was sent, as far as it goes. */
static void check_requests(const Run *run, const Client *client, const GPtrArray *all)
{
    g_assert_cmpuint(client->served->len, <=, all->len + (run->disturbed ? 1 : 0));
    for (unsigned i = 0; i < client->served->len; i++) {
        const Served *served = client->served->pdata[i];
        const bool late = run->disturbed && served->refused == 408;
        if (late || i == all->len)
            g_assert_true(late && i + 1 == client->served->len);
        if (late)
            continue;
        const Expected *expected = all->pdata[i];
        if (served->head != NULL || served->refused == 0)
            g_assert_cmpstr(served->head, ==, expected->head);
        if (served->refused != 0)
            g_assert_cmpuint(served->refused, ==, expected->refused);
        if (served->body != NULL) {
            g_assert_nonnull(expected->body);
            g_assert_true(g_string_equal(served->body, expected->body));
        }
        const bool waits = lacks_body(expected);
        g_assert_true(served->answered || run->disturbed || waits);
        if (waits || is_last(served, expected))
            g_assert_cmpuint(i + 1, ==, client->served->len);
    }
}

/* An answer as the client reads it. */
typedef struct Seen {
    unsigned status;
    unsigned serial; /* G_MAXUINT if none is told */
    bool close;
    bool chunked;
    bool coded;
    bool has_length;
    size_t length;
} Seen;

static bool take_line(HttpText *rest, HttpText *out_line)
{
    const char *end = memmem(rest->data, rest->length, "\r\n", 2);
    if (end == NULL)
        return false;
    const size_t length = (size_t)(end - rest->data);
    *out_line = (HttpText){rest->data, length};
    *rest = (HttpText){end + 2, rest->length - length - 2};
    return true;
}

static bool begins(HttpText text, const char *word)
{
    return text.length >= strlen(word) && memcmp(text.data, word, strlen(word)) == 0;
}

static uint64_t number_at(HttpText line, size_t at, unsigned base)
{
    g_autofree char *digits = g_strndup(line.data + at, line.length - at);
    char *end = NULL;
    const uint64_t number = g_ascii_strtoull(digits, &end, base);
    g_assert_true(end > digits && *end == '\0');
    return number;
}

static void take_header(HttpText line, Seen *seen)
{
    g_assert_nonnull(memmem(line.data, line.length, ": ", 2));
    if (begins(line, "X-Serial: ")) {
        seen->serial = (unsigned)number_at(line, strlen("X-Serial: "), 10);
    } else if (begins(line, "Content-Length: ")) {
        g_assert_false(seen->has_length || seen->chunked);
        seen->has_length = true;
        seen->length = number_at(line, strlen("Content-Length: "), 10);
    } else if (begins(line, "Transfer-Encoding: ")) {
        g_assert_true(http_text_is(line, "Transfer-Encoding: chunked"));
        g_assert_false(seen->has_length || seen->chunked);
        seen->chunked = true;
    } else if (begins(line, "Content-Encoding: ")) {
        seen->coded = true;
    } else if (http_text_is(line, "Connection: close")) {
        seen->close = true;
    }
}

/* Returns: false if it is not whole. */
static bool take_head(HttpText *rest, Seen *seen)
{
    HttpText line = {0};
    *seen = (Seen){.serial = G_MAXUINT};
    if (!take_line(rest, &line))
        return false;
    g_assert_true(line.length > 13 && begins(line, "HTTP/1.1 ") && line.data[12] == ' ');
    seen->status = (unsigned)number_at((HttpText){line.data, 12}, 9, 10);
    while (take_line(rest, &line)) {
        if (line.length == 0)
            return true;
        take_header(line, seen);
    }
    return false;
}

/* All of them are @letter: the first is, and each is as the one before. */
static void check_letters(HttpText part, char letter)
{
    if (part.length > 0)
        g_assert_true(part.data[0] == letter &&
                      memcmp(part.data, part.data + 1, part.length - 1) == 0);
}

static HttpText take_bytes(HttpText *rest, size_t length)
{
    const HttpText part = {rest->data, MIN(length, rest->length)};
    *rest = (HttpText){rest->data + part.length, rest->length - part.length};
    return part;
}

/* Returns: whether it is whole; @out_length: of its data. */
static bool take_chunks(HttpText *rest, char letter, size_t *out_length)
{
    HttpText line = {0};
    *out_length = 0;
    while (take_line(rest, &line)) {
        const size_t length = number_at(line, 0, 16);
        const HttpText part = take_bytes(rest, length);
        check_letters(part, letter);
        *out_length += part.length;
        if (part.length < length || rest->length < 2)
            return false;
        g_assert_true(begins(*rest, "\r\n"));
        take_bytes(rest, 2);
        if (length == 0)
            return true;
    }
    return false;
}

static bool has_body(const Served *served)
{
    return !g_str_has_prefix(served->head == NULL ? "" : served->head + 4, "HEAD\n") &&
           served->status != 204 && served->status != 304;
}

/* Returns: whether it is whole, as far as can be told. */
static bool take_body(HttpText *rest, const Seen *seen, const Served *served)
{
    const char letter = (char)('a' + served->serial % 26);
    size_t length = 0;
    if (!has_body(served))
        return true;
    if (seen->chunked) {
        const bool whole = take_chunks(rest, letter, &length);
        g_assert_true(!whole || (length == served->length && !served->broken));
        return whole;
    }
    const HttpText part = take_bytes(rest, seen->has_length ? seen->length : rest->length);
    if (!seen->coded)
        check_letters(part, letter);
    if (seen->has_length)
        return part.length == seen->length;
    g_assert_cmpuint(part.length, <=, served->length);
    return part.length == served->length && !served->broken;
}

static void check_seen(const Seen *seen, const Served *served)
{
    g_assert_cmpuint(seen->serial, ==, served->serial);
    g_assert_cmpuint(seen->status, ==, served->status);
    g_assert_true(!seen->coded || served->compressed);
    const bool sized = !served->streamed && seen->status != 204 && seen->status != 304;
    g_assert_true(seen->has_length == sized);
    if (sized && !seen->coded)
        g_assert_cmpuint(seen->length, ==, served->length);
}

/* Returns: whether it is whole. The next answer that is not 100, which may stand before it once. */
static bool take_answer(HttpText *rest, const Client *client, const Expected *expected,
                        const Served *served, bool *out_close)
{
    Seen seen = {0};
    bool may_continue = expected != NULL && expected->continues;
    for (;;) {
        if (!take_head(rest, &seen))
            return false;
        if (seen.status != 100)
            break;
        g_assert_true(may_continue);
        may_continue = false;
    }
    g_assert_true(served != NULL && served->client == client);
    check_seen(&seen, served);
    *out_close = seen.close;
    return take_body(rest, &seen, served);
}

/* Answers come in the order of the requests, each once. Returns: how many are whole. */
static unsigned check_answers(const Client *client, const GPtrArray *all, bool *out_close)
{
    HttpText rest = {client->received->str, client->received->len};
    unsigned count = 0;
    *out_close = false;
    while (rest.length > 0) {
        g_assert_false(*out_close);
        const Served *served = count < client->served->len ? client->served->pdata[count] : NULL;
        const Expected *expected = count < all->len ? all->pdata[count] : NULL;
        if (!take_answer(&rest, client, expected, served, out_close))
            break;
        count++;
    }
    return count;
}

/* Why the connection may end behind @served: nobody knows whether a body that was to wait comes. */
static bool may_end(const Served *served, const Expected *expected)
{
    return is_last(served, expected) || expected->continues;
}

/* All that could be read has been, and nothing has disturbed: everything must have happened. */
static void check_end(const Client *client, const GPtrArray *all, unsigned answers, bool close)
{
    const unsigned count = client->served->len;
    const Served *last = count == 0 ? NULL : client->served->pdata[count - 1];
    const bool lacks = last != NULL && (last->gone || last->broken || !last->answered);
    const Expected *expected = count == 0 ? NULL : all->pdata[count - 1];
    const bool waits = last != NULL && !last->answered && lacks_body(expected);
    const bool ends = close || (last != NULL && !waits && is_last(last, expected));
    g_assert_true(!close || may_end(last, expected));
    g_assert_true(answers == count || (lacks && answers + 1 == count));
    if (!ends)
        g_assert_cmpuint(count, ==, all->len);
    g_assert_true(client->ended == (ends || client->shut));
}

void run_check(const Run *run, const Client *client)
{
    g_autoptr(GPtrArray) all = expect(run, client);
    bool close = false;
    check_requests(run, client, all);
    const unsigned answers = check_answers(client, all, &close);
    if (!run->disturbed && client->descriptor >= 0)
        check_end(client, all, answers, close);
}
