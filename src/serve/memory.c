#include "serve/memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGE = 32 << 20,    /* bytes: such a block is the system's again when it is freed; the most */
    END_KEPT = 64 << 20, /* bytes that may be free at the end of a heap, while there is work */
    END_LEFT = 1 << 17,  /* … and by memory_end_heap() */
    HEAPS_MOST = 65536,  /* so many are made without a look at their number */
    NOTABLE = 2 << 20,   /* bytes that are worth a look through the heaps */
    PACE = 3000000,      /* microseconds */
    BUSY = PACE / 10,    /* microseconds of processor time between two looks */
    PATIENCE = 10,       /* looks that are let pass while it is busy */
};

void memory_prepare(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, END_KEPT);
    mallopt(M_ARENA_TEST, HEAPS_MOST);
#endif
}

void memory_take_heap(void)
{
    void *volatile block = malloc(1);
    free(block);
}

/* glibc looks at the number that was set when it makes a heap, and then never again: until now it
 * has had no reason to. */
void memory_share_heaps(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}

/* It is looked at when a block is freed that is large enough. Others that do so meanwhile give back
 * theirs, too. */
void memory_end_heap(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, END_LEFT);
    void *volatile block = malloc(END_LEFT);
    free(block);
    mallopt(M_TRIM_THRESHOLD, END_KEPT);
#endif
}

/* The second word counts pages; 0: unknown. */
static uint64_t read_resident(void)
{
    char text[128] = "";
    const int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    const ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    const char *second = length > 0 ? strchr(text, ' ') : NULL;
    return second == NULL ? 0 : g_ascii_strtoull(second, NULL, 10) * (uint64_t)getpagesize();
}

/* The pages within free blocks of all heaps: 0.1 to 8 ms, with the lock of one heap after the
 * other.
 */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static int64_t processor_time(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* Whether it has been busy since the last look. */
static bool is_busy(Memory *memory)
{
    const int64_t before = memory->processor_time;
    memory->processor_time = processor_time();
    return memory->processor_time - before > BUSY;
}

/* What is freed within a heap shows nowhere, so it is tried again while there is more than once was
 * enough. */
static void on_timer(LoopTimer *timer, void *data)
{
    Memory *memory = data;
    const uint64_t resident = read_resident();
    memory->least = MIN(memory->least, resident);
    memory->passed = is_busy(memory) ? memory->passed + 1 : PATIENCE;
    if (resident > memory->least + NOTABLE && memory->passed >= PATIENCE) {
        memory->passed = 0;
        give_back();
        memory->end_heaps(memory->data);
    }
    loop_timer_start(memory->loop, timer, loop_now(memory->loop) + PACE, on_timer, memory);
}

void memory_watch(Memory *memory, Loop *loop, void (*end_heaps)(void *data), void *data)
{
    *memory =
        (Memory){.loop = loop, .end_heaps = end_heaps, .data = data, .least = read_resident()};
    loop_timer_start(loop, &memory->timer, loop_now(loop) + PACE, on_timer, memory);
}

void memory_leave(Memory *memory)
{
    loop_timer_stop(&memory->timer);
}
