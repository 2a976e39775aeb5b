#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_FILE 3 /* where process_detach() puts the inherited descriptor */

void process_result_clear(ProcessResult *result)
{
    g_clear_pointer(&result->out, g_free);
    g_clear_pointer(&result->err, g_free);
}

/* Between fork and exec: only calls that are safe there. */
static void become_user(void *data)
{
    const User *user = data;
    if (user != NULL && !user_become(user))
        _exit(126);
}

/* What is waited for ends with who waits. Last, since a change of user forgets it. */
static void serve_parent(void *data)
{
    become_user(data);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void leave_session(void *data)
{
    setsid();
    umask(0077);
    become_user(data);
}

static GSubprocessLauncher *launcher_new(const ProcessStart *start, GSubprocessFlags flags)
{
    GSubprocessLauncher *launcher = g_subprocess_launcher_new(flags);
    if (start->environment != NULL)
        g_subprocess_launcher_set_environ(launcher, start->environment);
    if (start->folder != NULL)
        g_subprocess_launcher_set_cwd(launcher, start->folder);
    g_subprocess_launcher_set_child_setup(launcher, serve_parent, (void *)start->user, NULL);
    return launcher;
}

static GSubprocess *spawn(GSubprocessLauncher *launcher, const ProcessStart *start, GError **error)
{
    g_autoptr(GError) reason = NULL; /* turned into an error of ours, with its exit status */
    GSubprocess *child = g_subprocess_launcher_spawnv(launcher, start->words, &reason);
    if (child == NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not run \"%s\": %s",
                    start->words[0], reason->message);
    return child;
}

bool process_run(const ProcessStart *start, ProcessResult *out_result, GError **error)
{
    GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE;
    if (start->input != NULL)
        flags |= G_SUBPROCESS_FLAGS_STDIN_PIPE;
    g_autoptr(GSubprocessLauncher) launcher = launcher_new(start, flags);
    g_autoptr(GSubprocess) child = spawn(launcher, start, error);
    if (child == NULL)
        return false;
    g_autoptr(GBytes) input =
        start->input != NULL ? g_bytes_new(start->input, strlen(start->input)) : NULL;
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;
    g_autoptr(GError) reason = NULL; /* turned into an error of ours, with its exit status */
    if (!g_subprocess_communicate(child, input, NULL, &out, &err, &reason)) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\": %s", start->words[0],
                    reason->message);
        return false;
    }
    out_result->status = g_subprocess_get_if_exited(child) ? g_subprocess_get_exit_status(child)
                                                           : 128 + g_subprocess_get_term_sig(child);
    out_result->out = g_strndup(g_bytes_get_data(out, NULL), g_bytes_get_size(out));
    out_result->err = g_strndup(g_bytes_get_data(err, NULL), g_bytes_get_size(err));
    return true;
}

bool process_check(const ProcessStart *start, ProcessResult *out_result, GError **error)
{
    g_auto(ProcessResult) result = {0};
    if (!process_run(start, &result, error))
        return false;
    if (result.status != 0) {
        g_autofree char *program = g_path_get_basename(start->words[0]);
        g_strchomp(result.err);
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\" ended with status %d%s%s", program,
                    result.status, *result.err != '\0' ? "\n" : "", result.err);
        return false;
    }
    *out_result = result;
    result = (ProcessResult){0};
    return true;
}

GSubprocess *process_detach(const ProcessStart *start, const char *log, int keep, GError **error)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not open file \"%s\": %s", log,
                    g_strerror(reason));
        return NULL;
    }
    g_autoptr(GSubprocessLauncher) launcher = launcher_new(start, G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_subprocess_launcher_take_stdout_fd(launcher, out);
    if (keep >= 0)
        g_subprocess_launcher_take_fd(launcher, dup(keep), KEPT_FILE);
    g_subprocess_launcher_set_child_setup(launcher, leave_session, (void *)start->user, NULL);
    return spawn(launcher, start, error);
}

char *process_find_program(const char *program)
{
    return g_find_program_in_path(program);
}
