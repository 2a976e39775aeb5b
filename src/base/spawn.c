#include "base/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEPT_FILE = 3 }; /* where the inherited descriptor is */

/* Between fork and exec: only calls that are safe there. */
void spawn_become_user(void *data)
{
    const User *user = data;
    if (user != NULL && !user_become(user))
        _exit(126);
}

/* What is waited for ends with who waits. Last, since a change of user forgets it. */
void spawn_serve_parent(void *data)
{
    spawn_become_user(data);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* GLib names the program once more where it is missing or no program. */
static const char *explain(const GError *reason)
{
    if (g_error_matches(reason, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
        return g_strerror(ENOENT);
    if (g_error_matches(reason, G_SPAWN_ERROR, G_SPAWN_ERROR_ACCES))
        return g_strerror(EACCES);
    return reason->message;
}

bool spawn_begin(const ProcessStart *start, const Plumbing *plumbing, GPid *out_pid, GError **error)
{
    g_autoptr(GError) reason = NULL; /* turned into an error of ours, with its exit status */
    const int place = KEPT_FILE;
    if (g_spawn_async_with_pipes_and_fds(
            start->folder, start->words, (const char *const *)start->environment,
            plumbing->flags | G_SPAWN_SEARCH_PATH, plumbing->begin, (void *)start->user,
            plumbing->in, plumbing->out, plumbing->err, &plumbing->kept, &place,
            plumbing->kept >= 0 ? 1 : 0, out_pid, NULL, NULL, NULL, &reason))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not run \"%s\": %s", start->words[0],
                explain(reason));
    return false;
}

void spawn_await(GPid pid)
{
    siginfo_t info;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
        g_assert(errno == EINTR);
}

int spawn_wait(GPid pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        g_assert(errno == EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int spawn_store(const char *text)
{
    int store = memfd_create("retort", MFD_CLOEXEC);
    size_t rest = text != NULL ? strlen(text) : 0;
    while (store >= 0 && rest > 0) {
        ssize_t written = write(store, text, rest);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            break;
        text += written;
        rest -= (size_t)written;
    }
    if (rest == 0 && (store < 0 || lseek(store, 0, SEEK_SET) == 0))
        return store;
    close(store);
    return -1;
}

char *spawn_store_read(int store)
{
    struct stat found;
    if (fstat(store, &found) != 0)
        return NULL;
    size_t size = (size_t)found.st_size, length = 0;
    g_autofree char *text = g_malloc(size + 1);
    while (length < size) {
        ssize_t got = pread(store, text + length, size - length, (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return NULL;
        length += (size_t)got;
    }
    text[size] = '\0';
    return g_steal_pointer(&text);
}
