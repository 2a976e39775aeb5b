#include "serve/access_log.h"

#include "serve/log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#define AT G_GINT64_CONSTANT(1795372200123456) /* 2026-11-22T18:30:00.123456Z */

static HttpText text(const char *value)
{
    return (HttpText){value, value != NULL ? strlen(value) : 0};
}

static AccessLogRequest request_new(unsigned status)
{
    return (AccessLogRequest){.id = text("abc"),
                              .method = text("GET"),
                              .path = text("/items/1"),
                              .route = "/items/{id}",
                              .status = status,
                              .duration = 1234,
                              .bytes = 56,
                              .peer = "127.0.0.1"};
}

static char *line_of(const AccessLogSettings *settings, const AccessLogRequest *request)
{
    LogStamp stamp = {0};
    GString *out = g_string_new(NULL);
    log_line_append_request(out, &stamp, AT, settings, request);
    return g_string_free(out, FALSE);
}

/* Parses one line of JSON with its end. */
static json_t *parsed(const char *line)
{
    g_assert_true(g_str_has_suffix(line, "}\n"));
    g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
    json_error_t error;
    json_t *value = json_loads(line, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (value == NULL)
        g_error("%s: %s", error.text, line);
    return value;
}

static void expect_text(json_t *line, const char *name, const char *value)
{
    g_assert_cmpstr(json_string_value(json_object_get(line, name)), ==, value);
}

static void writes_a_request_as_json(void)
{
    AccessLogSettings settings = {.format = ACCESS_LOG_JSON};
    AccessLogRequest request = request_new(503);
    request.subject = "shop \"web\"";
    request.user_agent = text("curl/7\x01\xff \xc3\xa4");
    request.sqlstate = "57P03";
    request.reason = "starting";
    request.traceparent = text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    g_autofree char *line = line_of(&settings, &request);
    json_t *value = parsed(line);
    expect_text(value, "time", "2026-11-22T18:30:00.123456Z");
    expect_text(value, "level", "error");
    expect_text(value, "request_id", "abc");
    expect_text(value, "method", "GET");
    expect_text(value, "path", "/items/1");
    expect_text(value, "route", "/items/{id}");
    expect_text(value, "peer", "127.0.0.1");
    expect_text(value, "subject", "shop \"web\"");
    expect_text(value, "user_agent", "curl/7\x01\xef\xbf\xbd \xc3\xa4");
    expect_text(value, "sqlstate", "57P03");
    expect_text(value, "reason", "starting");
    g_assert_cmpint(json_integer_value(json_object_get(value, "status")), ==, 503);
    g_assert_cmpint(json_integer_value(json_object_get(value, "duration_us")), ==, 1234);
    g_assert_cmpint(json_integer_value(json_object_get(value, "bytes")), ==, 56);
    json_decref(value);
}

static void leaves_out_what_is_absent(void)
{
    AccessLogSettings settings = {.format = ACCESS_LOG_JSON};
    AccessLogRequest request = request_new(200);
    request.route = NULL;
    g_autofree char *line = line_of(&settings, &request);
    json_t *value = parsed(line);
    expect_text(value, "level", "info");
    g_assert_cmpuint(json_object_size(value), ==, 9);
    json_decref(value);
}

/* Whatever bytes come, a line is one line of JSON, and one of text without control characters. */
static void any_bytes_make_one_line(void)
{
    AccessLogSettings json = {.format = ACCESS_LOG_JSON};
    AccessLogSettings plain = {.format = ACCESS_LOG_TEXT};
    for (unsigned first = 0; first < 256; first++) {
        char bytes[] = {'/', (char)first, (char)0xc2, (char)(0x9b ^ first), '\0', '\n', '"'};
        AccessLogRequest request = request_new(200);
        request.path = (HttpText){bytes, sizeof bytes};
        request.user_agent = request.path;
        g_autofree char *line = line_of(&json, &request);
        json_decref(parsed(line));
        g_autofree char *words = line_of(&plain, &request);
        g_assert_true(g_utf8_validate(words, -1, NULL));
        for (const char *c = words; c[1] != '\0'; c = g_utf8_next_char(c))
            g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)) && c[1] != '\0');
    }
}

