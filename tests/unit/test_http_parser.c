#include "http/parser.h"

static const HttpLimits limits = {.target = 100, .head = 500, .headers = 8, .body = 20};

#define HOST "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

/* (transfer full): what comes out: "path body;" a request, and the status of a refusal. */
static char *parse(const char *text, size_t piece)
{
    g_autoptr(HttpParser) parser = http_parser_new(&limits);
    g_autoptr(GString) seen = g_string_new(NULL);
    const size_t length = strlen(text);
    HttpParsed parsed = HTTP_PARSED_PART;
    const char *reason = NULL;
    size_t at = 0;
    while (at < length || parsed == HTTP_PARSED_HEAD) {
        size_t taken = 0;
        parsed = http_parser_feed(parser, text + at, MIN(piece, length - at), &taken);
        at += taken;
        const HttpRequest *request = http_parser_request(parser);
        if (parsed == HTTP_PARSED_WHOLE) {
            g_string_append_len(seen, request->path.data, (gssize)request->path.length);
            g_string_append_printf(seen, " %.*s;", (int)request->body.length, request->body.data);
            http_parser_reset(parser);
        } else if (parsed == HTTP_PARSED_REFUSED) {
            g_string_append_printf(seen, "%u", http_parser_fault(parser, &reason));
            break;
        }
    }
    return g_strdup(seen->str);
}

static void expect(const char *text, const char *expected)
{
    for (size_t piece = 1; piece < 40; piece += 3) {
        g_autofree char *seen = parse(text, piece);
        g_assert_cmpstr(seen, ==, expected);
    }
    g_autofree char *seen = parse(text, strlen(text));
    g_assert_cmpstr(seen, ==, expected);
}

