#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

GThread *thread_start(const char *name, GThreadFunc function, void *data, GError **error)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    g_autoptr(GError) reason = NULL; /* told in our own words */
    GThread *thread = g_thread_try_new(name, function, data, &reason);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (thread == NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "the system gives no thread (%s): %s\n"
                    "hint: look at the limits of processes and memory (ulimit -u, pids.max)",
                    name, reason->message);
    return thread;
}
