/* A system that gives no more threads: for a subprocess of a test, since it does not end. */
#pragma once
#include <glib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The limit holds for everybody but root. */
static inline void expect_no_threads(void)
{
    const unsigned nobody = 65534;
    if (geteuid() == 0)
        g_assert_cmpint(setuid(nobody), ==, 0);
    const struct rlimit none = {0, 0};
    g_assert_cmpint(setrlimit(RLIMIT_NPROC, &none), ==, 0);
}