static void cuts_what_is_long(void)
{
    AccessLogSettings settings = {.format = ACCESS_LOG_JSON};
    g_autofree char *path = g_strnfill(100000, 'x');
    AccessLogRequest request = request_new(200);
    request.path = request.user_agent = text(path);
    request.subject = request.error = path;
    g_autofree char *line = line_of(&settings, &request);
    g_assert_cmpuint(strlen(line), <, 5000);
}

static void writes_text_for_people(void)
{
    AccessLogSettings settings = {.format = ACCESS_LOG_TEXT};
    AccessLogRequest request = request_new(404);
    g_autofree char *line = line_of(&settings, &request);
    g_assert_cmpstr(line, ==,
                    "2026-11-22T18:30:00.123456Z  404 GET /items/1  1.234 ms  56 B"
                    "  127.0.0.1  abc\n");
    settings.color = true;
    g_autofree char *colored = line_of(&settings, &request);
    g_assert_nonnull(strstr(colored, "\033[33m"));
    g_assert_nonnull(strstr(colored, "\033[0m"));
}

static void indents_what_is_behind_the_first_line(void)
{
    static const char *const texts[] = {
        "event", "broken", "message", "api/a.sql:2: wrong\nhint: \033[1mso\n\tand so", "n", "1"};
    AccessLogSettings settings = {.format = ACCESS_LOG_TEXT};
    LogStamp stamp = {0};
    g_autoptr(GString) line = g_string_new(NULL);
    log_line_append_event(line, &stamp, AT, &settings, ACCESS_LOG_WARNING, texts,
                          G_N_ELEMENTS(texts));
    g_assert_cmpstr(line->str, ==,
                    "2026-11-22T18:30:00.123456Z  broken  api/a.sql:2: wrong\n"
                    "    hint: \\x1b[1mso\n"
                    "    and so  n=1\n");
}

/* A log into a pipe, and what has come out of it. */
typedef struct Pipe {
    int out;
    AccessLog *log;
} Pipe;

static Pipe pipe_new(AccessLogLevel level, size_t limit)
{
    int ends[2];
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    AccessLogSettings settings = {
        .descriptor = ends[1], .level = level, .limit = limit, .patience = 50};
    g_autoptr(GError) error = NULL;
    Pipe made = {.out = ends[0], .log = access_log_new(&settings, &error)};
    g_assert_no_error(error);
    close(ends[1]);
    return made;
}

static void *read_all(void *data)
{
    int from = GPOINTER_TO_INT(data);
    GString *text_read = g_string_new(NULL);
    char piece[4096];
    for (ssize_t got; (got = read(from, piece, sizeof piece)) > 0;)
        g_string_append_len(text_read, piece, got);
    close(from);
    return g_string_free(text_read, FALSE);
}

static unsigned lines_with(const char *all, const char *words)
{
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    unsigned count = 0;
    for (unsigned i = 0; lines[i] != NULL; i++)
        count += strstr(lines[i], words) != NULL;
    return count;
}

static void writes_all_lines_before_it_ends(void)
{
    Pipe to = pipe_new(ACCESS_LOG_ALL, 1 << 20);
    GThread *reader = g_thread_new("reader", read_all, GINT_TO_POINTER(to.out));
    AccessLogLines *lines = access_log_lines_new(to.log);
    access_log_event(to.log, ACCESS_LOG_INFO, "start", "serving", "url", "http://x", NULL);
    for (unsigned i = 0; i < 1000; i++) {
        AccessLogRequest request = request_new(200);
        access_log_request(lines, &request);
        if (i % 7 == 0)
            access_log_flush(lines);
    }
    access_log_lines_free(lines);
    access_log_free(to.log);
    g_autofree char *all = g_thread_join(reader);
    g_assert_cmpuint(lines_with(all, "\"status\":200"), ==, 1000);
    g_assert_nonnull(strstr(
        all,
        "\"level\":\"info\",\"event\":\"start\",\"message\":\"serving\",\"url\":\"http://x\"}"));
}

