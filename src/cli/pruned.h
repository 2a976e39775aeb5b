/*
 * Removing backups by [backup] keep.
 */
#pragma once
#include "backup/retention.h"
#include "base/config.h"

/* Reads [backup] keep; or @option (nullable): what --keep says. Else APP_ERROR_INPUT with the
 * place, APP_ERROR_USAGE. */
bool pruned_read_keep(const Config *config, const char *option, Retention *out_retention,
                      GError **error);

/**
 * pruned_by_setting:
 * @folder: of backups
 * @out_removed: how many
 *
 * Removes those that [backup] keep does not ask for. Returns: as prune().
 */
bool pruned_by_setting(const Config *config, const char *folder, unsigned *out_removed,
                       GError **error);
