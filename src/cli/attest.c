#include "cli/attest.h"

#include "cli/load_progress.h"
#include "cli/output.h"
#include "cli/restored.h"

#include <unistd.h>

/* Writes one of the two; what was wrong is worse than that it could not be written down. */
typedef bool Record(const Backup *backup, const BackupResult *result, GError **error);

static bool record(const Backup *backup, Record *write, const GPtrArray *faults, double seconds,
                   GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autofree char *at = moment_format(g_get_real_time() / G_USEC_PER_SEC);
    const BackupResult result = {
        .at = at,
        .good = faults->len == 0,
        .fault = faults->len > 0 ? faults->pdata[0] : NULL,
        .seconds = seconds,
    };
    if (write(backup, &result, result.good ? error : &fault))
        return true;
    if (result.good)
        g_prefix_error(error, "nothing is wrong, but that was not recorded: ");
    else
        g_warning("the result was not recorded: %s", fault->message);
    return !result.good;
}

bool attest_files(const Backup *backup, BackupProgress *progress, void *data,
                  GPtrArray **out_faults, double *out_seconds, GError **error)
{
    int lock = backup_hold(backup, false, error);
    if (lock < 0)
        return false;
    gint64 start = g_get_monotonic_time();
    bool looked = backup_verify(backup, progress, data, out_faults, error);
    *out_seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    bool recorded =
        looked && record(backup, backup_record_verified, *out_faults, *out_seconds, error);
    close(lock);
    return recorded;
}

bool attest_content(Project *project, const Backup *backup, const char *identities, bool quiet,
                    DrillReport *out_report, GError **error)
{
    const ConnectionSettings *target = project_settings(project, error);
    if (target == NULL)
        return false;
    g_autoptr(Progress) progress = progress_new("restored", quiet);
    LoadTelling telling = {progress, g_get_monotonic_time()};
    RestoredLook restored = {project, backup->manifest};
    const DrillOptions options = {
        .scratch = {project_config(project), project_environment(project), target},
        .environment = project_environment(project),
        .identities = identities,
        .jobs = 1,
        .look = restored_look,
        .look_data = &restored,
        .progress = load_tell,
        .data = &telling,
    };
    return drill_run(&options, backup, out_report, error) &&
           record(backup, backup_record_drill, out_report->faults, out_report->restore_seconds,
                  error);
}
