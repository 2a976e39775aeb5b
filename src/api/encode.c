#include "api/encode.h"

#include "api/encode_nested.h"
#include "api/json_text.h"
#include "base/buffer.h"

#include <string.h>

/* Values in values: deeper ones are strings. The server's own limits are lower or near. */
enum { DEPTH = 64 };

void api_encode_string(GString *out, const char *text, size_t length)
{
    json_append_string(out, text, length);
}

static void append_copy(GString *out, const char *text, size_t length)
{
    char *to = buffer_reserve(out, length);
    memcpy(to, text, length);
    buffer_commit(out, to + length);
}

static void append_quoted_copy(GString *out, const char *text, size_t length)
{
    char *to = buffer_reserve(out, length + 2);
    to[0] = '"';
    memcpy(to + 1, text, length);
    to[length + 1] = '"';
    buffer_commit(out, to + length + 2);
}

static void append_number(GString *out, const char *text, size_t length, bool is_number,
                          bool as_string)
{
    if (!is_number)
        json_append_string(out, text, length);
    else if (as_string)
        append_quoted_copy(out, text, length);
    else
        append_copy(out, text, length);
}

static void append_boolean(GString *out, const char *text, size_t length)
{
    if (length == 1 && text[0] == 't')
        append_copy(out, "true", 4);
    else if (length == 1 && text[0] == 'f')
        append_copy(out, "false", 5);
    else
        json_append_string(out, text, length);
}

/* A text that is gone through from left to right. */
typedef struct Cursor {
    const char *at, *end;
} Cursor;

/* Goes over @least digits or more, but @most. */
static bool skip_digits(Cursor *cursor, unsigned least, unsigned most)
{
    unsigned count = 0;
    while (cursor->at < cursor->end && count < most && g_ascii_isdigit(*cursor->at)) {
        cursor->at++;
        count++;
    }
    return count >= least;
}

static bool skip(Cursor *cursor, char character)
{
    if (cursor->at == cursor->end || *cursor->at != character)
        return false;
    cursor->at++;
    return true;
}

static bool skip_date(Cursor *cursor)
{
    return skip_digits(cursor, 4, 7) && skip(cursor, '-') && skip_digits(cursor, 2, 2) &&
           skip(cursor, '-') && skip_digits(cursor, 2, 2);
}

static bool skip_clock(Cursor *cursor)
{
    if (!skip_digits(cursor, 2, 2) || !skip(cursor, ':') || !skip_digits(cursor, 2, 2) ||
        !skip(cursor, ':') || !skip_digits(cursor, 2, 2))
        return false;
    return !skip(cursor, '.') || skip_digits(cursor, 1, 6);
}

/* +02, +05:30, +02:30:17 */
static bool skip_zone(Cursor *cursor)
{
    if (!skip(cursor, '+') && !skip(cursor, '-'))
        return false;
    if (!skip_digits(cursor, 2, 2))
        return false;
    for (unsigned i = 0; i < 2 && skip(cursor, ':'); i++)
        if (!skip_digits(cursor, 2, 2))
            return false;
    return true;
}

static char *write_bytes(char *to, const char *from, const char *end)
{
    memcpy(to, from, (size_t)(end - from));
    return to + (end - from);
}

/* +00 → Z, +02 → +02:00 */
static char *write_zone(char *to, const char *from, const char *end)
{
    if (end - from == 3 && memcmp(from, "+00", 3) == 0) {
        *to = 'Z';
        return to + 1;
    }
    to = write_bytes(to, from, end);
    return end - from == 3 ? write_bytes(to, ":00", &":00"[3]) : to;
}

/* "date time[zone][ BC]" → "dateTtime[zone][ BC]" */
static void append_timestamp(GString *out, const char *text, size_t length, bool has_zone)
{
    Cursor cursor = {text, text + length};
    bool good = skip_date(&cursor);
    const char *space = cursor.at;
    good = good && skip(&cursor, ' ') && skip_clock(&cursor);
    const char *zone = cursor.at;
    good = good && (!has_zone || skip_zone(&cursor));
    const char *era = cursor.at;
    size_t left = (size_t)(cursor.end - era);
    if (!good || (left != 0 && (left != 3 || memcmp(era, " BC", 3) != 0))) {
        json_append_string(out, text, length);
        return;
    }
    char *to = buffer_reserve(out, length + 6);
    *to++ = '"';
    to = write_bytes(to, text, space);
    *to++ = 'T';
    to = write_bytes(to, space + 1, zone);
    if (has_zone)
        to = write_zone(to, zone, era);
    to = write_bytes(to, era, cursor.end);
    *to++ = '"';
    buffer_commit(out, to);
}

