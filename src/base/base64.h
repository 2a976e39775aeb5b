/*
 * base64 (RFC 4648): bytes as characters.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Which texts are taken. */
typedef enum Base64Form {
    BASE64_URL, /* as RFC 7515 has it: the alphabet of URLs without padding, one way to write each
                   value */
    BASE64_ANY, /* either alphabet, also mixed, with its padding or without */
} Base64Form;

/* How many bytes @length characters stand for, at most. */
#define BASE64_BYTES(length) ((length) / 4 * 3 + 3)

/**
 * base64_decode:
 * @out: room for BASE64_BYTES(@length)
 *
 * Returns: false, with @out_length as it was, if a character is none of the form's, the length is
 *   impossible, or bits that stand for nothing are set.
 */
bool base64_decode(Base64Form form, const char *text, size_t length, unsigned char *out,
                   size_t *out_length);

/* How many characters, and a NUL, base64_encode_url() writes. */
#define BASE64_TEXT(length) (((length)*4 + 2) / 3 + 1)

/* Writes base64url without padding, and a NUL, to @out. */
void base64_encode_url(const unsigned char *data, size_t length, char *out);
