/*
 * retort pin: a backup that is never pruned.
 */
#include "backup/repository.h"
#include "cli/chosen_backup.h"
#include "cli/options.h"
#include "cli/project.h"
#include "cli/run.h"

bool run_pin(int argc, char **argv, GError **error)
{
    g_autofree char *why = NULL;
    const GOptionEntry entries[] = {
        {"why", 0, 0, G_OPTION_ARG_STRING, &why, "the reason, for \"retort backups\"", "TEXT"},
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    g_autoptr(Backup) backup = repository_find(folder, words[0], error);
    if (backup == NULL || !backup_pin(backup, why != NULL ? why : "", error))
        return false;
    g_message("backup \"%s\" is pinned", backup->id);
    return true;
}
