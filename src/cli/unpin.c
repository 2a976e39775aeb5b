/*
 * retort unpin: a pinned backup may be pruned again.
 */
#include "backup/repository.h"
#include "cli/chosen_backup.h"
#include "cli/options.h"
#include "cli/project.h"
#include "cli/run.h"

bool run_unpin(int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {{NULL}};
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    if (project == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, NULL);
    g_autoptr(Backup) backup = repository_find(folder, words[0], error);
    if (backup == NULL || !backup_pin(backup, NULL, error))
        return false;
    g_message("backup \"%s\" is not pinned%s", backup->id,
              backup->pinned != NULL ? " any more" : "");
    return true;
}
