/*
 * Rows from one database to another, as they come, in the memory of one row.
 */
#pragma once
#include "backup/load.h"

/**
 * side_copy:
 * @out, @in: COPY … TO STDOUT of @from, and COPY … FROM STDIN of @to
 * @bytes: (inout): goes up by what was copied
 * @progress: (nullable): is told @bytes
 *
 * Returns: how many rows came; -1 with APP_ERROR_SQL or APP_ERROR_CONNECT of either.
 */
int64_t side_copy(Database *from, const char *out, Database *to, const char *in, int64_t *bytes,
                  LoadProgress *progress, void *data, GError **error);
