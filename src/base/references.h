/*
 * How many threads hold a thing: the last one frees it.
 *
 * C11 atomics and not g_atomic_rc_box, and where our threads meet pthread's locks and not GMutex:
 * the thread sanitizer knows both, while what happens inside GLib it cannot see, and would call
 * every handing-over a race.
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

typedef struct References {
    atomic_uint count;
} References;

/* With one holder. */
static inline void references_begin(References *references)
{
    atomic_init(&references->count, 1);
}

static inline void references_add(References *references)
{
    atomic_fetch_add_explicit(&references->count, 1, memory_order_relaxed);
}

/* Whether that was the last one. */
static inline bool references_drop(References *references)
{
    return atomic_fetch_sub_explicit(&references->count, 1, memory_order_acq_rel) == 1;
}
