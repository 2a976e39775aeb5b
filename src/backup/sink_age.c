#include "backup/sink.h"
#include "base/child.h"
#include "base/thread.h"

/*
 * What age has encrypted is taken from it by a thread: it writes while it is written to. The thread
 * alone uses the next sink until it has ended.
 */
typedef struct AgeSink {
    Sink sink;
    Child *child;
    GThread *thread; /* (nullable): has ended */
    GError *error;   /* (nullable): the thread's, read when it has ended */
} AgeSink;

/* Goes on to read after an error, so that age can end. */
static void *take_encrypted(void *data)
{
    AgeSink *age = data;
    char bytes[65536];
    ssize_t got = 0;
    GError **error = &age->error;
    while ((got = child_read(age->child, bytes, sizeof bytes, error)) > 0)
        if (age->error == NULL)
            sink_write(age->sink.next, bytes, (size_t)got, error);
    return NULL;
}

static void join(AgeSink *age)
{
    child_close_in(age->child);
    g_clear_pointer(&age->thread, g_thread_join);
}

/* Waits until age has ended. Its own reason goes before what followed from it. */
static bool end_age(Sink *sink, GError **error)
{
    AgeSink *age = (AgeSink *)sink;
    join(age);
    if (age->error == NULL)
        return child_end(age->child, error);
    g_propagate_error(error, g_steal_pointer(&age->error));
    return false;
}

static bool write_age(Sink *sink, const void *bytes, size_t length, GError **error)
{
    AgeSink *age = (AgeSink *)sink;
    g_autoptr(GError) closed = NULL;
    if (child_write(age->child, bytes, length, &closed))
        return true;
    if (end_age(sink, error))
        g_propagate_error(error, g_steal_pointer(&closed));
    return false;
}

static void free_age(Sink *sink)
{
    AgeSink *age = (AgeSink *)sink;
    join(age);
    child_free(age->child);
    g_clear_error(&age->error);
    g_free(age);
}

static const SinkKind kind = {write_age, end_age, free_age};

static Child *start(const char *program, const char *const *recipients, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)program);
    for (; *recipients != NULL; recipients++) {
        g_ptr_array_add(words, (char *)"--recipient");
        g_ptr_array_add(words, (char *)*recipients);
    }
    g_ptr_array_add(words, NULL);
    const ProcessStart how = {.words = (const char *const *)words->pdata};
    return child_start(&how, CHILD_IN | CHILD_OUT, error);
}

Sink *sink_age_new(const char *program, const char *const *recipients, Sink *next, GError **error)
{
    Child *child = start(program, recipients, error);
    if (child == NULL) {
        sink_free(next);
        return NULL;
    }
    AgeSink *age = g_new0(AgeSink, 1);
    *age = (AgeSink){.sink = {&kind, next}, .child = child};
    age->thread = thread_start("age", take_encrypted, age, error);
    if (age->thread != NULL)
        return &age->sink;
    sink_free(&age->sink);
    return NULL;
}
