/* The folder of backups under full disks, kills and others: nothing half ever has a final name. */
#include "backup/prune.h"
#include "repository_case.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A disk that takes no more, for this process: writing a byte fails. */
static void a_full_disk_commits_nothing(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(PartialBackup) partial = begin(test, ID);
    g_autoptr(Manifest) manifest = sample_manifest(ID);
    g_autoptr(GError) error = NULL;
    sample_write(partial_folder(partial));
    struct rlimit usual;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &usual), ==, 0);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = usual.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
    bool committed = partial_commit(partial, manifest, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &usual), ==, 0);
    signal(SIGXFSZ, SIG_DFL);
    g_assert_false(committed);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "could not write file \""));
    g_assert_false(exists(test, ID));
    g_clear_pointer(&partial, partial_free);
    g_assert_false(exists(test, ".partial-" ID));
}

/* The first removal is followed by damage to the newest backup. */
static void tell_and_damage(const Backup *backup, PruneFate fate, const char *why, void *data)
{
    const Case *test = data;
    (void)backup, (void)why;
    if (fate == PRUNE_REMOVED)
        put(test, LATER_ID "/manifest.json", "{");
}

static void prune_stops_when_what_it_rests_on_is_worse(Case *test, const void *unused)
{
    (void)unused;
    const char *const first = "2026-11-20T000000Z-000000000000";
    make_backup(test, first);
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    Retention retention = {.last = 1};
    PruneOptions options = {test->folder, &retention, INT64_MAX, false};
    g_autoptr(GError) error = NULL;
    g_assert_false(prune(&options, tell_and_damage, test, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    g_assert_cmpstr(error->message, ==,
                    "backup \"" LATER_ID
                    "\", for which others may go, is no longer stored: no more "
                    "are removed\nhint: \"retort backups\" says why; then prune again");
    g_assert_false(exists(test, first));
    g_assert_true(exists(test, ID));
}

/* A backup that is listed is removed by another, and one is pinned, before their turn comes. */
static void tell_and_interfere(const Backup *backup, PruneFate fate, const char *why, void *data)
{
    const Case *test = data;
    static const PruneFate fates[] = {PRUNE_REMOVED, PRUNE_GONE, PRUNE_KEPT, PRUNE_KEPT};
    static unsigned told = 0;
    g_assert_cmpint(fate, ==, fates[told]);
    if (told++ == 2)
        g_assert_cmpstr(why, ==, "pinned");
    if (!g_str_has_prefix(backup->id, "2026-11-19"))
        return;
    g_autoptr(Backup) other = find(test, "2026-11-20");
    g_autoptr(Backup) pinned = find(test, ID);
    g_assert_true(backup_remove(other, NULL));
    g_assert_true(backup_pin(pinned, "", NULL));
}

static void prune_minds_what_others_do(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, "2026-11-19T000000Z-000000000000");
    make_backup(test, "2026-11-20T000000Z-000000000000");
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    Retention retention = {.last = 1};
    PruneOptions options = {test->folder, &retention, INT64_MAX, false};
    g_autoptr(GError) error = NULL;
    prune(&options, tell_and_interfere, test, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, ==, 2);
}

typedef void Work(const Case *test);

/* What the processes do that are killed; they end without tidying up after GLib or sanitizers. */
static void write_backup(const Case *test)
{
    g_autoptr(PartialBackup) partial = partial_begin(test->folder, LATER_ID, NULL);
    g_autoptr(Manifest) manifest = sample_manifest(LATER_ID);
    sample_write(partial_folder(partial));
    if (!partial_commit(partial, manifest, NULL))
        _exit(2);
}

static void remove_backup(const Case *test)
{
    g_autoptr(Backup) backup = repository_find(test->folder, LATER_ID, NULL);
    if (!backup_remove(backup, NULL))
        _exit(2);
}

static void pin_and_record(const Case *test)
{
    g_autoptr(Backup) backup = repository_find(test->folder, LATER_ID, NULL);
    BackupResult result = {(char *)"2026-11-23T00:00:01Z", true, NULL, 1};
    if (!backup_pin(backup, "why", NULL) || !backup_record_verified(backup, &result, NULL))
        _exit(2);
}

/*
 * Runs @work in a process of its own that is killed before its system call number @calls. Returns:
 * whether it was; else it was done before.
 */
static bool kill_at(const Case *test, Work *work, unsigned calls)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(3);
        raise(SIGSTOP);
        work(test);
        _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    for (unsigned stops = 0; WIFSTOPPED(status); stops++) {
        if (stops == 2 * calls)
            kill(child, SIGKILL);
        ptrace(PTRACE_SYSCALL, child, NULL, NULL);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    }
    if (WIFEXITED(status))
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    return WIFSIGNALED(status);
}

