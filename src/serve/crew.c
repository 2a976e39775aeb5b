#include "serve/crew.h"

#include "base/thread.h"
#include "serve/memory.h"

#include <pthread.h>

typedef struct Member {
    Crew *crew;
    GThread *thread; /* (nullable): joined, or not made */
    void (*run)(void *data);
    void *data;
    bool told; /* to run, or to end where there is nothing to run */
} Member;

struct Crew {
    pthread_mutex_t lock; /* of what follows, and of the members */
    pthread_cond_t changed;
    unsigned count;
    unsigned ready; /* members that have their heap */
    Member *members;
};

static void *serve(void *data)
{
    Member *member = data;
    Crew *crew = member->crew;
    memory_take_heap();
    pthread_mutex_lock(&crew->lock);
    crew->ready++;
    pthread_cond_broadcast(&crew->changed);
    while (!member->told)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    if (member->run != NULL)
        member->run(member->data);
    return NULL;
}

static bool make_thread(Crew *crew, Member *member, GError **error)
{
    member->crew = crew;
    member->thread = thread_start("retort-worker", serve, member, error);
    return member->thread != NULL;
}

Crew *crew_new(unsigned count, GError **error)
{
    g_autoptr(Crew) crew = g_new0(Crew, 1);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    crew->count = count;
    crew->members = g_new0(Member, count);
    for (unsigned i = 0; i < count; i++)
        if (!make_thread(crew, &crew->members[i], error))
            return NULL;
    pthread_mutex_lock(&crew->lock);
    while (crew->ready < count)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    memory_share_heaps();
    return g_steal_pointer(&crew);
}

static void tell(Crew *crew, Member *member)
{
    pthread_mutex_lock(&crew->lock);
    member->told = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

void crew_start(Crew *crew, unsigned number, void (*run)(void *data), void *data)
{
    Member *member = &crew->members[number];
    member->run = run;
    member->data = data;
    tell(crew, member);
}

void crew_join(Crew *crew, unsigned number)
{
    g_thread_join(g_steal_pointer(&crew->members[number].thread));
}

void crew_free(Crew *crew)
{
    if (crew == NULL)
        return;
    for (unsigned i = 0; i < crew->count; i++) {
        if (crew->members[i].thread == NULL)
            continue;
        tell(crew, &crew->members[i]);
        crew_join(crew, i);
    }
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    g_free(crew->members);
    g_free(crew);
}
