#include "backup/drill.h"

#include "backup/fingerprint.h"
#include "backup/verify.h"
#include "base/interrupt.h"
#include "schema/list.h"

#include "backup_queries.h"

#include <inttypes.h>

void drill_report_clear(DrillReport *report)
{
    g_clear_pointer(&report->faults, g_ptr_array_unref);
    g_clear_pointer(&report->notes, g_ptr_array_unref);
}

static double seconds_since(gint64 began)
{
    return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

G_GNUC_PRINTF(2, 3)
static void add_line(GPtrArray *lines, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, values));
    va_end(values);
}

char **drill_missing_roles(Database *db, const GPtrArray *roles, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new(); /* (transfer none) */
    for (unsigned i = 0; i < roles->len; i++)
        g_ptr_array_add(names, roles->pdata[i]);
    g_ptr_array_add(names, NULL);
    g_autofree char *array = list_format((const char *const *)names->pdata);
    g_autoptr(PGresult) rows =
        database_query(db, sql_roles_missing, (const char *const[]){array}, 1, error);
    if (rows == NULL)
        return NULL;
    g_autoptr(GStrvBuilder) missing = g_strv_builder_new();
    for (int i = 0; i < PQntuples(rows); i++)
        g_strv_builder_add(missing, PQgetvalue(rows, i, 0));
    return g_strv_builder_end(missing);
}

/*
 * Roles are the cluster's, no backup has them. Where one is missing, data can be proven and rights
 * cannot: that is noted.
 */
static bool look_for_roles(Database *db, const Manifest *manifest, DrillReport *report,
                           GError **error)
{
    g_auto(GStrv) missing = drill_missing_roles(db, manifest->roles, error);
    for (char **name = missing; missing != NULL && *name != NULL; name++)
        add_line(report->notes, "there is no role \"%s\" here: owners and rights were left out",
                 *name);
    report->without_owners = missing != NULL && *missing != NULL;
    return missing != NULL;
}

/* Whether the session is still there; else the reason is the server's end. */
static bool is_there(const Scratch *scratch, GError **error)
{
    if (database_execute(scratch_database(scratch), "SELECT 1", error))
        return true;
    g_prefix_error(error, "the server was lost in the middle of the drill: ");
    return false;
}

/* A program that failed says little of the backup (a key that does not fit, a kill): its checksums
 * do. */
static bool blame_files(const Backup *backup, GError *reason, DrillReport *report, GError **error)
{
    g_autoptr(GPtrArray) faults = NULL;
    if (backup_verify(backup, NULL, NULL, &faults, error) && faults->len == 0)
        g_propagate_error(error, g_error_copy(reason));
    if (faults == NULL || faults->len == 0)
        return false;
    g_ptr_array_extend_and_steal(report->faults, g_steal_pointer(&faults));
    return true;
}

/*
 * Why it could not be restored: a fault of the backup, which is reported; or of the server or of
 * what the drill needs, which is an error and says nothing of the backup.
 */
static bool blame(const Scratch *scratch, const Backup *backup, GError *reason, DrillReport *report,
                  GError **error)
{
    if (!interrupt_check(error) || !is_there(scratch, error))
        return false;
    if (g_error_matches(reason, APP_ERROR, APP_ERROR_PROGRAM))
        return blame_files(backup, reason, report, error);
    if (!g_error_matches(reason, APP_ERROR, APP_ERROR_VERIFY) &&
        !g_error_matches(reason, APP_ERROR, APP_ERROR_SQL) &&
        !g_error_matches(reason, APP_ERROR, APP_ERROR_INPUT)) {
        g_propagate_error(error, g_error_copy(reason));
        return false;
    }
    add_line(report->faults, "it cannot be restored: %s", reason->message);
    return true;
}

static bool restore(const DrillOptions *options, const Scratch *scratch, const Backup *backup,
                    DrillReport *report, GError **error)
{
    if (!look_for_roles(scratch_database(scratch), backup->manifest, report, error))
        return false;
    const LoadOptions load = {
        .settings = scratch_settings(scratch),
        .environment = options->environment,
        .identities = options->identities,
        .jobs = options->jobs,
        .without_owners = report->without_owners,
        .progress = options->progress,
        .data = options->data,
    };
    gint64 began = g_get_monotonic_time();
    g_autoptr(GError) reason = NULL;
    bool restored = load_backup(&load, backup, &reason);
    report->restore_seconds = seconds_since(began);
    return restored || blame(scratch, backup, reason, report, error);
}

static bool compare_content(const DrillOptions *options, const Scratch *scratch,
                            const Manifest *manifest, DrillReport *report, GError **error)
{
    g_autoptr(FingerprintRun) run =
        fingerprint_begin(&(FingerprintOptions){scratch_settings(scratch), NULL, options->jobs});
    if (options->analyze && !database_execute(scratch_database(scratch), "ANALYZE", error))
        return false;
    g_autoptr(Fingerprint) found = fingerprint_end(run, error);
    if (found == NULL)
        return false;
    g_ptr_array_extend_and_steal(
        report->faults, fingerprint_compare(manifest->tables, &manifest->large_objects, found));
    return true;
}

static bool compare_sequence(Database *db, const ManifestSequence *sequence, DrillReport *report,
                             GError **error)
{
    g_autofree char *sql = g_strdup_printf("SELECT last_value, is_called FROM %s", sequence->name);
    g_autoptr(PGresult) row = database_query(db, sql, NULL, 0, error);
    if (row == NULL)
        return false;
    gint64 value = g_ascii_strtoll(PQgetvalue(row, 0, 0), NULL, 10);
    bool called = *PQgetvalue(row, 0, 1) == 't';
    if (value != sequence->value || called != sequence->called)
        add_line(report->faults, "sequence %s: it is at %" PRId64 "%s, and was at %" PRId64 "%s",
                 sequence->name, (int64_t)value, called ? "" : " (not used)", sequence->value,
                 sequence->called ? "" : " (not used)");
    return true;
}

static bool compare_sequences(const Scratch *scratch, const Manifest *manifest, DrillReport *report,
                              GError **error)
{
    for (unsigned i = 0; i < manifest->sequences->len; i++)
        if (!compare_sequence(scratch_database(scratch), manifest->sequences->pdata[i], report,
                              error))
            return false;
    return true;
}

bool drill_compare(const DrillOptions *options, const Scratch *scratch, const Manifest *manifest,
                   DrillReport *report, GError **error)
{
    return compare_content(options, scratch, manifest, report, error) &&
           compare_sequences(scratch, manifest, report, error) &&
           (options->look == NULL ||
            options->look(scratch_settings(scratch), report, options->look_data, error));
}

bool drill_run(const DrillOptions *options, const Backup *backup, DrillReport *out_report,
               GError **error)
{
    gint64 began = g_get_monotonic_time();
    *out_report = (DrillReport){.faults = g_ptr_array_new_with_free_func(g_free),
                                .notes = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(Scratch) scratch = scratch_new(&options->scratch, error);
    if (scratch == NULL || !restore(options, scratch, backup, out_report, error))
        return false;
    if (out_report->faults->len == 0 &&
        !drill_compare(options, scratch, backup->manifest, out_report, error))
        return false;
    out_report->seconds = seconds_since(began);
    return interrupt_check(error); /* what was found then was found by canceled statements */
}
