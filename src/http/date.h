/*
 * The value of the header Date, made once a second (RFC 9110, 5.6.7).
 */
#pragma once
#include <stdint.h>

enum { HTTP_DATE_LENGTH = 29 };

/* Begin with {0}. */
typedef struct HttpDate {
    int64_t until; /* of the monotonic clock, microseconds: then @text is too old */
    char text[HTTP_DATE_LENGTH + 1];
} HttpDate;

/* @now: microseconds of the monotonic clock. */
const char *http_date(HttpDate *date, int64_t now);

/* @seconds since 1970: "Sun, 06 Nov 1994 08:49:37 GMT", in no locale. Years 0 to 9999. */
void http_date_write(int64_t seconds, char out_text[HTTP_DATE_LENGTH + 1]);
