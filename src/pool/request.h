/*
 * The life of a request: queued, sent, ended once.
 */
#pragma once
#include "pool/inside.h"

void queue_append(Queue *queue, PoolRequest *request);
void queue_prepend(Queue *queue, PoolRequest *request);
void queue_remove(Queue *queue, PoolRequest *request);

/* Begins it, and its deadline. */
void request_begin(Lane *lane, PoolRequest *request);

/* To its lane's queue, in front: it has waited before. */
void request_again(PoolRequest *request);

/* The same a few milliseconds later, so that two that conflicted do not do so again. */
void request_rest(PoolRequest *request);

/* From its lane's queue to that of those that take long; to those rejected if that is full. */
void request_set_apart(PoolRequest *request);

/* Too little of its time is left: ended in the next turn, as overdue. */
void request_reject(PoolRequest *request);

/* (transfer none): the name of the statement that it is judged by, as slow or failing: its last. */
const char *request_judged_by(const PoolRequest *request);

/* How many settings its transaction begins with: its own, a timeout, that it only reads. */
unsigned request_settings(const PoolRequest *request);

/* Takes it from where it is. */
void request_detach(PoolRequest *request);

/* Detaches it and calls done(), after which it may be gone. */
void request_end(PoolRequest *request, const PoolResult *result);
void request_unavailable(PoolRequest *request, const char *reason, bool uncertain);
void request_overdue(PoolRequest *request, const char *reason, bool uncertain);

/* Whether what has been sent of it may have changed something. */
bool request_is_uncertain(const PoolRequest *request);
