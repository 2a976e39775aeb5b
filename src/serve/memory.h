/*
 * Memory that was freed goes back to the system.
 *
 * glibc keeps what is freed for later: the end of each thread's heap, up to 64 MB, and whatever
 * lies between two blocks that live. That makes large answers cheap, since a new page costs more
 * than all that is done with it; but after a peak it would be held for as long as the server runs.
 */
#pragma once
#include "loop/loop.h"

/* For the process, before its threads begin. */
void memory_prepare(void);

/* In a thread that has not asked for memory yet: takes a heap of its own. */
void memory_take_heap(void);

/* Threads that begin from now on share the heaps that there are. */
void memory_share_heaps(void);

/* Gives back the end of the calling thread's heap, which no other thread can. */
void memory_end_heap(void);

/* Begin with {0}. */
typedef struct Memory {
    Loop *loop;
    LoopTimer timer;
    void (*end_heaps)(void *data);
    void *data;
    int64_t processor_time; /* microseconds, at the last look */
    unsigned passed;        /* busy looks since it was given back */
    uint64_t least;         /* bytes that were resident when there were fewest */
} Memory;

/**
 * memory_watch:
 * @end_heaps: is to have memory_end_heap() called in each thread that serves
 *
 * Looks every few seconds, in the thread of @loop, whether there may be something to give back.
 */
void memory_watch(Memory *memory, Loop *loop, void (*end_heaps)(void *data), void *data);

/* No harm if it was never watched. */
void memory_leave(Memory *memory);
