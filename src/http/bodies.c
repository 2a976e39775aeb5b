#include "http/bodies.h"

bool http_bodies_hold(HttpBodies *bodies, size_t *held, size_t kept)
{
    if (bodies == NULL || kept == *held)
        return true;
    const size_t more = kept - *held;
    const size_t before = atomic_fetch_add_explicit(&bodies->held, more, memory_order_relaxed);
    if (more > bodies->most || before > bodies->most - more) {
        atomic_fetch_sub_explicit(&bodies->held, more, memory_order_relaxed);
        return false;
    }
    *held = kept;
    return true;
}

void http_bodies_release(HttpBodies *bodies, size_t *held)
{
    if (*held > 0)
        atomic_fetch_sub_explicit(&bodies->held, *held, memory_order_relaxed);
    *held = 0;
}
