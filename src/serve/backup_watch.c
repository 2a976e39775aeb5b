#include "serve/backup_watch.h"

#include "base/thread.h"

/* Microseconds: between two looks, and so many times as long as the last one took; how long one may
 * take until that is told. */
enum { PACE = 10000000, REST = 100, PATIENCE = 30000000 };

struct BackupWatch {
    Loop *loop;
    BackupSource source;
    LoopTimer timer;
    GThread *thread;   /* (nullable): while it looks */
    int64_t begun;     /* when it began to: of the loop's clock */
    BackupTimes found; /* by the thread */
    GError *reason;    /* (nullable): of the thread */
    bool stopped;
    bool known;
    BackupTimes times;
    char *fault; /* (nullable) */
};

static void look(LoopTimer *timer, void *data);

static void finish(void *data)
{
    BackupWatch *watch = data;
    g_clear_pointer(&watch->thread, g_thread_join);
    g_free(watch->fault);
    watch->fault = watch->reason != NULL ? g_strdup(watch->reason->message) : NULL;
    watch->times = watch->found;
    watch->known = true;
    g_clear_error(&watch->reason);
    const int64_t now = loop_now(watch->loop);
    if (!watch->stopped)
        loop_timer_start(watch->loop, &watch->timer, now + MAX(PACE, REST * (now - watch->begun)),
                         look, watch);
}

static void *read_times(void *data)
{
    BackupWatch *watch = data;
    if (!watch->source.look(&watch->found, watch->source.data, &watch->reason))
        g_assert(watch->reason != NULL);
    loop_call(watch->loop, finish, watch);
    return NULL;
}

static void look(LoopTimer *timer, void *data)
{
    (void)timer;
    BackupWatch *watch = data;
    watch->begun = loop_now(watch->loop);
    watch->found = (BackupTimes){0};
    watch->thread = thread_start("retort-backups", read_times, watch, &watch->reason);
    if (watch->thread == NULL)
        finish(watch);
}

BackupWatch *backup_watch_new(Loop *loop, const BackupSource *source)
{
    BackupWatch *watch = g_new0(BackupWatch, 1);
    *watch = (BackupWatch){.loop = loop, .source = *source};
    if (source->look != NULL)
        loop_timer_start(loop, &watch->timer, loop_now(loop), look, watch);
    return watch;
}

void backup_watch_stop(BackupWatch *watch)
{
    watch->stopped = true;
    loop_timer_stop(&watch->timer);
}

void backup_watch_free(BackupWatch *watch)
{
    if (watch == NULL)
        return;
    backup_watch_stop(watch);
    if (watch->thread != NULL)
        g_thread_join(watch->thread);
    g_clear_error(&watch->reason);
    g_free(watch->fault);
    g_free(watch);
}

BackupStanding backup_watch_standing(const BackupWatch *watch)
{
    BackupStanding standing = {watch->known, watch->fault, watch->times};
    if (watch->thread != NULL && loop_now(watch->loop) - watch->begun >= PATIENCE)
        standing = (BackupStanding){true, "the folder of backups does not answer", {0}};
    return standing;
}
