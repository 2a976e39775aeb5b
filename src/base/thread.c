#include "base/thread.h"

#include <signal.h>
#include <stddef.h>

bool thread_start(pthread_t *out_thread, void *(*function)(void *), void *data)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(out_thread, NULL, function, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure == 0;
}
