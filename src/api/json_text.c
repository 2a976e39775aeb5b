#include "api/json_text.h"
#include "base/buffer.h"
#include "base/octets.h"

/* Marks bytes that a JSON string does not take as they are, or not alone: control characters, '"',
 * '\' and all beyond ASCII. */
static uint64_t special(uint64_t octets)
{
    uint64_t low = octets & ~OCTETS_HIGH;
    return (octets & OCTETS_HIGH) | octets_below(low, 0x20) |
           octets_below(low ^ OCTETS_ALL('"'), 1) | octets_below(low ^ OCTETS_ALL('\\'), 1);
}

static bool is_special(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80;
}

/* How many bytes at @text are ASCII that a JSON string takes as it is. */
static size_t plain_run(const char *text, size_t length)
{
    size_t i = 0;
    for (; i + OCTETS <= length; i += OCTETS) {
        uint64_t marks = special(octets_load(text + i));
        if (marks != 0)
            return i + octets_first(marks);
    }
    while (i < length && !is_special((unsigned char)text[i]))
        i++;
    return i;
}

static bool is_tail(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 character beyond ASCII at @text; 0 if there is none (RFC 3629). */
static size_t utf8_run(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] >= 0xc2 && at[0] <= 0xdf)
        return length >= 2 && is_tail(at[1]) ? 2 : 0;
    if (at[0] >= 0xe0 && at[0] <= 0xef) {
        if (length < 3 || !is_tail(at[1]) || !is_tail(at[2]))
            return 0;
        bool overlong = at[0] == 0xe0 && at[1] < 0xa0;
        bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        if (length < 4 || !is_tail(at[1]) || !is_tail(at[2]) || !is_tail(at[3]))
            return 0;
        bool overlong = at[0] == 0xf0 && at[1] < 0x90;
        bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

/* How many bytes at @text a JSON string takes as they are. */
static size_t string_run(const char *text, size_t length)
{
    size_t run = plain_run(text, length);
    while (run < length && (unsigned char)text[run] >= 0x80) {
        size_t character = utf8_run(text + run, length - run);
        if (character == 0)
            return run;
        run += character;
        run += plain_run(text + run, length - run);
    }
    return run;
}

static void append_escape(GString *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char names[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                 ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (byte >= 0x80) {
        g_string_append_len(out, "\xef\xbf\xbd", 3);
    } else if (names[byte] != '\0') {
        char escape[] = {'\\', names[byte]};
        g_string_append_len(out, escape, sizeof(escape));
    } else {
        char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
        g_string_append_len(out, escape, sizeof(escape));
    }
}

void json_append_string(GString *out, const char *text, size_t length)
{
    size_t run = string_run(text, length);
    char *to = buffer_reserve(out, length + 2);
    *to++ = '"';
    memcpy(to, text, run);
    buffer_commit(out, to + run);
    for (size_t i = run; i < length; i += run) {
        append_escape(out, (unsigned char)text[i++]);
        run = string_run(text + i, length - i);
        g_string_append_len(out, text + i, (gssize)run);
    }
    g_string_append_c(out, '"');
}

static bool is_digit(char character)
{
    return (unsigned char)(character - '0') <= 9;
}

static size_t digits_run(const char *text, size_t length)
{
    size_t run = 0;
    while (run < length && is_digit(text[run]))
        run++;
    return run;
}

/* Bytes of "-12" at @text; 0 if there is no such number. */
static size_t integer_run(const char *text, size_t length)
{
    size_t sign = length > 0 && text[0] == '-' ? 1 : 0;
    size_t digits = digits_run(text + sign, length - sign);
    if (digits == 0 || (digits > 1 && text[sign] == '0'))
        return 0;
    return sign + digits;
}

bool json_is_integer(const char *text, size_t length)
{
    return length > 0 && integer_run(text, length) == length;
}

/* Bytes of the number at @text; 0 if there is none. */
static size_t number_run(const char *text, size_t length)
{
    size_t run = integer_run(text, length);
    if (run == 0)
        return 0;
    if (run < length && text[run] == '.') {
        size_t digits = digits_run(text + run + 1, length - run - 1);
        if (digits == 0)
            return 0;
        run += 1 + digits;
    }
    if (run < length && (text[run] == 'e' || text[run] == 'E')) {
        run++;
        run += run < length && (text[run] == '+' || text[run] == '-');
        size_t digits = digits_run(text + run, length - run);
        return digits == 0 ? 0 : run + digits;
    }
    return run;
}

bool json_is_number(const char *text, size_t length)
{
    return length > 0 && number_run(text, length) == length;
}

/* Bytes of the escape at @text, which begins with '\'; 0 if it is none. */
static size_t escape_run(const char *text, size_t length)
{
    if (length >= 2 && text[1] != '\0' && strchr("\"\\/bfnrt", text[1]) != NULL)
        return 2;
    if (length < 6 || text[1] != 'u')
        return 0;
    for (unsigned i = 2; i < 6; i++)
        if (!g_ascii_isxdigit(text[i]))
            return 0;
    return 6;
}

/* Bytes of the string at @text; 0 if there is none. */
static size_t quoted_run(const char *text, size_t length)
{
    if (length == 0 || text[0] != '"')
        return 0;
    size_t run = 1;
    for (;;) {
        run += string_run(text + run, length - run);
        if (run == length)
            return 0;
        if (text[run] == '"')
            return run + 1;
        size_t escape = text[run] == '\\' ? escape_run(text + run, length - run) : 0;
        if (escape == 0)
            return 0;
        run += escape;
    }
}

/* Bytes of the string, number or word at @text; 0 if there is none. */
static size_t scalar_run(const char *text, size_t length)
{
    static const char *const words[] = {"true", "false", "null"};
    if (length == 0)
        return 0;
    if (text[0] == '"')
        return quoted_run(text, length);
    if (text[0] == '-' || is_digit(text[0]))
        return number_run(text, length);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (length >= strlen(words[i]) && memcmp(text, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

/* A document that is read: what is left of it, and which brackets are open. */
typedef struct Reader {
    const char *at, *end;
    unsigned depth;
    unsigned char objects[JSON_TEXT_DEPTH / 8]; /* a bit a depth: '{', not '[' */
} Reader;

static void skip_space(Reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\t' || *reader->at == '\r'))
        reader->at++;
}

static bool take(Reader *reader, char character)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != character)
        return false;
    reader->at++;
    return true;
}

static bool in_object(const Reader *reader)
{
    unsigned bit = reader->depth - 1;
    return (reader->objects[bit / 8] >> (bit % 8) & 1) != 0;
}

static bool push(Reader *reader, bool object)
{
    if (reader->depth == JSON_TEXT_DEPTH)
        return false;
    unsigned bit = reader->depth++;
    unsigned char mask = (unsigned char)(1U << (bit % 8));
    if (bit % 8 == 0) /* what is deeper is written before it is read */
        reader->objects[bit / 8] = 0;
    reader->objects[bit / 8] &= (unsigned char)~mask;
    if (object)
        reader->objects[bit / 8] |= mask;
    return true;
}

/* `"name":` */
static bool read_key(Reader *reader)
{
    skip_space(reader);
    size_t run = quoted_run(reader->at, (size_t)(reader->end - reader->at));
    reader->at += run;
    return run > 0 && take(reader, ':');
}

/* Goes into brackets until there is a value that ended: a scalar, or empty brackets. */
static bool read_value(Reader *reader)
{
    for (;;) {
        bool object = take(reader, '{');
        if (!object && !take(reader, '[')) {
            size_t run = scalar_run(reader->at, (size_t)(reader->end - reader->at));
            reader->at += run;
            return run > 0;
        }
        if (take(reader, object ? '}' : ']'))
            return true;
        if (!push(reader, object) || (object && !read_key(reader)))
            return false;
    }
}

bool json_is_document(const char *text, size_t length)
{
    Reader reader;
    reader.at = text;
    reader.end = text + length;
    reader.depth = 0;
    if (!read_value(&reader))
        return false;
    while (reader.depth > 0) {
        if (take(&reader, ',')) {
            if ((in_object(&reader) && !read_key(&reader)) || !read_value(&reader))
                return false;
        } else if (take(&reader, in_object(&reader) ? '}' : ']')) {
            reader.depth--;
        } else {
            return false;
        }
    }
    skip_space(&reader);
    return reader.at == reader.end;
}
