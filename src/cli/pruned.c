#include "cli/pruned.h"

#include "backup/prune.h"

bool pruned_read_keep(const Config *config, const char *option, Retention *out_retention,
                      GError **error)
{
    g_autoptr(GError) fault = NULL; /* told with its place */
    const char *text = option != NULL ? option : config_get(config, "backup", "keep");
    if (retention_parse(text, out_retention, &fault))
        return true;
    if (option == NULL)
        return config_refuse(config, "backup", "keep", fault->message, error);
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "--keep: %s", fault->message);
    return false;
}

static void count(const Backup *backup, PruneFate fate, const char *why, void *data)
{
    (void)backup;
    (void)why;
    *(unsigned *)data += fate == PRUNE_REMOVED;
}

bool pruned_by_setting(const Config *config, const char *folder, unsigned *out_removed,
                       GError **error)
{
    Retention retention = {0};
    if (!pruned_read_keep(config, NULL, &retention, error))
        return false;
    const PruneOptions options = {folder, &retention, g_get_real_time() / G_USEC_PER_SEC, false};
    return prune(&options, count, out_removed, error);
}
