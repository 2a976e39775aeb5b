/*
 * What can only be done by blocking (resolving names, cancelling) is done by threads.
 *
 * An errand may outlive who sent it, and the pool: a cancel to a frozen server takes as long as the
 * server is frozen. Then its end is not told to anybody.
 */
#pragma once
#include "loop/loop.h"

typedef struct Errands Errands;
typedef struct Errand Errand;

/* In a thread. */
typedef void ErrandRun(void *data);
/* In the loop's thread, unless the errand was forgotten. */
typedef void ErrandEnd(void *data, void *sender);

/* (transfer full): with at most @threads; %NULL with APP_ERROR_PROGRAM if no descriptor is left. */
Errands *errands_new(Loop *loop, unsigned threads, GError **error);

/* Does not wait for what runs. */
void errands_free(Errands *errands);

/**
 * errand_send:
 * @data: (transfer full): freed by @free_data, in either thread
 *
 * Returns: (transfer none): until @end is called; %NULL if too many are on their way, and @data is
 *   freed.
 */
Errand *errand_send(Errands *errands, ErrandRun *run, ErrandEnd *end, GDestroyNotify free_data,
                    void *data, void *sender);

/* @end will not be called. */
void errand_forget(Errand *errand);
