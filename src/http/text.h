/*
 * Bytes of a message, and what its grammar makes of them (RFC 9110, 5.6).
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that are somebody else's, not ended by NUL. */
typedef struct HttpText {
    const char *data; /* %NULL: absent */
    size_t length;
} HttpText;

typedef struct HttpHeader {
    HttpText name; /* in lower case */
    HttpText value;
} HttpHeader;

static inline bool http_text_equal(HttpText a, HttpText b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool http_text_is(HttpText text, const char *word)
{
    return http_text_equal(text, (HttpText){word, strlen(word)});
}

/* Without regard to the case of ASCII letters. */
static inline bool http_text_is_word(HttpText text, const char *word)
{
    return text.length == strlen(word) && g_ascii_strncasecmp(text.data, word, text.length) == 0;
}

static inline bool http_is_space(char c)
{
    return c == ' ' || c == '\t';
}

static inline HttpText http_text_trim(HttpText text)
{
    while (text.length > 0 && http_is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && http_is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Takes what stands before @separator off @rest, trimmed; false if nothing is left. */
static inline bool http_text_next(HttpText *rest, char separator, HttpText *out_part)
{
    if (rest->data == NULL)
        return false;
    const char *end = memchr(rest->data, separator, rest->length);
    const size_t length = end == NULL ? rest->length : (size_t)(end - rest->data);
    *out_part = http_text_trim((HttpText){rest->data, length});
    *rest = end == NULL ? (HttpText){NULL, 0} : (HttpText){end + 1, rest->length - length - 1};
    return true;
}
