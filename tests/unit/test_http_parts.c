#include "http/compress.h"
#include "http/date.h"
#include "http/forwarded.h"
#include "http/scan.h"

#include <zlib.h>
#include <zstd.h>

static void assert_date(int64_t seconds, const char *expected)
{
    char text[HTTP_DATE_LENGTH + 1] = "";
    http_date_write(seconds, text);
    g_assert_cmpstr(text, ==, expected);
}

static void dates_are_written(void)
{
    assert_date(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_date(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_date(253402300799, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void a_date_is_made_once_a_second(void)
{
    HttpDate date = {0};
    g_autofree char *first = g_strdup(http_date(&date, 1000));
    g_assert_cmpuint(strlen(first), ==, HTTP_DATE_LENGTH);
    g_assert_cmpint(date.until, >, 1000);
    g_assert_cmpint(date.until, <=, 1000 + G_USEC_PER_SEC);
    date.text[0] = '?';
    g_assert_cmpint(http_date(&date, date.until - 1)[0], ==, '?');
    g_assert_cmpint(http_date(&date, date.until)[0], !=, '?');
}

/* A line is looked at in pieces: each byte is known at each place of one. */
static void control_characters_are_found_everywhere(void)
{
    for (unsigned place = 1; place < 20; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char head[] = "GET / HTTP/1.1 01234567\r\n\r\n";
            const size_t length = strlen(head);
            head[place] = (char)byte;
            HttpScanPlace end = HTTP_SCAN_BEGIN;
            const size_t seen = http_scan(&end, head, length, false);
            const bool text = (byte >= ' ' && byte != 0x7f) || byte == '\t';
            const size_t bad = byte == '\r' ? place + 2 : place + 1;
            g_assert_cmpint(end, ==, text ? HTTP_SCAN_END : HTTP_SCAN_BAD);
            g_assert_cmpuint(seen, ==, text ? length : bad);
        }
    }
}

static void assert_coding(const char *accepted, HttpCoding expected)
{
    const HttpText text = {accepted, accepted == NULL ? 0 : strlen(accepted)};
    g_assert_cmpint(http_coding_choose(text), ==, expected);
}

static void the_best_coding_is_chosen(void)
{
    assert_coding(NULL, HTTP_CODING_NONE);
    assert_coding("", HTTP_CODING_NONE);
    assert_coding("gzip", HTTP_CODING_GZIP);
    assert_coding("GZip , br", HTTP_CODING_GZIP);
    assert_coding("x-gzip", HTTP_CODING_GZIP);
    assert_coding("gzip, deflate, br, zstd", HTTP_CODING_ZSTD);
    assert_coding("gzip;q=1.0, zstd;q=0.5", HTTP_CODING_GZIP);
    assert_coding("gzip; q=0.501 , zstd;q=0.5", HTTP_CODING_GZIP);
    assert_coding("gzip;q=0", HTTP_CODING_NONE);
    assert_coding("gzip;q=0.000, *", HTTP_CODING_ZSTD);
    assert_coding("zstd;q=0, *;q=0.1", HTTP_CODING_GZIP);
    assert_coding("*;q=0", HTTP_CODING_NONE);
    assert_coding("identity, gzip;q=0.5", HTTP_CODING_NONE);
    assert_coding("identity;q=0.2, gzip;q=0.5", HTTP_CODING_GZIP);
    assert_coding("gzip;q=2", HTTP_CODING_NONE);
    assert_coding("gzip;q=1.001", HTTP_CODING_NONE);
    assert_coding("gzip;q=", HTTP_CODING_NONE);
    assert_coding("gzip;q", HTTP_CODING_NONE);
    assert_coding("gzip;q=0.1234", HTTP_CODING_NONE);
    assert_coding(",,;,gzip,", HTTP_CODING_GZIP);
    assert_coding("br, gzipped", HTTP_CODING_NONE);
}

/* (transfer full): text that can be compressed. */
static char *long_text(size_t length)
{
    GString *text = g_string_new(NULL);
    while (text->len < length)
        g_string_append_printf(text, "{\"id\": %zu},", text->len);
    g_string_truncate(text, length);
    return g_string_free(text, FALSE);
}

static void gzip_comes_back(void)
{
    g_autoptr(HttpCompressor) compressor = http_compressor_new();
    for (size_t length = 500; length < 2000000; length *= 7) {
        g_autofree char *text = long_text(length);
        g_autofree char *back = g_malloc(length + 1);
        size_t made = 0;
        const char *data = http_compress(compressor, HTTP_CODING_GZIP, text, length, &made);
        g_assert_nonnull(data);
        g_assert_cmpuint(made, <, length);
        z_stream stream = {.next_in = (Bytef *)data,
                           .avail_in = (uInt)made,
                           .next_out = (Bytef *)back,
                           .avail_out = (uInt)length + 1};
        g_assert_cmpint(inflateInit2(&stream, 15 + 16), ==, Z_OK);
        g_assert_cmpint(inflate(&stream, Z_FINISH), ==, Z_STREAM_END);
        g_assert_cmpmem(back, stream.total_out, text, length);
        inflateEnd(&stream);
        http_compressor_trim(compressor);
    }
}

static void zstd_comes_back(void)
{
    g_autoptr(HttpCompressor) compressor = http_compressor_new();
    for (size_t length = 500; length < 2000000; length *= 7) {
        g_autofree char *text = long_text(length);
        g_autofree char *back = g_malloc(length + 1);
        size_t made = 0;
        const char *data = http_compress(compressor, HTTP_CODING_ZSTD, text, length, &made);
        g_assert_nonnull(data);
        g_assert_cmpmem(back, ZSTD_decompress(back, length + 1, data, made), text, length);
        http_compressor_trim(compressor);
    }
}

static void what_does_not_become_shorter_stays(void)
{
    g_autoptr(HttpCompressor) compressor = http_compressor_new();
    char noise[1000];
    GRand *random = g_rand_new_with_seed(4);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)g_rand_int(random);
    g_rand_free(random);
    size_t made = 0;
    g_assert_null(http_compress(compressor, HTTP_CODING_GZIP, noise, sizeof noise, &made));
    g_assert_null(http_compress(compressor, HTTP_CODING_ZSTD, noise, sizeof noise, &made));
    g_assert_null(http_compress(compressor, HTTP_CODING_NONE, noise, sizeof noise, &made));
    g_assert_null(http_compress(compressor, HTTP_CODING_GZIP, noise, 0, &made));
}

/* The client behind proxies of 10.0.0.0/8, that have written @name: @value. */
static void assert_peer(const char *name, const char *value, const char *expected)
{
    const char *const entries[] = {"10.0.0.0/8", NULL};
    g_autoptr(HttpTrusted) trusted = http_trusted_new(entries, NULL);
    const HttpHeader headers[] = {
        {{"x-other", 7}, {"1.1.1.1", 7}},
        {{name, strlen(name)}, {value, strlen(value)}},
    };
    const HttpRequest request = {.headers = headers, .header_count = 2};
    char peer[HTTP_PEER_SIZE] = "";
    g_assert_cmpstr(http_forwarded_peer(&request, trusted, "10.0.0.1", peer), ==, expected);
}

static void the_last_one_not_trusted_is_the_client(void)
{
    assert_peer("x-forwarded-for", "192.0.2.1", "192.0.2.1");
    assert_peer("x-forwarded-for", "6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1");
    assert_peer("x-forwarded-for", "192.0.2.1:80", "192.0.2.1");
    assert_peer("x-forwarded-for", "2001:db8::7", "2001:db8::7");
    assert_peer("x-forwarded-for", "[2001:db8::7]:80", "2001:db8::7");
    assert_peer("x-forwarded-for", "10.0.0.3, 10.0.0.2", "10.0.0.3");
    assert_peer("forwarded", "for=6.6.6.6, for=\"[2001:db8::7]:80\";proto=https;by=x",
                "2001:db8::7");
    assert_peer("forwarded", "proto=https;For=192.0.2.1", "192.0.2.1");
    assert_peer("x-real-ip", "192.0.2.1", "10.0.0.1");
}

static void who_has_no_address_is_a_stranger(void)
{
    const char *const strange[] = {"nonsense", "unknown", "_hidden", "unix:", "evil",
                                   "",         ",",       "1.2.3",   "::::",  "10.0.0.2;"};
    for (unsigned i = 0; i < G_N_ELEMENTS(strange); i++) {
        g_autofree char *last = g_strconcat("192.0.2.1, ", strange[i], NULL);
        g_autofree char *before = g_strconcat(strange[i], ", 10.0.0.2", NULL);
        g_autofree char *element = g_strconcat("for=192.0.2.1, for=\"", strange[i], "\"", NULL);
        assert_peer("x-forwarded-for", strange[i], "unknown");
        assert_peer("x-forwarded-for", last, "unknown");
        assert_peer("x-forwarded-for", before, "unknown");
        assert_peer("forwarded", element, "unknown");
    }
    assert_peer("forwarded", "", "unknown");
    assert_peer("forwarded", "proto=https", "unknown");
    assert_peer("forwarded", "for=192.0.2.1, proto=https", "unknown");
}

/* As of a proxy that repeats the client's Host in quotes. */
static void quotes_hide_no_address(void)
{
    assert_peer("forwarded", "for=6.6.6.6;host=\"a\"", "6.6.6.6");
    assert_peer("forwarded", "host=\"a;for=10.0.0.9;b\";for=6.6.6.6", "unknown");
    assert_peer("forwarded", "for=6.6.6.6;host=\"a,for=10.0.0.9;b\"", "unknown");
    assert_peer("forwarded", "for=6.6.6.6;host=\"a\\\",for=10.0.0.9;b=\\\"\"", "unknown");
    assert_peer("forwarded", "for=10.0.0.9;for=6.6.6.6", "unknown");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http/dates_are_written", dates_are_written);
    g_test_add_func("/http/a_date_is_made_once_a_second", a_date_is_made_once_a_second);
    g_test_add_func("/http/control_characters", control_characters_are_found_everywhere);
    g_test_add_func("/http/the_best_coding_is_chosen", the_best_coding_is_chosen);
    g_test_add_func("/http/gzip_comes_back", gzip_comes_back);
    g_test_add_func("/http/zstd_comes_back", zstd_comes_back);
    g_test_add_func("/http/not_shorter_stays", what_does_not_become_shorter_stays);
    g_test_add_func("/http/the_client_behind_proxies", the_last_one_not_trusted_is_the_client);
    g_test_add_func("/http/the_client_behind_proxies/stranger", who_has_no_address_is_a_stranger);
    g_test_add_func("/http/the_client_behind_proxies/quotes", quotes_hide_no_address);
    return g_test_run();
}
