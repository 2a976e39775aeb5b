/*
 * What is said of a backup that was taken.
 */
#pragma once
#include "backup/manifest.h"

#include <jansson.h>

/* (transfer full): "3 tables with 12 rows in 4.5 kB, in 0.3 s" */
char *taken_text(const Manifest *manifest);

/* (transfer full): the path of the backup in @folder. */
char *taken_path(const char *folder, const Manifest *manifest);

/* (transfer full): for `--json`. */
json_t *taken_object(const char *folder, const Manifest *manifest);
