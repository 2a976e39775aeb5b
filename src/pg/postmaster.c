#include "pg/postmaster.h"

#include "base/file.h"
#include "base/process.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSE 10000          /* microseconds between two looks at a server that changes */
#define LEAVING_SECONDS 15   /* for the orphans of a killed server to notice */
#define RECOVERY_SECONDS 600 /* for a server to become ready */
#define STOP_SECONDS 120     /* for a server to write out what is dirty */

#define UNREACHABLE                                                                                \
    "\"%s\" is in use by a server that cannot be reached from here\n"                              \
    "hint: it may run in another container or on another host"

/* Lines of postmaster.pid, from 0. Source: pidfile.h of PostgreSQL. */
enum { LINE_PID = 0, LINE_SOCKET = 4, LINE_STATUS = 7 };

void postmaster_state_clear(PostmasterState *state)
{
    g_clear_pointer(&state->socket, g_free);
    *state = (PostmasterState){0};
}

static char *run_lock_path(const char *data)
{
    return g_strconcat(data, ".run", NULL);
}

/* Whether a process is a server that works in the folder @data, as a server of it does. */
static bool works_in(int pid, const char *data)
{
    g_autofree char *link = g_strdup_printf("/proc/%d/cwd", pid);
    g_autofree char *name_path = g_strdup_printf("/proc/%d/comm", pid);
    g_autofree char *name = pid > 0 ? file_read(name_path, NULL, NULL) : NULL;
    GStatBuf its, folder;
    return name != NULL && g_str_has_prefix(name, "post") && g_stat(link, &its) == 0 &&
           g_stat(data, &folder) == 0 && its.st_dev == folder.st_dev && its.st_ino == folder.st_ino;
}

static void read_pid_file(const char *data, PostmasterState *state)
{
    g_autofree char *path = g_build_filename(data, "postmaster.pid", NULL);
    /* No file means no server, or one that is starting. */
    g_autofree char *text = file_read(path, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    unsigned count = g_strv_length(lines);
    if (count > LINE_PID)
        state->pid = abs((int)strtol(lines[LINE_PID], NULL, 10));
    if (count > LINE_SOCKET && *lines[LINE_SOCKET] != '\0')
        state->socket = g_strdup(lines[LINE_SOCKET]);
    state->ready = count > LINE_STATUS && g_str_has_prefix(lines[LINE_STATUS], "ready");
}

void postmaster_look(const char *data, PostmasterState *out_state)
{
    PostmasterState state = {0};
    read_pid_file(data, &state);
    state.is_here = works_in(state.pid, data);
    g_autofree char *lock = run_lock_path(data);
    state.in_use = state.is_here || file_is_locked(lock);
    /* A killed one's orphans hold the lock for a while, and its last word stays in the file. */
    state.ready = state.ready && state.in_use && !process_has_ended(state.pid);
    *out_state = state;
}

char **postmaster_environment(void)
{
    char **environment = g_get_environ();
    g_auto(GStrv) names = g_listenv();
    for (char **name = names; *name != NULL; name++)
        if (g_str_has_prefix(*name, "PG") || g_str_has_prefix(*name, "LC_"))
            environment = g_environ_unsetenv(environment, *name);
    return g_environ_setenv(environment, "LANG", "C.UTF-8", TRUE);
}

static void remove_in(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path);
}

/* The server whose data folder was removed under it; 0 if the process @pid is none such. */
static int homeless_server(int pid)
{
    g_autofree char *link = g_strdup_printf("/proc/%d/cwd", pid);
    g_autofree char *name_path = g_strdup_printf("/proc/%d/comm", pid);
    g_autofree char *name = pid > 0 ? file_read(name_path, NULL, NULL) : NULL;
    g_autofree char *folder = name != NULL ? g_file_read_link(link, NULL) : NULL;
    bool homeless =
        folder != NULL && g_str_has_prefix(name, "post") && g_str_has_suffix(folder, " (deleted)");
    return homeless ? pid : 0;
}

/*
 * Ends the server that was here before somebody removed its data: when it noticed by itself, it
 * would take the socket of the new one with it.
 */
static void end_homeless(const char *socket)
{
    g_autofree char *path = g_build_filename(socket, ".s.PGSQL.5432.lock", NULL);
    g_autofree char *text = file_read(path, NULL, NULL); /* none: nobody was here */
    int pid = text != NULL ? homeless_server((int)strtol(text, NULL, 10)) : 0;
    int64_t deadline = g_get_monotonic_time() + LEAVING_SECONDS * G_USEC_PER_SEC;
    if (pid == 0 || kill(pid, SIGQUIT) != 0)
        return;
    while (homeless_server(pid) != 0 && g_get_monotonic_time() < deadline)
        g_usleep(PAUSE);
}

/*
 * Removes what a killed server left: its number may be another program's by now, before which
 * PostgreSQL would shrink back.
 */
static void remove_stale(const PostmasterStart *start)
{
    remove_in(start->data, "postmaster.pid");
    remove_in(start->socket, ".s.PGSQL.5432.lock");
    remove_in(start->socket, ".s.PGSQL.5432");
}

