/*
 * Eight bytes looked at at once, as a word: what is found marks bytes by their high bits.
 */
#pragma once
#include <glib.h>
#include <stdint.h>
#include <string.h>

enum { OCTETS = 8 };

#define OCTETS_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))
#define OCTETS_HIGH OCTETS_ALL(0x80)

/* The first byte is the lowest, whatever the machine. */
static inline uint64_t octets_load(const char *from)
{
    uint64_t octets = 0;
    memcpy(&octets, from, sizeof octets);
    return GUINT64_FROM_LE(octets);
}

/* Marks bytes below @limit, which is at most 0x80; no byte of @octets may have its high bit. */
static inline uint64_t octets_below(uint64_t octets, uint64_t limit)
{
    return ~(octets + OCTETS_ALL(0x80 - limit)) & OCTETS_HIGH;
}

/* Which byte is the first one that is marked; @marks is not 0. */
static inline size_t octets_first(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}
