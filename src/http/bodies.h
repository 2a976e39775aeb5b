/*
 * How much of requests that are not whole yet, or that wait behind others of their connection, is
 * kept, by all servers of the process together.
 *
 * A client may take its time for a head or a body, and each connection may hold as much as one
 * request may have: many slow ones would otherwise hold as much memory as they like.
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Shared between threads; bytes. */
typedef struct HttpBodies {
    size_t most;
    _Atomic size_t held;
} HttpBodies;

/**
 * http_bodies_hold:
 * @bodies: (nullable): without, there is no limit
 * @held: how much of this request counts by now; changed if true is returned
 * @kept: how much of it there is, at least @held
 *
 * Returns: whether there may be so much.
 */
bool http_bodies_hold(HttpBodies *bodies, size_t *held, size_t kept);

/* This request is whole, or gone. */
void http_bodies_release(HttpBodies *bodies, size_t *held);
