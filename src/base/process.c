#include "base/process.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void process_result_clear(ProcessResult *result)
{
    g_clear_pointer(&result->out, g_free);
    g_clear_pointer(&result->err, g_free);
}

static void leave_session(void *data)
{
    setsid();
    umask(0077);
    spawn_become_user(data);
}

static void close_stores(Plumbing *stores)
{
    const int all[] = {stores->in, stores->out, stores->err};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] >= 0)
            close(all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plumbing, close_stores)

/*
 * Input and output go through files in memory, not pipes: however much there is of either, and
 * whether the program reads it, nobody has to wait for anybody.
 */
static bool open_stores(Plumbing *stores, const ProcessStart *start, GError **error)
{
    stores->out = spawn_store(NULL);
    stores->err = spawn_store(NULL);
    stores->in = start->input != NULL ? spawn_store(start->input) : -1;
    if (stores->out >= 0 && stores->err >= 0 && (start->input == NULL || stores->in >= 0))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "could not run \"%s\": no memory for its input and output", start->words[0]);
    return false;
}

bool process_run(const ProcessStart *start, ProcessResult *out_result, GError **error)
{
    g_auto(Plumbing)
        stores = {.kept = -1, .flags = G_SPAWN_DO_NOT_REAP_CHILD, .begin = spawn_serve_parent};
    GPid pid = 0;
    if (!open_stores(&stores, start, error) || !spawn_begin(start, &stores, &pid, error))
        return false;
    int status = spawn_wait(pid);
    g_autofree char *out = spawn_store_read(stores.out);
    g_autofree char *err = spawn_store_read(stores.err);
    if (out == NULL || err == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "\"%s\": its output could not be read",
                    start->words[0]);
        return false;
    }
    *out_result = (ProcessResult){
        .status = status, .out = g_steal_pointer(&out), .err = g_steal_pointer(&err)};
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

bool process_attend(const ProcessStart *start, int *out_status, GError **error)
{
    const Plumbing plumbing = {.in = -1,
                               .out = -1,
                               .err = -1,
                               .kept = -1,
                               .flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
                               .begin = spawn_become_user};
    GPid pid = 0;
    if (!spawn_begin(start, &plumbing, &pid, error))
        return false;
    *out_status = spawn_wait(pid);
    return true;
}

bool process_detach(const ProcessStart *start, const char *log, int keep, int *out_pid,
                    GError **error)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not open file \"%s\": %s", log,
                    g_strerror(reason));
        return false;
    }
    const Plumbing plumbing = {
        .in = -1, .out = out, .err = out, .kept = keep, .begin = leave_session};
    GPid pid = 0;
    bool done = spawn_begin(start, &plumbing, &pid, error);
    close(out);
    if (done)
        *out_pid = pid;
    return done;
}

bool process_has_ended(int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = NULL;
    /* No such file is the answer, not a fault. */
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return true;
    /* 4711 (name) S …: the name may hold any character. Source: proc(5). */
    const char *state = strrchr(text, ')');
    return state == NULL || strchr("ZX", state[2]) != NULL;
}

char *process_find_program(const char *program)
{
    return g_find_program_in_path(program);
}
