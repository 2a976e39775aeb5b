#include "cli/chosen_backup.h"

char *chosen_folder(const Project *project, const char *named)
{
    return named != NULL ? g_strdup(named)
                         : config_path(project_config(project), "backup", "folder");
}

const char *chosen_identities(const Project *project, const char *named)
{
    return named != NULL ? named : environment_get(project_environment(project), "RETORT_IDENTITY");
}

Backup *chosen_backup(const char *folder, const char *name, int *out_held, GError **error)
{
    *out_held = -1;
    g_autoptr(Backup) backup = repository_find(folder, name, error);
    if (backup == NULL)
        return NULL;
    if (backup->manifest == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "%s is broken: %s", backup->id,
                    backup->fault);
        return NULL;
    }
    *out_held = backup_hold(backup, false, error);
    return *out_held >= 0 ? g_steal_pointer(&backup) : NULL;
}
