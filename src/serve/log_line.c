#include "serve/log_line.h"

#include "api/encode.h"
#include "base/digits.h"

#include <string.h>

/* What is longer is cut. */
enum { PATH_LIMIT = 2048, TEXT_LIMIT = 1024, AGENT_LIMIT = 256 };

static HttpText text_of(const char *text)
{
    return (HttpText){text, text != NULL ? strlen(text) : 0};
}

static HttpText cut(HttpText text, size_t limit)
{
    return (HttpText){text.data, MIN(text.length, limit)};
}

static void append_number(GString *out, uint64_t number)
{
    char buffer[DIGITS_MOST + 1];
    g_string_append(out, digits_write(number, buffer));
}

/* Exactly @width digits. */
static void append_digits(GString *out, uint64_t number, unsigned width)
{
    char digits[20];
    for (unsigned i = width; i > 0; i--, number /= 10)
        digits[i - 1] = (char)('0' + number % 10);
    g_string_append_len(out, digits, width);
}

static void append_time(GString *out, LogStamp *stamp, int64_t now)
{
    int64_t second = now / G_USEC_PER_SEC;
    if (second != stamp->second || stamp->text[0] == '\0') {
        time_t whole = (time_t)second;
        struct tm parts;
        gmtime_r(&whole, &parts);
        strftime(stamp->text, sizeof stamp->text, "%Y-%m-%dT%H:%M:%S", &parts);
        stamp->second = second;
    }
    g_string_append_len(out, stamp->text, sizeof stamp->text - 1);
    g_string_append_c(out, '.');
    append_digits(out, (uint64_t)(now % G_USEC_PER_SEC), 6);
    g_string_append_c(out, 'Z');
}

/* The length of the character at @text; 0 if it is none. */
static unsigned character(const char *text, size_t left)
{
    gunichar c = g_utf8_get_char_validated(text, (gssize)left);
    return c < 0x110000 && *text != '\0' ? (unsigned)(g_utf8_next_char(text) - text) : 0;
}

/* What a terminal could take for more than text is written as \xNN. */
static void append_plain(GString *out, HttpText text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < text.length;) {
        unsigned char c = (unsigned char)text.data[i];
        unsigned length = character(text.data + i, text.length - i);
        if (length > 0 && g_unichar_isprint(g_utf8_get_char(text.data + i))) {
            g_string_append_len(out, text.data + i, length);
            i += length;
            continue;
        }
        char code[] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
        g_string_append_len(out, code, sizeof code);
        i++;
    }
}

/* ,"name":"value" unless the value is absent. @name is ours: nothing in it is escaped. */
static void append_member(GString *out, const char *name, HttpText value)
{
    if (value.data == NULL)
        return;
    g_string_append(out, ",\"");
    g_string_append(out, name);
    g_string_append(out, "\":");
    api_encode_string(out, value.data, value.length);
}

static void append_count(GString *out, const char *name, uint64_t value)
{
    g_string_append(out, ",\"");
    g_string_append(out, name);
    g_string_append(out, "\":");
    append_number(out, value);
}

static void append_head(GString *out, LogStamp *stamp, int64_t now, const char *level)
{
    g_string_append(out, "{\"time\":\"");
    append_time(out, stamp, now);
    g_string_append(out, "\",\"level\":\"");
    g_string_append(out, level);
    g_string_append_c(out, '"');
}

static void append_json(GString *out, LogStamp *stamp, int64_t now, const AccessLogRequest *request)
{
    append_head(out, stamp, now, request->status >= 500 ? "error" : "info");
    append_member(out, "request_id", request->id);
    append_member(out, "method", cut(request->method, TEXT_LIMIT));
    append_member(out, "path", cut(request->path, PATH_LIMIT));
    append_member(out, "route", text_of(request->route));
    append_count(out, "status", request->status);
    append_count(out, "duration_us", (uint64_t)MAX(request->duration, 0));
    append_count(out, "bytes", request->bytes);
    append_member(out, "peer", text_of(request->peer));
    append_member(out, "subject", cut(text_of(request->subject), TEXT_LIMIT));
    append_member(out, "user_agent", cut(request->user_agent, AGENT_LIMIT));
    append_member(out, "sqlstate", text_of(request->sqlstate));
    append_member(out, "reason", cut(text_of(request->reason), TEXT_LIMIT));
    append_member(out, "error", cut(text_of(request->error), TEXT_LIMIT));
    append_member(out, "traceparent", request->traceparent);
    g_string_append(out, "}\n");
}