/* All that has a final name is whole; returns whether the later one is there. */
static bool check_whole(const Case *test)
{
    g_autoptr(GPtrArray) backups = list(test);
    g_assert_cmpuint(backups->len, >=, 1);
    for (unsigned i = 0; i < backups->len; i++) {
        const Backup *backup = backups->pdata[i];
        g_assert_cmpstr(backup->fault, ==, NULL);
        g_autofree char *faults = faults_of(backup);
        g_assert_cmpstr(faults, ==, "");
    }
    return backups->len > 1;
}

static void assert_swept(const Case *test)
{
    g_autoptr(GError) error = NULL;
    partial_sweep(test->folder, &error);
    g_assert_no_error(error);
    g_assert_false(exists(test, ".partial-" LATER_ID));
}

static void a_killed_writer_leaves_all_or_nothing(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    unsigned with = 0, without = 0;
    for (unsigned calls = 0; kill_at(test, write_backup, calls); calls++) {
        bool there = check_whole(test);
        with += there;
        without += !there;
        assert_swept(test);
        g_autofree char *path = path_of(test, LATER_ID);
        g_assert_true(file_remove_tree(path, NULL));
    }
    g_assert_true(check_whole(test));
    g_assert_cmpuint(with, >, 0);
    g_assert_cmpuint(without, >, 20);
}

static void a_killed_remover_leaves_all_or_nothing(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    unsigned with = 0, without = 0;
    for (unsigned calls = 0; kill_at(test, remove_backup, calls); calls++) {
        bool there = check_whole(test);
        with += there;
        without += !there;
        assert_swept(test);
        if (!there)
            make_backup(test, LATER_ID);
    }
    g_assert_false(check_whole(test));
    g_assert_cmpuint(with, >, 0);
    g_assert_cmpuint(without, >, 0);
}

static void a_killed_pinner_leaves_all_or_nothing(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    for (unsigned calls = 0; kill_at(test, pin_and_record, calls); calls++) {
        g_assert_true(check_whole(test));
        g_autoptr(Backup) backup = find(test, LATER_ID);
        if (backup->pinned != NULL)
            g_assert_cmpstr(backup->pinned, ==, "why");
        g_assert_true(backup_pin(backup, NULL, NULL));
    }
    g_autoptr(Backup) backup = find(test, LATER_ID);
    g_assert_cmpint(backup->state, ==, BACKUP_VERIFIED);
}

/* Several at once remove, write and list: no error but those that are meant. */
static void work_at_once(const Case *test, unsigned seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    for (unsigned i = 0; i < 40; i++) {
        g_autofree char *id = backup_id_new(g_rand_int_range(random, 0, 1000));
        g_autoptr(PartialBackup) partial = partial_begin(test->folder, id, NULL);
        if (partial == NULL)
            _exit(4);
        sample_write(partial_folder(partial));
        g_autoptr(Manifest) manifest = sample_manifest(id);
        if (!partial_commit(partial, manifest, NULL))
            _exit(5);
        g_autoptr(GPtrArray) backups = repository_list(test->folder, NULL);
        for (unsigned n = 0; backups != NULL && n < backups->len; n++) {
            const Backup *backup = backups->pdata[n];
            g_autoptr(GError) error = NULL;
            bool removed = backup_remove(backup, &error);
            if (!removed && error->code != APP_ERROR_LOCKED &&
                !g_str_has_suffix(error->message, "is there no more"))
                _exit(6);
        }
        if (backups == NULL || !partial_sweep(test->folder, NULL))
            _exit(7);
    }
    _exit(0);
}

static void several_at_once_do_not_disturb_each_other(Case *test, const void *unused)
{
    (void)unused;
    enum { PROCESSES = 3 };
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        g_assert_cmpint(children[i], >=, 0);
        if (children[i] == 0)
            work_at_once(test, i);
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = 0;
        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    }
}

static void add(const char *name, void (*run)(Case *, const void *))
{
    add_case("repository_faults", name, run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("a_full_disk_commits_nothing", a_full_disk_commits_nothing);
    add("prune_stops_when_what_it_rests_on_is_worse", prune_stops_when_what_it_rests_on_is_worse);
    add("prune_minds_what_others_do", prune_minds_what_others_do);
    add("a_killed_writer_leaves_all_or_nothing", a_killed_writer_leaves_all_or_nothing);
    add("a_killed_remover_leaves_all_or_nothing", a_killed_remover_leaves_all_or_nothing);
    add("a_killed_pinner_leaves_all_or_nothing", a_killed_pinner_leaves_all_or_nothing);
    add("several_at_once_do_not_disturb_each_other", several_at_once_do_not_disturb_each_other);
    return g_test_run();
}
