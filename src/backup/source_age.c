#include "backup/source.h"
#include "base/child.h"
#include "base/thread.h"

/*
 * A thread gives age what the next source has: age reads while it is read from. The thread alone
 * uses the next source.
 */
typedef struct AgeSource {
    Source source;
    Child *child;
    GThread *thread; /* (nullable): has ended */
    GError *error;   /* (nullable): the thread's, read when it has ended */
} AgeSource;

static void *give_encrypted(void *data)
{
    AgeSource *age = data;
    char bytes[65536];
    ssize_t got = 0;
    GError **error = &age->error;
    while ((got = source_read(age->source.next, bytes, sizeof bytes, error)) > 0)
        /* If age takes no more, its own reason is told. */
        if (!child_write(age->child, bytes, (size_t)got, NULL))
            break;
    child_close_in(age->child);
    return NULL;
}

static void join(AgeSource *age)
{
    g_clear_pointer(&age->thread, g_thread_join);
}

static ssize_t read_age(Source *source, void *bytes, size_t size, GError **error)
{
    AgeSource *age = (AgeSource *)source;
    ssize_t got = age->thread != NULL ? child_read(age->child, bytes, size, error) : 0;
    if (got != 0 || age->thread == NULL)
        return got;
    join(age);
    if (age->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&age->error));
        return -1;
    }
    return child_end(age->child, error) ? 0 : -1;
}

static void free_age(Source *source)
{
    AgeSource *age = (AgeSource *)source;
    child_stop(age->child);
    join(age);
    child_free(age->child);
    g_clear_error(&age->error);
    g_free(age);
}

static const SourceKind kind = {read_age, free_age};

Source *source_age_new(const char *program, const char *identities, Source *next, GError **error)
{
    const char *words[] = {program, "--decrypt", "--identity", identities, NULL};
    Child *child = child_start(&(ProcessStart){.words = words}, CHILD_IN | CHILD_OUT, error);
    if (child == NULL) {
        source_free(next);
        return NULL;
    }
    AgeSource *age = g_new0(AgeSource, 1);
    *age = (AgeSource){.source = {.kind = &kind, .next = next}, .child = child};
    age->thread = thread_start("age", give_encrypted, age, error);
    if (age->thread != NULL)
        return &age->source;
    source_free(&age->source);
    return NULL;
}