static const char *color_of(unsigned status)
{
    return status >= 500   ? "\033[31m"
           : status >= 400 ? "\033[33m"
           : status >= 300 ? "\033[36m"
                           : "\033[32m";
}

static void append_colored(GString *out, bool color, const char *code, const char *text)
{
    if (color)
        g_string_append(out, code);
    g_string_append(out, text);
    if (color)
        g_string_append(out, "\033[0m");
}

/* Two spaces and the value, unless it is absent. */
static void append_word(GString *out, HttpText value)
{
    if (value.data == NULL)
        return;
    g_string_append(out, "  ");
    append_plain(out, value);
}

static void append_text(GString *out, LogStamp *stamp, int64_t now,
                        const AccessLogSettings *settings, const AccessLogRequest *request)
{
    append_time(out, stamp, now);
    char status[16];
    g_snprintf(status, sizeof status, "  %u ", request->status);
    append_colored(out, settings->color, color_of(request->status), status);
    append_plain(out, cut(request->method, TEXT_LIMIT));
    g_string_append_c(out, ' ');
    append_plain(out, cut(request->path, PATH_LIMIT));
    uint64_t duration = (uint64_t)MAX(request->duration, 0);
    g_string_append(out, "  ");
    append_number(out, duration / 1000);
    g_string_append_c(out, '.');
    append_digits(out, duration % 1000, 3);
    g_string_append(out, " ms  ");
    append_number(out, request->bytes);
    g_string_append(out, " B");
    append_word(out, text_of(request->peer));
    append_word(out, cut(text_of(request->subject), TEXT_LIMIT));
    append_word(out, request->id);
    append_word(out, text_of(request->sqlstate));
    append_word(out, cut(text_of(request->reason), TEXT_LIMIT));
    append_word(out, cut(text_of(request->error), TEXT_LIMIT));
    g_string_append_c(out, '\n');
}

void log_line_append_request(GString *out, LogStamp *stamp, int64_t now,
                             const AccessLogSettings *settings, const AccessLogRequest *request)
{
    if (settings->format == ACCESS_LOG_JSON)
        append_json(out, stamp, now, request);
    else
        append_text(out, stamp, now, settings, request);
}

/* Further lines of a message are indented: none can be taken for a line of the log. */
static void append_message(GString *out, const char *message)
{
    g_auto(GStrv) lines = g_strsplit(message != NULL ? message : "", "\n", -1);
    append_word(out, text_of(lines[0]));
    for (char **line = lines + (lines[0] != NULL); *line != NULL; line++) {
        g_string_append(out, "\n    ");
        append_plain(out, text_of(g_strchug(*line)));
    }
}

static void append_event_text(GString *out, const AccessLogSettings *settings,
                              AccessLogSeverity severity, const char *const *texts, unsigned count)
{
    static const char *const colors[] = {"\033[36m", "\033[33m", "\033[31m"};
    g_string_append(out, "  ");
    append_colored(out, settings->color, colors[severity], texts[1]);
    append_message(out, texts[3]);
    for (unsigned i = 4; i + 1 < count; i += 2) {
        append_word(out, text_of(texts[i]));
        g_string_append_c(out, '=');
        append_plain(out, cut(text_of(texts[i + 1]), TEXT_LIMIT));
    }
    g_string_append_c(out, '\n');
}

void log_line_append_event(GString *out, LogStamp *stamp, int64_t now,
                           const AccessLogSettings *settings, AccessLogSeverity severity,
                           const char *const *texts, unsigned count)
{
    static const char *const levels[] = {"info", "warning", "error"};
    if (settings->format == ACCESS_LOG_TEXT) {
        append_time(out, stamp, now);
        append_event_text(out, settings, severity, texts, count);
        return;
    }
    append_head(out, stamp, now, levels[severity]);
    for (unsigned i = 0; i + 1 < count; i += 2)
        append_member(out, texts[i], cut(text_of(texts[i + 1]), TEXT_LIMIT));
    g_string_append(out, "}\n");
}