static void append_timetz(GString *out, const char *text, size_t length)
{
    Cursor cursor = {text, text + length};
    bool good = skip_clock(&cursor);
    const char *zone = cursor.at;
    if (!good || !skip_zone(&cursor) || cursor.at != cursor.end) {
        json_append_string(out, text, length);
        return;
    }
    char *to = buffer_reserve(out, length + 6);
    *to++ = '"';
    to = write_bytes(to, text, zone);
    to = write_zone(to, zone, cursor.end);
    *to++ = '"';
    buffer_commit(out, to);
}

static bool is_hex(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isxdigit(text[i]))
            return false;
    return true;
}

/* The three bytes at @hex as four characters of base64; of @count bytes only, then padded. */
static char *write_base64(char *to, const char *hex, unsigned count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    for (unsigned i = 0; i < 6; i++)
        bits = bits << 4 | (i < 2 * count ? (unsigned)g_ascii_xdigit_value(hex[i]) : 0);
    to[0] = digits[bits >> 18];
    to[1] = digits[bits >> 12 & 63];
    to[2] = digits[bits >> 6 & 63];
    to[3] = digits[bits & 63];
    if (count < 3)
        to[3] = '=';
    if (count < 2)
        to[2] = '=';
    return to + 4;
}

/* \x48656c6c6f → base64 */
static void append_bytea(GString *out, const char *text, size_t length)
{
    if (length < 2 || length % 2 != 0 || text[0] != '\\' || text[1] != 'x' ||
        !is_hex(text + 2, length - 2)) {
        json_append_string(out, text, length);
        return;
    }
    size_t bytes = (length - 2) / 2;
    char *to = buffer_reserve(out, (bytes + 2) / 3 * 4 + 2);
    *to++ = '"';
    for (size_t i = 0; i < bytes; i += 3)
        to = write_base64(to, text + 2 + 2 * i, (unsigned)MIN(bytes - i, 3));
    *to++ = '"';
    buffer_commit(out, to);
}

static bool is_nested(const ApiType *type)
{
    return type->form == FORM_ARRAY || type->form == FORM_COMPOSITE || type->form == FORM_RANGE ||
           type->form == FORM_MULTIRANGE;
}

static bool append_nested(GString *out, Nested *nested)
{
    switch (nested->type->form) {
    case FORM_ARRAY:
        return nested->type->delimiter == ' ' ? encode_vector(out, nested)
                                              : encode_array(out, nested);
    case FORM_COMPOSITE:
        return encode_composite(out, nested);
    case FORM_RANGE:
        return encode_range(out, nested);
    default:
        return encode_multirange(out, nested);
    }
}

static void append_plain(GString *out, const ApiForms *forms, ApiForm form, const char *text,
                         size_t length)
{
    switch (form) {
    case FORM_BOOLEAN:
        append_boolean(out, text, length);
        return;
    case FORM_INTEGER:
        append_number(out, text, length, json_is_integer(text, length), false);
        return;
    case FORM_BIGINT:
        append_number(out, text, length, json_is_integer(text, length), forms->bigint_is_string);
        return;
    case FORM_FLOAT:
        append_number(out, text, length, json_is_number(text, length), false);
        return;
    case FORM_NUMERIC:
        append_number(out, text, length, json_is_number(text, length), !forms->numeric_is_number);
        return;
    case FORM_TIMETZ:
        append_timetz(out, text, length);
        return;
    case FORM_TIMESTAMP:
    case FORM_TIMESTAMPTZ:
        append_timestamp(out, text, length, form == FORM_TIMESTAMPTZ);
        return;
    case FORM_BYTEA:
        append_bytea(out, text, length);
        return;
    case FORM_JSON:
        append_number(out, text, length, json_is_document(text, length), false);
        return;
    case FORM_VOID:
        append_copy(out, "null", 4);
        return;
    default:
        json_append_string(out, text, length);
    }
}

static void append_value(GString *out, const ApiForms *forms, const ApiType *type, const char *text,
                         size_t length, unsigned depth)
{
    if (!is_nested(type)) {
        append_plain(out, forms, type->form, text, length);
        return;
    }
    size_t begin = out->len;
    Nested nested = {forms, type, text, text + length, depth, append_value};
    if (depth < DEPTH && append_nested(out, &nested))
        return;
    g_string_truncate(out, begin);
    json_append_string(out, text, length);
}

void api_encode_value(GString *out, const ApiForms *forms, const ApiType *type, const char *text,
                      size_t length)
{
    if (text == NULL)
        append_copy(out, "null", 4);
    else
        append_value(out, forms, type, text, length, 0);
}
