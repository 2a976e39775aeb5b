#include "base/interrupt.h"

#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STOP_AGAIN = 100 /* milliseconds */ };

struct Interruptible {
    InterruptStop *stop;
    void *data;
};

/* What the handler of a signal writes; @wake becomes readable and stays so. */
static atomic_int received;
static int wake = -1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static GPtrArray *all; /* (element-type Interruptible) (nullable): NULL: nobody watches */

/* A terminal that is closed sends SIGHUP, and so does its shell: that is one wish. */
static void receive(int number)
{
    int before = errno;
    int none = 0;
    if (atomic_compare_exchange_strong(&received, &none, number)) {
        static const uint64_t one = 1;
        if (write(wake, &one, sizeof one) < 0)
            none = errno; /* it cannot be full */
    } else if (number != SIGHUP) {
        signal(number, SIG_DFL);
        raise(number); /* when this handler is left */
    }
    errno = before;
}

/* Without SA_RESTART: who waits in a call of the system looks again. */
static void handle(int number)
{
    struct sigaction old, new = {.sa_handler = receive};
    sigemptyset(&new.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &new, NULL);
}

static void stop_all(void)
{
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < all->len; i++) {
        const Interruptible *one = all->pdata[i];
        one->stop(one->data);
    }
    pthread_mutex_unlock(&lock);
}

static void *wait_for_signal(void *data)
{
    struct pollfd one = {.fd = wake, .events = POLLIN};
    while (poll(&one, 1, -1) <= 0)
        continue;
    for (;;) {
        stop_all();
        g_usleep(STOP_AGAIN * 1000);
    }
    return data;
}

bool interrupt_watch(GError **error)
{
    if (all != NULL)
        return true;
    wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_assert(wake >= 0);
    all = g_ptr_array_new();
    GThread *thread = thread_start("interrupt", wait_for_signal, NULL, error);
    if (thread == NULL) {
        g_clear_pointer(&all, g_ptr_array_unref);
        close(wake);
        return false;
    }
    g_thread_unref(thread);
    handle(SIGINT);
    handle(SIGTERM);
    handle(SIGHUP);
    return true;
}

int interrupt_signal(void)
{
    return atomic_load(&received);
}

bool interrupt_check(GError **error)
{
    if (interrupt_signal() == 0)
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_INTERRUPTED, "interrupted");
    return false;
}

bool interrupt_await(int descriptor, short events, GError **error)
{
    struct pollfd both[] = {{.fd = descriptor, .events = events}, {.fd = wake, .events = POLLIN}};
    int ready = 0;
    while (wake >= 0 && interrupt_signal() == 0 && ready <= 0)
        ready = poll(both, G_N_ELEMENTS(both), -1);
    return interrupt_check(error);
}

Interruptible *interrupt_add(InterruptStop *stop, void *data)
{
    if (all == NULL)
        return NULL;
    Interruptible *one = g_new(Interruptible, 1);
    *one = (Interruptible){stop, data};
    pthread_mutex_lock(&lock);
    g_ptr_array_add(all, one);
    pthread_mutex_unlock(&lock);
    return one;
}

void interrupt_remove(Interruptible *one)
{
    if (one == NULL)
        return;
    pthread_mutex_lock(&lock);
    g_ptr_array_remove_fast(all, one);
    pthread_mutex_unlock(&lock);
    g_free(one);
}
