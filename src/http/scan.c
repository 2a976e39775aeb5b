#include "http/scan.h"

#include "base/octets.h"

static bool is_text(unsigned char c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* Marks control characters: all that is no text, and HTAB. */
static uint64_t controls(uint64_t octets)
{
    uint64_t low = octets & ~OCTETS_HIGH;
    return (octets_below(low, 0x20) | octets_below(low ^ OCTETS_ALL(0x7f), 1)) & ~octets;
}

static size_t skip_text(const char *data, size_t at, size_t length)
{
    while (at + OCTETS <= length) {
        uint64_t marks = controls(octets_load(data + at));
        if (marks == 0) {
            at += OCTETS;
            continue;
        }
        at += octets_first(marks);
        if (data[at++] != '\t')
            return at - 1;
    }
    while (at < length && is_text((unsigned char)data[at]))
        at++;
    return at;
}

static HttpScanPlace begin_line(char c, HttpScanPlace after_cr)
{
    if (c == '\r')
        return after_cr;
    return is_text((unsigned char)c) && c != ' ' && c != '\t' ? HTTP_SCAN_LINE : HTTP_SCAN_BAD;
}

static HttpScanPlace step(HttpScanPlace place, char c)
{
    switch (place) {
    case HTTP_SCAN_BEGIN:
        return begin_line(c, HTTP_SCAN_BEGIN_CR);
    case HTTP_SCAN_BEGIN_AGAIN:
        return begin_line(c, HTTP_SCAN_BAD);
    case HTTP_SCAN_NEXT:
        return begin_line(c, HTTP_SCAN_NEXT_CR);
    case HTTP_SCAN_LINE:
        return c == '\r' ? HTTP_SCAN_LINE_CR : HTTP_SCAN_BAD;
    case HTTP_SCAN_BEGIN_CR:
        return c == '\n' ? HTTP_SCAN_BEGIN_AGAIN : HTTP_SCAN_BAD;
    case HTTP_SCAN_LINE_CR:
        return c == '\n' ? HTTP_SCAN_NEXT : HTTP_SCAN_BAD;
    case HTTP_SCAN_NEXT_CR:
        return c == '\n' ? HTTP_SCAN_END : HTTP_SCAN_BAD;
    case HTTP_SCAN_END:
    case HTTP_SCAN_BAD:
        break;
    }
    return HTTP_SCAN_BAD;
}

size_t http_scan(HttpScanPlace *place, const char *data, size_t length, bool stop_at_line)
{
    size_t at = 0;
    while (at < length) {
        if (*place == HTTP_SCAN_LINE) {
            at = skip_text(data, at, length);
            if (at == length)
                break;
        }
        *place = step(*place, data[at++]);
        if (*place == HTTP_SCAN_END || *place == HTTP_SCAN_BAD)
            break;
        if (stop_at_line && *place == HTTP_SCAN_NEXT)
            break;
    }
    return at;
}
