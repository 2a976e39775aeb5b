/*
 * The rows of one table as pg_dump writes them for COPY, in blocks of whole rows.
 *
 * A row is a line; a line "\." ends them, and only empty lines follow.
 */
#pragma once
#include "backup/source.h"

typedef struct RowReader RowReader;

/* (transfer full): of @source (transfer full). */
RowReader *row_reader_new(Source *source);
void row_reader_free(RowReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RowReader, row_reader_free)

/**
 * row_reader_next:
 * @block: its content is replaced; empty at the end, and then all of the source was whole
 *
 * Returns: whether it could read; else as source_read(), or APP_ERROR_INPUT: it is cut off, or goes
 * on behind its end.
 */
bool row_reader_next(RowReader *reader, GByteArray *block, GError **error);

/* How many rows were in the blocks. */
uint64_t row_reader_rows(const RowReader *reader);

/* How many stored bytes are not read; also while another thread reads. */
int64_t row_reader_left(const RowReader *reader);
