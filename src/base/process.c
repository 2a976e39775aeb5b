#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* How a child begins: what its descriptors 0 to 2 are (-1: GLib's choice), what it inherits. */
typedef struct Plumbing {
    int in, out, err;
    int kept;                   /* becomes KEPT_FILE; or -1 */
    GSpawnFlags flags;          /* besides the search in PATH */
    GSpawnChildSetupFunc begin; /* between fork and exec */
} Plumbing;

/* GLib names the program once more where it is missing or no program. */
static const char *explain(const GError *reason)
{
    if (g_error_matches(reason, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
        return g_strerror(ENOENT);
    if (g_error_matches(reason, G_SPAWN_ERROR, G_SPAWN_ERROR_ACCES))
        return g_strerror(EACCES);
    return reason->message;
}

static bool spawn(const ProcessStart *start, const Plumbing *plumbing, GPid *out_pid,
                  GError **error)
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

/* The exit status of the child @pid, which is waited for. */
static int wait_for(GPid pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        g_assert(errno == EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Where a child reads from or writes to while nobody attends: a file that has no name. */
static int open_store(const char *text)
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

/* (transfer full) (nullable): all that was written to @store, as a text. */
static char *read_store(int store)
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
    stores->out = open_store(NULL);
    stores->err = open_store(NULL);
    stores->in = start->input != NULL ? open_store(start->input) : -1;
    if (stores->out >= 0 && stores->err >= 0 && (start->input == NULL || stores->in >= 0))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "could not run \"%s\": no memory for its input and output", start->words[0]);
    return false;
}

bool process_run(const ProcessStart *start, ProcessResult *out_result, GError **error)
{
    g_auto(Plumbing)
        stores = {.kept = -1, .flags = G_SPAWN_DO_NOT_REAP_CHILD, .begin = serve_parent};
    GPid pid = 0;
    if (!open_stores(&stores, start, error) || !spawn(start, &stores, &pid, error))
        return false;
    int status = wait_for(pid);
    g_autofree char *out = read_store(stores.out);
    g_autofree char *err = read_store(stores.err);
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
                               .begin = become_user};
    GPid pid = 0;
    if (!spawn(start, &plumbing, &pid, error))
        return false;
    *out_status = wait_for(pid);
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
    bool done = spawn(start, &plumbing, &pid, error);
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
