/*
 * What this process uses, as the kernel tells in /proc/self.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct Usage {
    double cpu_seconds;    /* of all threads, in user and kernel mode */
    double start_seconds;  /* since 1970; the same whenever it is asked, but for a changed clock */
    uint64_t resident;     /* bytes */
    uint64_t virtual_size; /* bytes */
    uint64_t threads;
    uint64_t descriptors;
    uint64_t descriptor_limit; /* 0: none, or unknown */
} Usage;

/* Whether all of it could be read; what could not is 0. */
bool usage_read(Usage *out_usage);
