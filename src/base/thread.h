/*
 * Threads that leave signals alone: those are for the main thread.
 */
#pragma once
#include <pthread.h>
#include <stdbool.h>

/* Begins @function(@data) in a thread, to be joined or detached. Returns: whether the system gave
 * one. */
bool thread_start(pthread_t *out_thread, void *(*function)(void *), void *data);
