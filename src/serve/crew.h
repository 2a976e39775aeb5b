/*
 * The threads of the workers, made before any other thread: each takes a heap of glibc for itself,
 * and all later threads share those that there are. A thread that ends would leave its heap behind
 * with all that is free at its end; and a worker, to which blocks of any heap come, makes them grow
 * where they are (realloc).
 */
#pragma once
#include "base/error.h"

typedef struct Crew Crew;

/* (transfer full): @count threads that wait; %NULL with APP_ERROR_PROGRAM if the system gives no
 * more. */
Crew *crew_new(unsigned count, GError **error);

/* All that were started have been joined; the others end. */
void crew_free(Crew *crew);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Crew, crew_free)

/* Has a thread, from 0, run @run; once. */
void crew_start(Crew *crew, unsigned number, void (*run)(void *data), void *data);

/* Waits for its end. */
void crew_join(Crew *crew, unsigned number);