static void takes_requests_one_by_one(void)
{
    expect("GET /a HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n", "/a ;/b ;");
    expect("POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.0\r\n\r\n",
           "/a abc;/b ;");
    expect(CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET /b HTTP/1.0\r\n\r\n", "/ abcde;/b ;");
    expect(CHUNKED "0\r\nX: y\r\n\r\nGET /b HTTP/1.0\r\n\r\n", "/ ;/b ;");
    expect("GET /a HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
           "GET /b HTTP/1.0\r\n\r\n",
           "/a ;/b ;");
}

static void an_empty_line_before_is_skipped_once(void)
{
    expect("\r\nGET /a HTTP/1.0\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n", "/a ;/b ;");
    expect("\r\n\r\nGET /a HTTP/1.0\r\n\r\n", "400");
}

static void limits_have_their_status(void)
{
    g_autofree char *many = g_strnfill(600, 'x');
    g_autofree char *target = g_strdup_printf("GET /%.100s HTTP/1.1\r\n" HOST "\r\n", many);
    expect(target, "414");
    g_autofree char *endless = g_strdup_printf("GET /%s", many);
    expect(endless, "414");
    g_autofree char *method = g_strdup_printf("%s / HTTP/1.1\r\n", many);
    expect(method, "400");
    g_autofree char *value = g_strdup_printf("GET / HTTP/1.1\r\nX: %s", many);
    expect(value, "431");
    g_autofree char *trailer = g_strdup_printf(CHUNKED "0\r\nX: %s", many);
    expect(trailer, "431");
    expect("GET / HTTP/1.1\r\n" HOST "A: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\n"
           "A: 1\r\n\r\n",
           "431");
    expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 21\r\n\r\n", "413");
    expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\n", "413");
    expect(CHUNKED "15\r\nxxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n", "413");
    expect(CHUNKED "14\r\nxxxxxxxxxxxxxxxxxxxx\r\n1\r\nx\r\n0\r\n\r\n", "413");
}

static void framing_beside_the_data_is_limited(void)
{
    g_autofree char *many = g_strnfill(5000, 'x');
    g_autofree char *extension = g_strdup_printf(CHUNKED "1;%s\r\nx\r\n0\r\n\r\n", many);
    expect(extension, "400");
    g_autofree char *zeros = g_strnfill(70000, '0');
    g_autofree char *size = g_strdup_printf(CHUNKED "%s1\r\nx\r\n0\r\n\r\n", zeros);
    g_autofree char *seen = parse(size, 1000);
    g_assert_cmpstr(seen, ==, "400");
}

static void targets_are_split(void)
{
    expect("GET /a?b HTTP/1.0\r\n\r\n", "/a ;");
    expect("GET http://a/x?b HTTP/1.1\r\n" HOST "\r\n", "/x ;");
    expect("GET HTTP://A HTTP/1.1\r\n" HOST "\r\n", "/ ;");
    expect("GET http://a?q HTTP/1.1\r\n" HOST "\r\n", "/ ;");
    expect("OPTIONS http://a HTTP/1.1\r\n" HOST "\r\n", "* ;");
    expect("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "* ;");
    expect("GET http://b/ HTTP/1.1\r\n" HOST "\r\n", "400");
    expect("GET http://u@a/ HTTP/1.1\r\n" HOST "\r\n", "400");
    expect("GET * HTTP/1.1\r\n" HOST "\r\n", "400");
    expect("GET a:80 HTTP/1.1\r\n" HOST "\r\n", "400");
    expect("GET /a#b HTTP/1.1\r\n" HOST "\r\n", "400");
    expect("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", "501");
}

static void hosts_are_checked(void)
{
    const char *const good[] = {"a", "a.b-c:80", "[::1]:80", "127.0.0.1", "a:"};
    const char *const bad[] = {"",     "a b",    "a/b", "a:b", "a:1:2",
                               "[::1", "[::1]x", "u@a", ":80", "a:1234567"};
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = g_strdup_printf("GET / HTTP/1.1\r\nHost: %s\r\n\r\n", good[i]);
        expect(text, "/ ;");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strdup_printf("GET / HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i]);
        expect(text, "400");
    }
}

static void headers_are_found_in_lower_case(void)
{
    g_autoptr(HttpParser) parser = http_parser_new(&limits);
    const char *text = "GET / HTTP/1.1\r\nHOST: a\r\nX-Some-Thing: \t a b \t\r\nEmpty:\r\n"
                       "X-Name-That-Is-Longer-Than-Most-Others-Are: b\r\n\r\n";
    size_t taken = 0;
    g_assert_cmpint(http_parser_feed(parser, text, strlen(text), &taken), ==, HTTP_PARSED_HEAD);
    g_assert_cmpuint(taken, ==, strlen(text));
    const HttpRequest *request = http_parser_request(parser);
    g_assert_true(http_text_is(http_request_header(request, "x-some-thing"), "a b"));
    g_assert_true(http_text_is(http_request_header(request, "empty"), ""));
    g_assert_nonnull(http_request_header(request, "empty").data);
    g_assert_null(http_request_header(request, "other").data); /* as long as another */
    g_assert_null(http_request_header(request, "x-other").data);
    g_assert_true(http_text_is(
        http_request_header(request, "x-name-that-is-longer-than-most-others-are"), "b"));
    g_assert_null(
        http_request_header(request, "x-other-one-that-is-longer-than-most-others-are").data);
    g_assert_true(http_parser_keeps_alive(parser));
    g_assert_false(http_parser_has_body(parser));
}

static bool keeps_alive(const char *text)
{
    g_autoptr(HttpParser) parser = http_parser_new(&limits);
    size_t taken = 0;
    g_assert_cmpint(http_parser_feed(parser, text, strlen(text), &taken), ==, HTTP_PARSED_HEAD);
    return http_parser_keeps_alive(parser);
}

static void the_connection_is_kept_as_asked(void)
{
    g_assert_true(keeps_alive("GET / HTTP/1.1\r\n" HOST "\r\n"));
    g_assert_false(keeps_alive("GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n"));
    g_assert_false(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
    g_assert_true(keeps_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    g_assert_false(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"));
}

static void expectations_are_known(void)
{
    expect("POST / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", "417");
    g_autoptr(HttpParser) parser = http_parser_new(&limits);
    const char *text =
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n";
    size_t taken = 0;
    http_parser_feed(parser, text, strlen(text), &taken);
    g_assert_true(http_parser_expects_continue(parser));
    http_parser_limit_body(parser, 4);
    g_assert_cmpint(http_parser_feed(parser, "", 0, &taken), ==, HTTP_PARSED_REFUSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parser/one_by_one", takes_requests_one_by_one);
    g_test_add_func("/parser/empty_line", an_empty_line_before_is_skipped_once);
    g_test_add_func("/parser/limits", limits_have_their_status);
    g_test_add_func("/parser/framing_is_limited", framing_beside_the_data_is_limited);
    g_test_add_func("/parser/targets", targets_are_split);
    g_test_add_func("/parser/hosts", hosts_are_checked);
    g_test_add_func("/parser/headers", headers_are_found_in_lower_case);
    g_test_add_func("/parser/connection", the_connection_is_kept_as_asked);
    g_test_add_func("/parser/expectations", expectations_are_known);
    return g_test_run();
}
