/*
 * What a restore would do: `retort restore --dry-run`.
 */
#pragma once
#include "cli/named_dump.h"

/* Prints it. Returns: whether it could be found out; else as restore_target_find() and
 * named_dump_origin(). */
bool restore_preview(Project *project, NamedDump *named, bool json, GError **error);
