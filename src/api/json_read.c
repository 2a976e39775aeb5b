#include "api/json_read.h"

#include <string.h>

/* A text being checked. */
typedef struct Reader {
    const char *at, *end;
    const char *problem; /* %NULL while there is none */
    unsigned depth, most;
    unsigned char objects[JSON_READ_DEPTH / 8]; /* a bit a depth: an object, not an array */
} Reader;

static bool refuse(Reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')
        at++;
    return at;
}

static char peek(const Reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static void read_space(Reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\n' || peek(reader) == '\r' ||
           peek(reader) == '\t')
        reader->at++;
}

/* The four digits behind "\u" at the reader's place; -1 if there are none. */
static int hex_digits(const char *at, const char *end)
{
    int value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool read_unicode(Reader *reader)
{
    int unit = hex_digits(reader->at, reader->end);
    if (unit < 0)
        return refuse(reader, "has \"\\u\" without four hexadecimal digits");
    if (unit == 0)
        return refuse(reader, "has a NUL character, which PostgreSQL's text cannot hold");
    reader->at += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    bool pair = unit < 0xdc00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
                reader->at[1] == 'u';
    int low = pair ? hex_digits(reader->at + 2, reader->end) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        reader->at -= 6;
        return refuse(reader, "has half a surrogate pair");
    }
    reader->at += 6;
    return true;
}

/* At a quote. */
static bool read_string(Reader *reader)
{
    for (reader->at++; reader->at < reader->end; reader->at++) {
        unsigned char c = (unsigned char)*reader->at;
        if (c == '"') {
            reader->at++;
            return true;
        }
        if (c < 0x20)
            return refuse(reader, "has a control character in a string");
        if (c != '\\')
            continue;
        reader->at++;
        char escape = peek(reader);
        if (escape == '\0' || strchr("\"\\/bfnrtu", escape) == NULL)
            return refuse(reader, "has an unknown escape in a string");
        if (escape == 'u') {
            reader->at++;
            if (!read_unicode(reader))
                return false;
            reader->at--;
        }
    }
    return refuse(reader, "has a string that is not closed");
}

static bool read_digits(Reader *reader)
{
    if (!g_ascii_isdigit(peek(reader)))
        return refuse(reader, "has a malformed number");
    while (g_ascii_isdigit(peek(reader)))
        reader->at++;
    return true;
}

static bool read_number(Reader *reader)
{
    reader->at += *reader->at == '-';
    bool zero = peek(reader) == '0';
    const char *digits = reader->at;
    if (!read_digits(reader))
        return false;
    if (zero && reader->at - digits > 1)
        return refuse(reader, "has a number that begins with 0");
    if (peek(reader) == '.') {
        reader->at++;
        if (!read_digits(reader))
            return false;
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        reader->at++;
        reader->at += peek(reader) == '+' || peek(reader) == '-';
        return read_digits(reader);
    }
    return true;
}

static bool read_scalar(Reader *reader)
{
    static const char *const words[] = {"true", "false", "null"};
    char c = peek(reader);
    if (c == '"')
        return read_string(reader);
    if (c == '-' || g_ascii_isdigit(c))
        return read_number(reader);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(reader->end - reader->at) >= length &&
            memcmp(reader->at, words[i], length) == 0) {
            reader->at += length;
            return true;
        }
    }
    return refuse(reader, reader->at == reader->end ? "ends too early" : "has no value here");
}

static bool in_object(const Reader *reader)
{
    unsigned top = reader->depth - 1;
    return (reader->objects[top / 8] & 1u << top % 8) != 0;
}

/* A member's name and its colon. */
static bool read_name(Reader *reader)
{
    read_space(reader);
    if (peek(reader) != '"')
        return refuse(reader, "has a member without a name in double quotes");
    if (!read_string(reader))
        return false;
    read_space(reader);
    if (peek(reader) != ':')
        return refuse(reader, "has a member's name without a colon");
    reader->at++;
    return true;
}

/* At "{" or "[": whether it is a good one; @out_value tells whether a value comes next. */
static bool open_container(Reader *reader, bool *out_value)
{
    bool object = *reader->at == '{';
    if (reader->depth == reader->most)
        return refuse(reader, "is nested too deeply");
    unsigned char bit = (unsigned char)(1u << reader->depth % 8);
    unsigned char *bits = &reader->objects[reader->depth / 8];
    *bits = (unsigned char)(object ? *bits | bit : *bits & ~bit);
    reader->depth++;
    reader->at++;
    read_space(reader);
    *out_value = peek(reader) != (object ? '}' : ']');
    if (!*out_value) {
        reader->at++;
        reader->depth--;
        return true;
    }
    return !object || read_name(reader);
}

