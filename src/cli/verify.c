/*
 * retort verify: whether the files of a backup are as they were written.
 */
#include "cli/attest.h"
#include "cli/chosen_backup.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"

static void show_progress(int64_t done, int64_t whole, void *progress)
{
    progress_update(progress, (size_t)(done / 1000000), (size_t)(whole / 1000000), "MB");
}

static void print_faults(const GPtrArray *faults)
{
    for (unsigned i = 0; i < faults->len; i++)
        g_print("%s\n", (const char *)faults->pdata[i]);
}

static void print_object(const Backup *backup, const GPtrArray *faults, double seconds)
{
    g_autoptr(json_t) object = json_object();
    json_t *lines = json_array();
    for (unsigned i = 0; i < faults->len; i++)
        json_array_append_new(lines, output_string(faults->pdata[i]));
    g_autofree char *at = moment_format(g_get_real_time() / G_USEC_PER_SEC);
    json_object_set_new(object, "id", output_string(backup->id));
    json_object_set_new(object, "good", json_boolean(faults->len == 0));
    json_object_set_new(object, "faults", lines);
    json_object_set_new(object, "at", output_string(at));
    json_object_set_new(object, "seconds", json_real(seconds));
    output_json(object);
}

static bool report(const Backup *backup, unsigned faults, GError **error)
{
    if (faults == 0) {
        g_autofree char *size = output_bytes(backup->manifest->stored_bytes);
        g_message("backup \"%s\" is as it was written: %u file%s, %s", backup->id,
                  backup->manifest->files->len, backup->manifest->files->len == 1 ? "" : "s", size);
        return true;
    }
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "backup \"%s\" is damaged: %u fault%s",
                backup->id, faults, faults == 1 ? "" : "s");
    return false;
}

static bool verify(const Backup *backup, bool quiet, bool json, GError **error)
{
    g_autoptr(GPtrArray) faults = NULL;
    double seconds = 0;
    g_autoptr(Progress) progress = progress_new("verifying", quiet);
    if (!attest_files(backup, show_progress, progress, &faults, &seconds, error))
        return false;
    g_clear_pointer(&progress, progress_free);
    if (json)
        print_object(backup, faults, seconds);
    else
        print_faults(faults);
    return report(backup, faults->len, error);
}

bool run_verify(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {OPTION_JSON(json), {NULL}};
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    bool newest = words[0] == NULL || g_str_equal(words[0], "latest");
    g_autoptr(Backup) backup =
        newest ? repository_newest(folder, error) : repository_find(folder, words[0], error);
    return backup != NULL && verify(backup, options.quiet, json, error);
}
