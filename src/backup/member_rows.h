/*
 * Rows of tables that a dump does not make: an extension's own, which it has marked for dumping.
 *
 * CREATE EXTENSION makes those tables with their keys and triggers, so their rows cannot be put in
 * in any order: pg_dump's is the right one. Source: pg_dump.c processExtensionTables().
 */
#pragma once
#include "archive/toc.h"

/* (transfer full) (element-type TocEntry): set of those of @entries, which outlive it. */
GHashTable *member_rows_find(const GPtrArray *entries);
