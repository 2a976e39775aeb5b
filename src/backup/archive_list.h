/*
 * What of an archive is needed for some of its tables: a list for pg_restore -L.
 *
 * All definitions that come before the data (types, functions, tables …) and the keys of all
 * tables, which cost little and may be needed by each other; rows of the tables alone, and, since
 * partitions are named only in their statements, of all partitions if there are any. Neither
 * rights, triggers, indexes nor foreign keys.
 *
 * An archive is fed as it comes until its table of contents is whole. One that cannot be understood
 * has no list: then all of it is needed, and pg_restore tells what is wrong with it.
 */
#pragma once
#include "archive/toc.h"

#include <stdbool.h>

typedef struct ArchiveList ArchiveList;

/* (transfer full). @words: (array zero-terminated=1): see table_name_matches(); outlives it. @head:
 * bytes before the table of contents. */
ArchiveList *archive_list_new(const char *const *words, size_t head);
void archive_list_free(ArchiveList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveList, archive_list_free)

/* The next bytes of a custom dump, a tar, or a directory's toc.dat. Returns: whether it needs
 * more. */
bool archive_list_feed(ArchiveList *list, const char *bytes, size_t length);

/* (transfer none): all bytes that were fed. */
const GByteArray *archive_list_bytes(const ArchiveList *list);

/* (transfer full) (nullable): the list; %NULL if all is needed. */
char *archive_list_text(const ArchiveList *list);

/* The same of the entries of a table of contents. */
char *archive_list_choose(const GPtrArray *entries, const char *const *words);
