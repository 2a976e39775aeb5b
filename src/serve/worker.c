#include "serve/worker.h"
#include "serve/memory.h"

struct Worker {
    Loop *loop;
    Service *service;
    Crew *crew; /* whose thread it has; %NULL until it is started */
    unsigned number;
    WorkerIdle *idle;
    void *data;
    bool draining;
};

/* What another thread hands over. */
typedef struct Hand {
    Worker *worker;
    Application *application;
    AccessBox *box;
} Hand;

Worker *worker_new(const Shared *shared, const PoolSettings *pool, unsigned number,
                   Application *application, GError **error)
{
    g_autoptr(Worker) worker = g_new0(Worker, 1);
    worker->number = number;
    worker->loop = loop_new(error);
    if (worker->loop == NULL)
        return NULL;
    worker->service = service_new(worker->loop, shared, pool, number, application, error);
    return worker->service == NULL ? NULL : g_steal_pointer(&worker);
}

static void stop(void *data)
{
    const Worker *worker = data;
    loop_stop(worker->loop);
}

void worker_free(Worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->crew != NULL) {
        loop_call(worker->loop, stop, worker);
        crew_join(worker->crew, worker->number);
    }
    service_free(worker->service);
    loop_free(worker->loop);
    g_free(worker);
}

void worker_listen(Worker *worker, int descriptor)
{
    service_listen(worker->service, descriptor);
}

static void run(void *data)
{
    const Worker *worker = data;
    loop_run(worker->loop);
}

void worker_start(Worker *worker, Crew *crew, WorkerIdle *idle, void *data)
{
    worker->idle = idle;
    worker->data = data;
    worker->crew = crew;
    crew_start(crew, worker->number, run, worker);
}

static void use(void *data)
{
    Hand *hand = data;
    service_use(hand->worker->service, hand->application);
    g_free(hand);
}

void worker_use(Worker *worker, Application *application)
{
    Hand *hand = g_new(Hand, 1);
    *hand = (Hand){.worker = worker, .application = application};
    loop_call(worker->loop, use, hand);
}

static void know(void *data)
{
    Hand *hand = data;
    service_know(hand->worker->service, hand->box);
    g_free(hand);
}

void worker_know(Worker *worker, AccessBox *box)
{
    Hand *hand = g_new(Hand, 1);
    *hand = (Hand){.worker = worker, .box = box};
    loop_call(worker->loop, know, hand);
}

static void tell_when_idle(void *data)
{
    Worker *worker = data;
    if (!worker->draining || !service_is_idle(worker->service))
        return;
    worker->draining = false;
    worker->idle(worker->data);
}

static void end_heap(void *data)
{
    (void)data;
    memory_end_heap();
}

void worker_end_heap(Worker *worker)
{
    loop_call(worker->loop, end_heap, NULL);
}

static void drain(void *data)
{
    Worker *worker = data;
    worker->draining = true;
    service_drain(worker->service);
    loop_each_turn(worker->loop, tell_when_idle, worker);
}

void worker_drain(Worker *worker)
{
    loop_call(worker->loop, drain, worker);
}
