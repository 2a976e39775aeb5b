/*
 * Numbers as digits: without printf, as each request writes some.
 */
#pragma once
#include <glib.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MOST = 20, DIGITS_HEX = 16 };

/* Returns: @number in decimals, ended by NUL, at the end of @buffer. */
static inline const char *digits_write(uint64_t number, char buffer[DIGITS_MOST + 1])
{
    char *at = buffer + DIGITS_MOST;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return at;
}

/* The eight hexadecimal digits of @number: each moves to a byte of its own, all at once. */
static inline void digits_write_half(uint32_t number, char out[DIGITS_HEX / 2])
{
    uint64_t digits = number;
    digits = (digits | digits << 16) & UINT64_C(0x0000ffff0000ffff);
    digits = (digits | digits << 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits | digits << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    uint64_t letters = (digits + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
    digits += UINT64_C(0x3030303030303030) + letters * ('a' - '0' - 10);
    digits = GUINT64_TO_BE(digits);
    memcpy(out, &digits, sizeof digits);
}

/* @number in hexadecimal, with leading zeros and without a NUL. */
static inline void digits_write_hex(uint64_t number, char out[DIGITS_HEX])
{
    digits_write_half((uint32_t)(number >> 32), out);
    digits_write_half((uint32_t)number, out + DIGITS_HEX / 2);
}
