#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* What a character stands for; -1 for nothing. */
static int value_of(Base64Form form, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (form == BASE64_ANY && (c == '+' || c == '/'))
        return c == '+' ? 62 : 63;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Only what fills up a group of four is padding. */
static size_t without_padding(const char *text, size_t length)
{
    size_t padding = 0;
    while (length % 4 == 0 && padding < 2 && padding < length && text[length - padding - 1] == '=')
        padding++;
    return length - padding;
}

bool base64_decode(Base64Form form, const char *text, size_t length, unsigned char *out,
                   size_t *out_length)
{
    if (form == BASE64_ANY)
        length = without_padding(text, length);
    if (length % 4 == 1)
        return false;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        int value = value_of(form, text[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (uint32_t)value) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[written++] = (unsigned char)(bits >> count);
        }
    }
    if ((bits & ((1u << count) - 1)) != 0)
        return false;
    *out_length = written;
    return true;
}

void base64_encode_url(const unsigned char *data, size_t length, char *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < length; i++) {
        bits = (bits << 8 | data[i]) & 0xffff;
        for (count += 8; count >= 6; count -= 6)
            *out++ = alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        *out++ = alphabet[bits << (6 - count) & 63];
    *out = '\0';
}
