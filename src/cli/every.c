#include "cli/every.h"

#include "backup/ages.h"
#include "backup/schedule.h"
#include "base/duration.h"
#include "base/interrupt.h"
#include "base/terminal.h"
#include "cli/attest.h"
#include "cli/chosen_backup.h"
#include "cli/output.h"
#include "cli/pruned.h"
#include "cli/taken.h"
#include "serve/log_line.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

typedef struct Run {
    const Every *every;
    Project *project; /* as it was when the last backup began */
    Schedule schedule;
    AccessLogSettings log;
    LogStamp stamp;
    sigset_t signals; /* that end it */
    bool taken;       /* one was */
    bool waited;      /* that it waits has been said */
} Run;

static void run_clear(Run *run)
{
    project_free(run->project);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* One line on stderr. @name, @value: (nullable) */
static void say(Run *run, AccessLogSeverity severity, const char *event, const char *message,
                const char *name, const char *value)
{
    const char *const texts[] = {"event", event, "message", message, name, value};
    g_autoptr(GString) line = g_string_new(NULL);
    log_line_append_event(line, &run->stamp, g_get_real_time(), &run->log, severity, texts,
                          name != NULL ? 6 : 4);
    g_printerr("%s", line->str);
}

/* While there is work they end it; else they are waited for. */
static void let_signals_in(const Run *run, bool in)
{
    pthread_sigmask(in ? SIG_UNBLOCK : SIG_BLOCK, &run->signals, NULL);
}

static int64_t monotonic(void)
{
    return g_get_monotonic_time() / 1000;
}

/* Until then, or until a signal comes: which; 0: none. */
static int wait_for_signal(const Run *run, int64_t milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    const int signal = sigtimedwait(&run->signals, NULL, &time);
    return MAX(signal, 0); /* EAGAIN; EINTR: looks again */
}

static void say_failure(Run *run, const GError *reason, int64_t began)
{
    const int64_t now = monotonic();
    const int64_t pause = schedule_fail(&run->schedule, now - began, now);
    g_autofree char *retry = g_strdup_printf("%.0f", (double)pause / 1000);
    say(run, ACCESS_LOG_ERROR, "backup_failed", reason->message, "retry_seconds", retry);
}

static void print_taken(const Every *every, const char *folder, const Manifest *manifest)
{
    if (every->json) {
        g_autoptr(json_t) object = taken_object(folder, manifest);
        char *text = json_dumps(object, JSON_COMPACT);
        g_print("%s\n", text);
        free(text);
    } else {
        g_autofree char *path = taken_path(folder, manifest);
        g_print("%s\n", path);
    }
    fflush(stdout);
}

static void prune_after(Run *run, const char *folder)
{
    g_autoptr(GError) reason = NULL; /* the backup is there all the same */
    unsigned removed = 0;
    if (!pruned_by_setting(project_config(run->project), folder, &removed, &reason)) {
        say(run, ACCESS_LOG_ERROR, "prune_failed", reason->message, NULL, NULL);
    } else if (removed > 0) {
        g_autofree char *text =
            g_strdup_printf("%u backup%s removed", removed, removed == 1 ? "" : "s");
        say(run, ACCESS_LOG_INFO, "prune", text, NULL, NULL);
    }
}

static bool open_again(Run *run, GError **error)
{
    Project *project = project_open_anywhere(run->every->options, error);
    if (project == NULL)
        return false;
    project_expect_named(project);
    project_free(run->project);
    run->project = project;
    return true;
}

/* What the drill of backup @id found; false: it could not be told. */
static bool drill(const Run *run, const char *folder, const char *id, DrillReport *report,
                  GError **error)
{
    int held = -1;
    g_autoptr(Backup) backup = chosen_backup(folder, id, &held, error);
    const bool looked = backup != NULL &&
                        attest_content(run->project, backup, chosen_identities(run->project, NULL),
                                       run->every->how->quiet, report, error);
    if (held >= 0)
        close(held);
    return looked;
}

/* Whether the backup is as good as it was, and there is time for more. One that is broken counts
 * for a whole interval all the same: the next one may be as broken. */
static bool drill_after(Run *run, const char *folder, const char *id)
{
    g_auto(DrillReport) report = {0};
    g_autoptr(GError) reason = NULL; /* the backup is there all the same */
    let_signals_in(run, true);
    const bool looked = drill(run, folder, id, &report, &reason);
    let_signals_in(run, false);
    if (interrupt_signal() != 0)
        return false;
    if (!looked) {
        say(run, ACCESS_LOG_ERROR, "drill_failed", reason->message, "id", id);
        return true;
    }
    for (unsigned i = 0; i < report.notes->len; i++)
        g_warning("%s", (const char *)report.notes->pdata[i]);
    if (report.faults->len == 0) {
        g_autofree char *text =
            g_strdup_printf("restored in %.1f s, all content as it was", report.restore_seconds);
        say(run, ACCESS_LOG_INFO, "drill", text, "id", id);
        return true;
    }
    say(run, ACCESS_LOG_ERROR, "drill_failed", report.faults->pdata[0], "id", id);
    schedule_skip(&run->schedule, monotonic());
    return false;
}

/* There is a backup: what follows from it. */
static void follow(Run *run, const Manifest *manifest)
{
    const Every *every = run->every;
    g_autofree char *text = taken_text(manifest);
    g_autofree char *folder = chosen_folder(run->project, every->how->folder);
    schedule_succeed(&run->schedule);
    run->taken = true;
    say(run, ACCESS_LOG_INFO, "backup", text, "id", manifest->id);
    print_taken(every, folder, manifest);
    const bool good = !every->drill || drill_after(run, folder, manifest->id);
    if (every->prune && good)
        prune_after(run, folder);
}

/* What was said wrongly will not become right by waiting. */
static bool is_hopeless(const Run *run, const GError *reason)
{
    return !run->taken && g_error_matches(reason, APP_ERROR, APP_ERROR_USAGE);
}

/* False: there is no use in going on. */
static bool take(Run *run, GError **error)
{
    const int64_t began = monotonic();
    g_autoptr(GError) reason = NULL; /* said; then it is tried again */
    let_signals_in(run, true);
    g_autoptr(Manifest) manifest =
        open_again(run, &reason) ? take_backup(run->project, run->every->how, &reason) : NULL;
    let_signals_in(run, false);
    if (manifest == NULL && !interrupt_check(error))
        return false;
    if (manifest == NULL && is_hopeless(run, reason)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (manifest == NULL) {
        say_failure(run, reason, began);
        return true;
    }
    follow(run, manifest);
    return true;
}

/* Once: what is waited for at first. */
static void say_waiting(Run *run, const BackupAges *ages, int64_t wait)
{
    if (run->waited || run->taken || run->schedule.failures > 0)
        return;
    run->waited = true;
    const int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *age = duration_in_words(MAX(now - ages->good_time, 0));
    g_autofree char *due = duration_in_words(wait / 1000);
    g_autofree char *text =
        g_strdup_printf("the last good backup is %s old: the next is due in %s", age, due);
    say(run, ACCESS_LOG_INFO, "wait", text, "last", ages->good);
}

/* (nullable): the name of the database as far as it is known before it is asked. */
static const char *name_of(const Run *run)
{
    const ConnectionSettings *settings = project_settings(run->project, NULL);
    return settings != NULL ? settings_get(settings, "dbname") : NULL;
}

/* How long there is nothing to do, in milliseconds; 0: a backup is due. */
static int64_t look(Run *run)
{
    const int64_t began = monotonic();
    g_autofree char *folder = chosen_folder(run->project, run->every->how->folder);
    g_auto(BackupAges) ages = {0};
    g_autoptr(GError) reason = NULL; /* said; then it is looked at again */
    if (began < run->schedule.resume)
        return run->schedule.resume - began;
    if (!backup_ages_read(folder, name_of(run), g_get_real_time() / G_USEC_PER_SEC, &ages,
                          &reason)) {
        say_failure(run, reason, began);
        return run->schedule.resume - began;
    }
    const int64_t wait =
        schedule_wait(&run->schedule, ages.good_time * 1000, g_get_real_time() / 1000, monotonic());
    if (wait > 0)
        say_waiting(run, &ages, wait);
    return MAX(wait, 0);
}

static bool run_until_signal(Run *run, GError **error)
{
    for (int signal = 0;;) {
        const int64_t wait = look(run);
        signal = interrupt_signal(); /* that came as a backup was finished */
        if (signal == 0)
            signal = wait_for_signal(run, MIN(wait, SCHEDULE_RECHECK));
        if (signal != 0) {
            say(run, ACCESS_LOG_INFO, "stop", "told to stop", "signal",
                signal == SIGTERM  ? "SIGTERM"
                : signal == SIGHUP ? "SIGHUP"
                                   : "SIGINT");
            return true;
        }
        if (wait == 0 && !take(run, error))
            return false;
    }
}

/* Those that end it; nohup has SIGHUP ignored, which a signal that is waited for would not be. */
static void choose_signals(sigset_t *signals)
{
    struct sigaction hangup;
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaddset(signals, SIGHUP);
}

bool every_run(const Every *every, GError **error)
{
    const bool terminal = isatty(STDERR_FILENO);
    g_auto(Run) run = {
        .every = every,
        .schedule = {.interval = every->interval},
        .log = {.format = terminal ? ACCESS_LOG_TEXT : ACCESS_LOG_JSON,
                .color = terminal_has_color(STDERR_FILENO)},
    };
    sigset_t before;
    choose_signals(&run.signals);
    pthread_sigmask(SIG_BLOCK, &run.signals, &before);
    const bool done = open_again(&run, error) && project_settings(run.project, error) != NULL &&
                      run_until_signal(&run, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}
