/*
 * retort drill: restores a backup on a scratch database and compares.
 */
#include "base/interrupt.h"
#include "cli/attest.h"
#include "cli/chosen_backup.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"

#include <unistd.h>

typedef struct DrillWanted {
    char *identities; /* (nullable) */
    char *output;     /* (nullable) */
    gboolean json;
} DrillWanted;

static json_t *texts(const GPtrArray *lines)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < lines->len; i++)
        json_array_append_new(array, output_string(lines->pdata[i]));
    return array;
}

static void report(const Backup *backup, const DrillReport *found, bool json)
{
    for (unsigned i = 0; i < found->notes->len; i++)
        g_warning("%s", (const char *)found->notes->pdata[i]);
    for (unsigned i = 0; i < found->faults->len && !json; i++)
        g_print("%s\n", (const char *)found->faults->pdata[i]);
    if (!json) {
        if (found->faults->len == 0)
            g_message("%s is proven: restored in %.1f s, all content as it was", backup->id,
                      found->restore_seconds);
        return;
    }
    g_autoptr(json_t) row = json_object();
    json_object_set_new(row, "id", output_string(backup->id));
    json_object_set_new(row, "proven", json_boolean(found->faults->len == 0));
    json_object_set_new(row, "restore_seconds", json_real(found->restore_seconds));
    json_object_set_new(row, "seconds", json_real(found->seconds));
    json_object_set_new(row, "faults", texts(found->faults));
    json_object_set_new(row, "notes", texts(found->notes));
    output_json(row);
}

static bool run(Project *project, const Backup *backup, const DrillWanted *wanted, bool quiet,
                GError **error)
{
    g_auto(DrillReport) found = {0};
    if (!attest_content(project, backup, chosen_identities(project, wanted->identities), quiet,
                        &found, error))
        return false;
    report(backup, &found, wanted->json);
    if (found.faults->len == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "%s is not proven: %u things are wrong",
                backup->id, found.faults->len);
    return false;
}

static bool drill(Project *project, const char *name, const DrillWanted *wanted, bool quiet,
                  GError **error)
{
    g_autofree char *folder = chosen_folder(project, wanted->output);
    int held = -1;
    g_autoptr(Backup) backup = chosen_backup(folder, name, &held, error);
    bool done = backup != NULL && run(project, backup, wanted, quiet, error);
    if (held >= 0)
        close(held);
    return done;
}

bool run_drill(int argc, char **argv, GError **error)
{
    DrillWanted wanted = {0};
    const GOptionEntry entries[] = {
        {"identity", 'i', 0, G_OPTION_ARG_FILENAME, &wanted.identities,
         "file of age's private key, for what is encrypted (or RETORT_IDENTITY)", "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &wanted.output,
         "folder of backups (default: of retort.ini)", "FOLDER"},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_autofree char *identities = wanted.identities;
    g_autofree char *output = wanted.output;
    if (words == NULL || !options_expect(argv[0], words, 0, 1, error))
        return false;
    if (!interrupt_watch(error))
        return false;
    g_autoptr(Project) project = project_open_anywhere(&options, error);
    return project != NULL &&
           drill(project, words[0] != NULL ? words[0] : "latest", &wanted, options.quiet, error);
}
