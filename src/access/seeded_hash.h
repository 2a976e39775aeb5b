/*
 * Where something is found in a table that outsiders fill: a hash that nobody can foresee.
 *
 * It is no checksum and proves nothing: what is found by it is compared, or may be mistaken.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* A random number, for @seed below, or as a name that no other has. */
uint64_t seeded_hash_seed(void);

uint64_t seeded_hash(uint64_t seed, const void *data, size_t length);
