/*
 * One thread of the server with its loop and service.
 */
#pragma once
#include "serve/crew.h"
#include "serve/service.h"

typedef struct Worker Worker;

/**
 * worker_new:
 * @number: from 0, for Lanes and Crew
 *
 * Makes loop and service, in the caller's thread; worker_start() begins to turn.
 *
 * Returns: (transfer full): %NULL as loop_new() and pool_new().
 */
Worker *worker_new(const Shared *shared, const PoolSettings *pool, unsigned number,
                   Application *application, GError **error);

/* Stops at once, if it still runs, and joins its thread. */
void worker_free(Worker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worker, worker_free)

/* Before worker_start(). */
void worker_listen(Worker *worker, int descriptor);

/* Called in the worker's thread when it has drained. */
typedef void WorkerIdle(void *data);

/* In the thread of @crew that has its number; @crew outlives it. */
void worker_start(Worker *worker, Crew *crew, WorkerIdle *idle, void *data);

/* From another thread: new requests use @application (transfer full). */
void worker_use(Worker *worker, Application *application);

/* From another thread: @box (transfer full) tells who asks. */
void worker_know(Worker *worker, AccessBox *box);

/* Has it call memory_end_heap(), soon. */
void worker_end_heap(Worker *worker);

/* From another thread: no new connections; WorkerIdle when the last one has ended. */
void worker_drain(Worker *worker);
