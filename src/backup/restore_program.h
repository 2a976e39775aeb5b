/*
 * pg_restore: what reads the archives of pg_dump.
 */
#pragma once
#include "backup/load.h"
#include "base/child.h"

/**
 * restore_program_start:
 * @path: (nullable): a folder, read by @jobs connections; else the dump comes by child_write()
 * @list: (nullable): what of it, as pg_restore -L has it
 *
 * Of the server's major version or a newer one: it reads what its own and older pg_dumps wrote. It
 * ends at the first error.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM, or as database_open().
 */
Child *restore_program_start(const LoadOptions *options, const char *path, unsigned jobs,
                             const char *list, GError **error);

/* Waits. Returns: whether it ended well; else APP_ERROR_SQL (what it or the server refuses, or it
 * is no dump), or APP_ERROR_PROGRAM: its own end. */
bool restore_program_end(Child *child, GError **error);