/* The lock that the server will hold; waits for the orphans of a killed one to leave. */
static int take_run_lock(const char *data, const User *user, GError **error)
{
    g_autofree char *path = run_lock_path(data);
    int64_t deadline = g_get_monotonic_time() + LEAVING_SECONDS * G_USEC_PER_SEC;
    for (;;) {
        g_autoptr(GError) held = NULL; /* reported below, in other words */
        int lock = file_lock(path, false, &held);
        if (lock >= 0) {
            /* Left to root, the folder's owner could not ask for it later. */
            (void)!fchown(lock, user->id, user->group);
            return lock;
        }
        if (held->code != APP_ERROR_LOCKED || g_get_monotonic_time() > deadline) {
            g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                        held->code == APP_ERROR_LOCKED
                            ? UNREACHABLE
                            : "\"%s\": the lock beside it could not be taken",
                        data);
            return -1;
        }
        g_usleep(PAUSE);
    }
}

/* The last FATAL or PANIC, or else the last line, that @log holds from @offset on. */
static char *find_reason(const char *log, size_t offset)
{
    size_t length = 0;
    g_autofree char *text = file_read(log, &length, NULL);
    if (text == NULL || offset >= length)
        return g_strdup("it ended without a word");
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text + offset), "\n", -1);
    const char *reason = "";
    bool fatal = false;
    for (char **line = lines; *line != NULL; line++) {
        const char *found = strstr(*line, "FATAL:");
        found = found != NULL ? found : strstr(*line, "PANIC:");
        if (found != NULL || !fatal)
            reason = found != NULL ? found + strlen("FATAL:") : *line;
        fatal = fatal || found != NULL;
    }
    return g_strchug(g_strdup(reason));
}

static size_t size_of(const char *path)
{
    GStatBuf found;
    return g_stat(path, &found) == 0 ? (size_t)found.st_size : 0;
}

static bool wait_until_ready(int child, const PostmasterStart *start, size_t log_size,
                             GError **error)
{
    int64_t deadline = g_get_monotonic_time() + RECOVERY_SECONDS * G_USEC_PER_SEC;
    while (!process_has_ended(child) && g_get_monotonic_time() < deadline) {
        g_auto(PostmasterState) state = {0};
        postmaster_look(start->data, &state);
        if (state.ready && state.is_here)
            return true;
        g_usleep(PAUSE);
    }
    g_autofree char *reason = find_reason(start->log, log_size);
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "the private server did not start: %s\nhint: its log is \"%s\"", reason,
                start->log);
    return false;
}

bool postmaster_start(const PostmasterStart *start, GError **error)
{
    int lock = take_run_lock(start->data, start->user, error);
    if (lock < 0)
        return false;
    end_homeless(start->socket);
    remove_stale(start);
    size_t log_size = size_of(start->log);
    g_autofree char *program = g_build_filename(start->programs, "postgres", NULL);
    const char *words[] = {program, "-D", start->data,         "-k", start->socket, "-p",
                           "5432",  "-c", "listen_addresses=", NULL};
    g_auto(GStrv) environment = postmaster_environment();
    ProcessStart process = {
        .words = words, .environment = environment, .folder = "/", .user = start->user};
    int child = 0;
    bool begun = process_detach(&process, start->log, lock, &child, error);
    close(lock);
    return begun && wait_until_ready(child, start, log_size, error);
}

bool postmaster_wait(const char *data, bool *out_ready, GError **error)
{
    int64_t begin = g_get_monotonic_time();
    for (;;) {
        g_auto(PostmasterState) state = {0};
        postmaster_look(data, &state);
        *out_ready = state.ready && state.is_here;
        if (*out_ready || !state.in_use)
            return true;
        int64_t seconds = (g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
        if (seconds >= (state.is_here ? RECOVERY_SECONDS : LEAVING_SECONDS)) {
            g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                        state.is_here ? "the server of \"%s\" does not take connections"
                                      : UNREACHABLE,
                        data);
            return false;
        }
        g_usleep(PAUSE);
    }
}

static bool wait_until_gone(const char *data, int seconds)
{
    int64_t deadline = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    while (g_get_monotonic_time() < deadline) {
        g_auto(PostmasterState) state = {0};
        postmaster_look(data, &state);
        if (!state.in_use)
            return true;
        g_usleep(PAUSE);
    }
    return false;
}

bool postmaster_stop(const char *data, GError **error)
{
    g_auto(PostmasterState) state = {0};
    postmaster_look(data, &state);
    if (!state.in_use)
        return true;
    /* SIGINT is PostgreSQL's fast shutdown: sessions are ended, all data is written. */
    if (state.is_here && kill(state.pid, SIGINT) != 0 && errno != ESRCH) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "could not stop the server, process %d: %s", state.pid, g_strerror(reason));
        return false;
    }
    if (wait_until_gone(data, state.is_here ? STOP_SECONDS : LEAVING_SECONDS))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                state.is_here ? "the server of \"%s\" does not stop"
                              : "the server of \"%s\" runs in another container or on another host",
                data);
    return false;
}
