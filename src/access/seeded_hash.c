#include "access/seeded_hash.h"

#include <glib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t seeded_hash_seed(void)
{
    uint64_t seed = 0;
    ssize_t got = getrandom(&seed, sizeof(seed), 0);
    g_assert(got == sizeof(seed)); /* the kernel gives up to 256 bytes whole */
    return seed;
}

uint64_t seeded_hash(uint64_t seed, const void *data, size_t length)
{
    return XXH3_64bits_withSeed(data, length, seed);
}
