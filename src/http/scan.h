/*
 * Finds the end of a head (or of trailers) in pieces of any size, and refuses on the way what no
 * line of it may hold: control characters, CR and LF alone, continued lines.
 *
 * Readers differ in just these, which is what request smuggling lives on.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef enum HttpScanPlace {
    HTTP_SCAN_BEGIN, /* before a head: one empty line is skipped (RFC 9112, 2.2) */
    HTTP_SCAN_BEGIN_CR,
    HTTP_SCAN_BEGIN_AGAIN,
    HTTP_SCAN_LINE,
    HTTP_SCAN_LINE_CR,
    HTTP_SCAN_NEXT, /* at the beginning of a further line */
    HTTP_SCAN_NEXT_CR,
    HTTP_SCAN_END,
    HTTP_SCAN_BAD,
} HttpScanPlace;

/* Returns: how many bytes were looked at; all of them unless @place became END or BAD, or
 * @stop_at_line and a line has ended (@place is NEXT). */
size_t http_scan(HttpScanPlace *place, const char *data, size_t length, bool stop_at_line);
