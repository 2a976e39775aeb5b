#include "pool/errand.h"

#include "base/references.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>

enum { ON_THEIR_WAY = 64 };

/* Shared by the loop's thread and the others; goes with the last of them. */
typedef struct Letterbox {
    References references;
    pthread_mutex_t lock;
    GQueue sent;  /* Errand: a task of the threads each */
    GQueue ended; /* Errand */
    int bell;     /* eventfd; -1: nobody listens any more */
} Letterbox;

struct Errands {
    Letterbox *box; /* (a reference) */
    GThreadPool *threads;
    LoopWatch *watch;
    unsigned on_their_way;
};

struct Errand {
    ErrandRun *run;
    ErrandEnd *end; /* (nullable): NULL when forgotten */
    GDestroyNotify free_data;
    void *data, *sender;
};

static void errand_free(Errand *errand)
{
    errand->free_data(errand->data);
    g_free(errand);
}

static Letterbox *letterbox_new(int bell)
{
    Letterbox *box = g_new0(Letterbox, 1);
    references_begin(&box->references);
    pthread_mutex_init(&box->lock, NULL);
    g_queue_init(&box->sent);
    g_queue_init(&box->ended);
    box->bell = bell;
    return box;
}

static void letterbox_unref(Letterbox *box)
{
    if (!references_drop(&box->references))
        return;
    for (Errand *errand; (errand = g_queue_pop_head(&box->ended)) != NULL;)
        errand_free(errand);
    pthread_mutex_destroy(&box->lock);
    g_free(box);
}

static Errand *take(Letterbox *box, GQueue *queue)
{
    pthread_mutex_lock(&box->lock);
    Errand *errand = g_queue_pop_head(queue);
    pthread_mutex_unlock(&box->lock);
    return errand;
}

/* @item: a letterbox (transfer full), into which one was put. */
static void run_errand(void *item, void *unused)
{
    (void)unused;
    Letterbox *box = item;
    Errand *errand = take(box, &box->sent);
    errand->run(errand->data);
    const uint64_t one = 1;
    pthread_mutex_lock(&box->lock);
    if (box->bell < 0)
        errand_free(errand);
    else
        g_queue_push_tail(&box->ended, errand);
    if (box->bell >= 0 && write(box->bell, &one, sizeof one) != sizeof one)
        g_assert_cmpint(errno, ==, EAGAIN);
    pthread_mutex_unlock(&box->lock);
    letterbox_unref(box);
}

static void on_bell(unsigned events, void *data)
{
    (void)events;
    Errands *errands = data;
    uint64_t count = 0;
    if (read(errands->box->bell, &count, sizeof count) != sizeof count)
        return;
    for (Errand *errand; (errand = take(errands->box, &errands->box->ended)) != NULL;) {
        errands->on_their_way--;
        if (errand->end != NULL)
            errand->end(errand->data, errand->sender);
        errand_free(errand);
    }
}

Errands *errands_new(Loop *loop, unsigned threads, GError **error)
{
    const int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell < 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not make an eventfd: %s",
                    g_strerror(errno));
        return NULL;
    }
    Errands *errands = g_new0(Errands, 1);
    errands->box = letterbox_new(bell);
    errands->threads = g_thread_pool_new(run_errand, NULL, (int)threads, FALSE, NULL);
    errands->watch = loop_watch_new(loop, bell, LOOP_READ, on_bell, errands);
    return errands;
}

void errands_free(Errands *errands)
{
    if (errands == NULL)
        return;
    loop_watch_free(errands->watch);
    pthread_mutex_lock(&errands->box->lock);
    close(errands->box->bell);
    errands->box->bell = -1;
    pthread_mutex_unlock(&errands->box->lock);
    g_thread_pool_free(errands->threads, FALSE, FALSE);
    letterbox_unref(errands->box);
    g_free(errands);
}

Errand *errand_send(Errands *errands, ErrandRun *run, ErrandEnd *end, GDestroyNotify free_data,
                    void *data, void *sender)
{
    if (errands->on_their_way >= ON_THEIR_WAY) {
        free_data(data);
        return NULL;
    }
    Errand *errand = g_new0(Errand, 1);
    *errand =
        (Errand){.run = run, .end = end, .free_data = free_data, .data = data, .sender = sender};
    errands->on_their_way++;
    Letterbox *box = errands->box;
    references_add(&box->references);
    pthread_mutex_lock(&box->lock);
    g_queue_push_tail(&box->sent, errand);
    pthread_mutex_unlock(&box->lock);
    g_thread_pool_push(errands->threads, box, NULL);
    return errand;
}

void errand_forget(Errand *errand)
{
    errand->end = NULL;
}