/* Behind a value: up to the next one, or to the end of the outermost. */
static bool end_value(Reader *reader, bool *out_value)
{
    *out_value = false;
    while (reader->depth > 0) {
        read_space(reader);
        char c = peek(reader);
        if (c == ',') {
            reader->at++;
            *out_value = true;
            return !in_object(reader) || read_name(reader);
        }
        if (c != (in_object(reader) ? '}' : ']'))
            return refuse(reader, reader->at == reader->end ? "ends too early"
                                                            : "has no comma or end here");
        reader->at++;
        reader->depth--;
    }
    return true;
}

static bool read_text(Reader *reader)
{
    for (bool value = true; value;) {
        read_space(reader);
        char c = peek(reader);
        bool opens = c == '{' || c == '[';
        value = false;
        if (opens ? !open_container(reader, &value) : !read_scalar(reader))
            return false;
        if (!value && !end_value(reader, &value))
            return false;
    }
    read_space(reader);
    return reader->at == reader->end || refuse(reader, "has something behind its end");
}

static JsonSort sort_of(char first)
{
    switch (first) {
    case '{':
        return JSON_SORT_OBJECT;
    case '[':
        return JSON_SORT_ARRAY;
    case '"':
        return JSON_SORT_STRING;
    case 't':
        return JSON_SORT_TRUE;
    case 'f':
        return JSON_SORT_FALSE;
    case 'n':
        return JSON_SORT_NULL;
    default:
        return JSON_SORT_NUMBER;
    }
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Behind the value at @at, in a checked text. */
static const char *skip_value(const char *at)
{
    if (*at == '"')
        return skip_string(at);
    if (*at != '{' && *at != '[') {
        while (g_ascii_isalnum(*at) || *at == '-' || *at == '+' || *at == '.')
            at++;
        return at;
    }
    for (unsigned depth = 0;;) {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
        if (depth == 0)
            return at;
    }
}

bool json_read(const char *text, size_t length, unsigned depth, JsonSlice *out_value,
               size_t *out_at, const char **out_problem)
{
    Reader reader = {.at = text, .end = text + length, .most = MIN(depth, JSON_READ_DEPTH)};
    const char *bad = NULL;
    if (!g_utf8_validate_len(text, length, &bad)) {
        reader.at = bad;
        refuse(&reader, *bad == '\0' ? "has a NUL character" : "is not UTF-8");
    } else if (read_text(&reader)) {
        const char *start = text;
        const char *end = text + length;
        while (*start == ' ' || *start == '\n' || *start == '\r' || *start == '\t')
            start++;
        while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t')
            end--;
        *out_value =
            (JsonSlice){.sort = sort_of(*start), .data = start, .length = (size_t)(end - start)};
        return true;
    }
    *out_at = (size_t)(reader.at - text);
    *out_problem = reader.problem;
    return false;
}

JsonWalk json_walk(const JsonSlice *container)
{
    return (JsonWalk){.at = container->data + 1, .has_names = container->sort == JSON_SORT_OBJECT};
}

static JsonSlice take_slice(JsonWalk *walk)
{
    const char *start = walk->at;
    walk->at = skip_value(start);
    return (JsonSlice){
        .sort = sort_of(*start), .data = start, .length = (size_t)(walk->at - start)};
}

bool json_walk_next(JsonWalk *walk, JsonSlice *out_name, JsonSlice *out_value)
{
    walk->at = skip_space(walk->at);
    if (*walk->at == '}' || *walk->at == ']')
        return false;
    if (*walk->at == ',')
        walk->at = skip_space(walk->at + 1);
    if (walk->has_names) {
        *out_name = take_slice(walk);
        walk->at = skip_space(walk->at); /* to the colon */
        walk->at = skip_space(walk->at + 1);
    }
    *out_value = take_slice(walk);
    return true;
}

/* Appends the character of the escape at @at, behind the backslash; returns behind it. */
static const char *append_escape(GString *out, const char *at)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, *at);
    if (letter != NULL) {
        g_string_append_c(out, controls[letter - letters]);
        return at + 1;
    }
    if (*at != 'u') {
        g_string_append_c(out, *at);
        return at + 1;
    }
    gunichar c = (gunichar)hex_digits(at + 1, at + 5);
    at += 5;
    if (c >= 0xd800 && c <= 0xdfff) {
        gunichar low = (gunichar)hex_digits(at + 2, at + 6);
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    g_string_append_unichar(out, c);
    return at;
}

const char *json_unquote(const JsonSlice *string, GString *scratch, size_t *out_length)
{
    const char *at = string->data + 1;
    const char *end = string->data + string->length - 1;
    *out_length = (size_t)(end - at);
    if (memchr(at, '\\', *out_length) == NULL)
        return at;
    g_string_truncate(scratch, 0);
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        const char *stop = escape != NULL ? escape : end;
        g_string_append_len(scratch, at, stop - at);
        at = escape != NULL ? append_escape(scratch, escape + 1) : end;
    }
    *out_length = scratch->len;
    return scratch->str;
}