static void has_levels(void)
{
    static const struct {
        AccessLogLevel level;
        unsigned fine, failed;
    } cases[] = {{ACCESS_LOG_OFF, 0, 0}, {ACCESS_LOG_ERRORS, 0, 1}, {ACCESS_LOG_ALL, 1, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Pipe to = pipe_new(cases[i].level, 1 << 20);
        AccessLogLines *lines = access_log_lines_new(to.log);
        AccessLogRequest fine = request_new(404);
        AccessLogRequest failed = request_new(500);
        access_log_request(lines, &fine);
        access_log_request(lines, &failed);
        access_log_lines_free(lines);
        access_log_event(to.log, ACCESS_LOG_ERROR, "outage", "no database", NULL);
        access_log_free(to.log);
        g_autofree char *all = read_all(GINT_TO_POINTER(to.out));
        g_assert_cmpuint(lines_with(all, "\"status\":404"), ==, cases[i].fine);
        g_assert_cmpuint(lines_with(all, "\"status\":500"), ==, cases[i].failed);
        g_assert_cmpuint(lines_with(all, "outage"), ==, 1);
    }
}

/* Nobody reads: lines are dropped, nothing waits; when somebody reads again, the log says it. */
static void drops_lines_rather_than_wait(void)
{
    Pipe to = pipe_new(ACCESS_LOG_ALL, 16384);
    AccessLogLines *lines = access_log_lines_new(to.log);
    for (unsigned i = 0; i < 5000; i++) {
        AccessLogRequest request = request_new(200);
        access_log_request(lines, &request);
        access_log_flush(lines);
    }
    uint64_t dropped = access_log_dropped(to.log);
    g_assert_cmpuint(dropped, >, 1000);
    GThread *reader = g_thread_new("reader", read_all, GINT_TO_POINTER(to.out));
    access_log_lines_free(lines);
    access_log_free(to.log);
    g_autofree char *all = g_thread_join(reader);
    g_assert_cmpuint(lines_with(all, "\"status\":200"), ==, 5000 - dropped);
    uint64_t said = 0;
    g_auto(GStrv) parts = g_strsplit(all, "\"event\":\"log_dropped\"", -1);
    for (unsigned i = 1; parts[i] != NULL; i++)
        said += g_ascii_strtoull(strstr(parts[i], "\"lines\":\"") + 9, NULL, 10);
    g_assert_cmpuint(said, ==, dropped);
}

static void ends_though_nobody_reads(void)
{
    Pipe to = pipe_new(ACCESS_LOG_ALL, 1 << 20);
    AccessLogLines *lines = access_log_lines_new(to.log);
    for (unsigned i = 0; i < 2000; i++) {
        AccessLogRequest request = request_new(200);
        access_log_request(lines, &request);
    }
    access_log_lines_free(lines);
    access_log_free(to.log);
    g_free(read_all(GINT_TO_POINTER(to.out))); /* lets the thread go, which was left behind */
}

static void survives_a_reader_that_left(void)
{
    Pipe to = pipe_new(ACCESS_LOG_ALL, 1 << 20);
    close(to.out);
    AccessLogLines *lines = access_log_lines_new(to.log);
    AccessLogRequest request = request_new(200);
    access_log_request(lines, &request);
    access_log_flush(lines);
    while (access_log_dropped(to.log) < 1)
        g_thread_yield();
    access_log_request(lines, &request);
    access_log_lines_free(lines);
    access_log_free(to.log);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/access_log/writes_a_request_as_json", writes_a_request_as_json);
    g_test_add_func("/access_log/leaves_out_what_is_absent", leaves_out_what_is_absent);
    g_test_add_func("/access_log/any_bytes_make_one_line", any_bytes_make_one_line);
    g_test_add_func("/access_log/cuts_what_is_long", cuts_what_is_long);
    g_test_add_func("/access_log/writes_text_for_people", writes_text_for_people);
    g_test_add_func("/access_log/lines", indents_what_is_behind_the_first_line);
    g_test_add_func("/access_log/writes_all_lines", writes_all_lines_before_it_ends);
    g_test_add_func("/access_log/has_levels", has_levels);
    g_test_add_func("/access_log/drops_lines", drops_lines_rather_than_wait);
    g_test_add_func("/access_log/ends_though_nobody_reads", ends_though_nobody_reads);
    g_test_add_func("/access_log/survives_a_reader_that_left", survives_a_reader_that_left);
    return g_test_run();
}
