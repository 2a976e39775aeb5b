#include "serve/crew.h"

#include "serve/memory.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>

enum { MEMBERS = 3, LATER = 8 };

static bool is_sanitized(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    return true;
#else
    return false;
#endif
}

/* Of glibc, which tells of each; 0 elsewhere. */
static unsigned count_heaps(void)
{
    unsigned count = 0;
#ifdef __GLIBC__
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    g_assert_cmpint(malloc_info(0, stream), ==, 0);
    g_assert_cmpint(fclose(stream), ==, 0);
    for (const char *at = text; (at = strstr(at, "<heap nr=")) != NULL; at++)
        count++;
    free(text);
#endif
    return count;
}

static pthread_barrier_t all_there, all_counted;

static void *ask_for_memory(void *unused)
{
    (void)unused;
    memory_take_heap();
    pthread_barrier_wait(&all_there);
    pthread_barrier_wait(&all_counted);
    return NULL;
}

static void later_threads_share_its_heaps(void)
{
    g_autoptr(GError) error = NULL;
    memory_prepare();
    g_autoptr(Crew) crew = crew_new(MEMBERS, &error);
    g_assert_no_error(error);
    const unsigned before = count_heaps();
    if (before > 0 && !is_sanitized())
        g_assert_cmpuint(before, >=, MEMBERS + 1); /* the main thread has one, too */
    GThread *later[LATER] = {NULL};
    pthread_barrier_init(&all_there, NULL, LATER + 1);
    pthread_barrier_init(&all_counted, NULL, LATER + 1);
    for (unsigned i = 0; i < LATER; i++)
        later[i] = g_thread_new("later", ask_for_memory, NULL);
    pthread_barrier_wait(&all_there);
    g_assert_cmpuint(count_heaps(), ==, before);
    pthread_barrier_wait(&all_counted);
    for (unsigned i = 0; i < LATER; i++)
        g_thread_join(later[i]);
    pthread_barrier_destroy(&all_there);
    pthread_barrier_destroy(&all_counted);
}

static void note_thread(void *data)
{
    *(GThread **)data = g_thread_self();
}

static void each_runs_in_a_thread_of_its_own(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Crew) crew = crew_new(MEMBERS, &error);
    g_assert_no_error(error);
    GThread *ran[MEMBERS] = {NULL};
    for (unsigned i = 0; i < MEMBERS; i++)
        crew_start(crew, i, note_thread, &ran[i]);
    for (unsigned i = 0; i < MEMBERS; i++)
        crew_join(crew, i);
    for (unsigned i = 0; i < MEMBERS; i++) {
        g_assert_nonnull(ran[i]);
        for (unsigned other = 0; other < i; other++)
            g_assert_true(ran[i] != ran[other]);
    }
}

static void those_that_were_never_started_end(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Crew) crew = crew_new(MEMBERS, &error);
    g_assert_no_error(error);
    GThread *ran = NULL;
    crew_start(crew, 1, note_thread, &ran);
    crew_join(crew, 1);
    g_assert_nonnull(ran);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crew/heaps", later_threads_share_its_heaps);
    g_test_add_func("/crew/threads", each_runs_in_a_thread_of_its_own);
    g_test_add_func("/crew/never_started", those_that_were_never_started_end);
    return g_test_run();
}
