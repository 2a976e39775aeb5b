/* A system that gives no more threads: for a subprocess of a test, which stays an ordinary user. */
#pragma once
#include <glib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The limit holds for everybody but root. */
static inline void no_threads_begin(struct rlimit *out_before)
{
    const unsigned nobody = 65534;
    if (geteuid() == 0)
        g_assert_cmpint(setuid(nobody), ==, 0);
    prctl(PR_SET_DUMPABLE, 1); /* as before setuid(): what looks for leaks attaches to itself */
    g_assert_cmpint(getrlimit(RLIMIT_NPROC, out_before), ==, 0);
    const struct rlimit none = {0, out_before->rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_NPROC, &none), ==, 0);
}

/* What looks for leaks needs a thread. */
static inline void no_threads_end(const struct rlimit *before)
{
    g_assert_cmpint(setrlimit(RLIMIT_NPROC, before), ==, 0);
}
