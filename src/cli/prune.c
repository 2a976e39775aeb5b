/*
 * retort prune: removes the backups that need not be kept.
 */
#include "backup/prune.h"
#include "base/duration.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/pruned.h"
#include "cli/run.h"

static const OutputColumn columns[] = {
    {"id", "backup", false},
    {"state", "state", false},
    {"age", "age", true},
    {"size", "size", true},
    {"fate", "fate", false},
    {"why", "why", false},
    {NULL},
};

/* What has become of the backups so far. */
typedef struct Report {
    json_t *rows;
    int64_t now;
    bool dry_run;
    unsigned removed;
    int64_t bytes;
} Report;

static void add_row(const Backup *backup, PruneFate fate, const char *why, void *data)
{
    Report *report = data;
    static const char *const fates[] = {"kept", "removed", "in use", "removed by another process"};
    bool broken = fate == PRUNE_REMOVED && backup->state == BACKUP_BROKEN;
    json_t *row = json_object();
    g_autofree char *age = duration_in_words(report->now - backup->time);
    json_object_set_new(row, "id", output_string(backup->id));
    json_object_set_new(row, "state", output_string(backup_state_name(backup->state)));
    json_object_set_new(row, "age", output_string(age));
    json_object_set_new(row, "age_seconds", json_integer(report->now - backup->time));
    if (backup->manifest != NULL) {
        g_autofree char *size = output_bytes(backup->manifest->stored_bytes);
        json_object_set_new(row, "size", output_string(size));
        json_object_set_new(row, "bytes", json_integer(backup->manifest->stored_bytes));
    }
    json_object_set_new(
        row, "fate",
        output_string(fate == PRUNE_REMOVED && report->dry_run ? "would be removed" : fates[fate]));
    json_object_set_new(row, "why",
                        output_string(broken ? "broken, and a newer one is good" : why));
    json_array_append_new(report->rows, row);
    if (fate == PRUNE_REMOVED) {
        report->removed++;
        report->bytes += backup->manifest != NULL ? backup->manifest->stored_bytes : 0;
    }
}

static void print_report(const Report *report, const char *keep, bool json)
{
    g_autofree char *size = output_bytes(report->bytes);
    output_rows(report->rows, columns, json);
    g_message("%u backup%s %s, %s (keep: %s)", report->removed, report->removed == 1 ? "" : "s",
              report->dry_run ? "would be removed" : "removed", size, *keep != '\0' ? keep : "all");
}

static bool prune_project(const Project *project, const char *option, bool dry_run, bool json,
                          GError **error)
{
    const Config *config = project_config(project);
    Retention retention = {0};
    if (!pruned_read_keep(config, option, &retention, error))
        return false;
    g_autofree char *folder = config_path(config, "backup", "folder");
    g_autoptr(json_t) rows = json_array();
    Report report = {rows, g_get_real_time() / G_USEC_PER_SEC, dry_run, 0, 0};
    const PruneOptions options = {folder, &retention, report.now, dry_run};
    bool pruned = prune(&options, add_row, &report, error);
    if (pruned || report.removed > 0)
        print_report(&report, option != NULL ? option : config_get(config, "backup", "keep"), json);
    return pruned;
}

bool run_prune(int argc, char **argv, GError **error)
{
    gboolean dry_run = FALSE, json = FALSE;
    g_autofree char *keep = NULL;
    const GOptionEntry entries[] = {
        {"keep", 0, 0, G_OPTION_ARG_STRING, &keep,
         "how many are kept (default: [backup] keep): \"7 daily, 4 weekly, 12 monthly\"", "TEXT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "remove none, say which would go", NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    return project != NULL && prune_project(project, keep, dry_run, json, error);
}
