/*
 * Percent-encoding of URIs (RFC 3986) and of forms.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* The byte that "%XX" at @at stands for; -1 if there is no such before @end. */
static inline int percent_byte(const char *at, const char *end)
{
    if (end - at < 3 || *at != '%' || !g_ascii_isxdigit(at[1]) || !g_ascii_isxdigit(at[2]))
        return -1;
    return g_ascii_xdigit_value(at[1]) * 16 + g_ascii_xdigit_value(at[2]);
}

/**
 * percent_decode:
 * @plus: whether "+" is a space, as in a query
 *
 * Appends what @text stands for: any bytes, NUL too.
 *
 * Returns: false, with a part appended, if a "%" begins no such.
 */
bool percent_decode(GString *out, const char *text, size_t length, bool plus);

/* Appends @text as what stands between the quotes of an entity tag (RFC 9110, 8.8.3): what is not
 * visible ASCII, and %, ", comma and backslash, over which readers of lists stumble, is encoded.
 * percent_decode() without @plus gives back the same bytes. */
void percent_encode_tag(GString *out, const char *text, size_t length);
