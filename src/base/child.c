#include "base/child.h"
#include "base/interrupt.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    SAID = 4000,  /* bytes of what it said that are told: the end of it */
    SIGNAL = 128, /* and the signal: the status of what one ended */
};

struct Child {
    char *program;
    GPid pid;   /* 0: it was waited for */
    int status; /* then */
    int in, out, err;
    Interruptible *interruptible; /* (nullable): while it runs */
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* The ends of a pipe; both are closed when a program is begun. */
static bool open_pipe(bool wanted, int ends[2])
{
    ends[0] = ends[1] = -1;
    return !wanted || pipe2(ends, O_CLOEXEC) == 0;
}

static void close_pipe(int ends[2])
{
    close_one(&ends[0]);
    close_one(&ends[1]);
}

static void stop(void *data)
{
    child_stop(data);
}

static Child *begin(const ProcessStart *start, int in[2], int out[2], int list, GError **error)
{
    g_autoptr(Child) child = g_new0(Child, 1);
    child->in = child->out = -1;
    child->program = g_path_get_basename(start->words[0]);
    child->err = spawn_store(NULL);
    const Plumbing plumbing = {.in = in[0],
                               .out = out[1],
                               .err = child->err,
                               .kept = list,
                               .flags = G_SPAWN_DO_NOT_REAP_CHILD |
                                        (out[1] < 0 ? G_SPAWN_STDOUT_TO_DEV_NULL : 0),
                               .begin = spawn_serve_parent};
    if (child->err < 0 || !spawn_begin(start, &plumbing, &child->pid, error))
        return NULL;
    child->in = g_steal_fd(&in[1]);
    child->out = g_steal_fd(&out[0]);
    child->interruptible = interrupt_add(stop, child);
    return g_steal_pointer(&child);
}

Child *child_start(const ProcessStart *start, unsigned pipes, GError **error)
{
    g_assert(start->input == NULL);
    signal(SIGPIPE, SIG_IGN); /* a program that ends early is an error of child_write() */
    int in[2], out[2], list = -1;
    bool opened = open_pipe((pipes & CHILD_IN) != 0, in);
    opened = open_pipe(opened && (pipes & CHILD_OUT) != 0, out) && opened;
    if (start->list != NULL)
        opened = (list = spawn_store(start->list)) >= 0 && opened;
    Child *child = opened ? begin(start, in, out, list, error) : NULL;
    if (!opened || (child == NULL && error != NULL && *error == NULL))
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not run \"%s\": %s",
                    start->words[0], g_strerror(errno));
    close_pipe(in);
    close_pipe(out);
    close_one(&list);
    return child;
}

int child_out(const Child *child)
{
    return child->out;
}

void child_close_in(Child *child)
{
    close_one(&child->in);
}

bool child_write(Child *child, const void *bytes, size_t length, GError **error)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(child->in, at, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            int reason = errno;
            g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\" takes no more input: %s",
                        child->program, g_strerror(reason));
            return false;
        }
        at += written;
        length -= (size_t)written;
    }
    return true;
}

ssize_t child_read(Child *child, void *bytes, size_t size, GError **error)
{
    ssize_t got = -1;
    while ((got = read(child->out, bytes, size)) < 0 && errno == EINTR)
        continue;
    if (got < 0) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "the output of \"%s\" could not be read: %s", child->program,
                    g_strerror(reason));
    }
    return got;
}

char *child_said(const Child *child)
{
    g_autofree char *said = spawn_store_read(child->err);
    if (said == NULL)
        return g_strdup("");
    g_strchomp(said);
    size_t length = strlen(said);
    const char *from = length > SAID ? strchr(said + length - SAID, '\n') : said;
    return g_utf8_make_valid(from != NULL ? from : said + length - SAID, -1);
}

static int wait_until_ended(Child *child)
{
    close_one(&child->in);
    close_one(&child->out);
    spawn_await(child->pid);
    interrupt_remove(g_steal_pointer(&child->interruptible));
    child->status = spawn_wait(child->pid);
    child->pid = 0;
    return child->status;
}

bool child_end(Child *child, GError **error)
{
    int status = wait_until_ended(child);
    if (status == 0)
        return true;
    g_autofree char *said = child_said(child);
    if (status > SIGNAL && *said == '\0')
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\" was ended by signal %d (%s)",
                    child->program, status - SIGNAL, g_strsignal(status - SIGNAL));
    else
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\" ended with status %d%s%s",
                    child->program, status, *said != '\0' ? "\n" : "", said);
    return false;
}

bool child_refused(const Child *child)
{
    return child->status > 0 && child->status <= SIGNAL;
}

void child_stop(const Child *child)
{
    if (child->pid != 0)
        kill(child->pid, SIGTERM);
}

void child_free(Child *child)
{
    if (child == NULL)
        return;
    child_stop(child);
    if (child->pid != 0)
        wait_until_ended(child);
    close_one(&child->err);
    g_free(child->program);
    g_free(child);
}
