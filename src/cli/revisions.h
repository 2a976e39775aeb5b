/*
 * The revisions of the project, for commands that look at files more than at the database.
 */
#pragma once
#include "cli/project.h"
#include "revision/graph.h"

/* (transfer full): the graph of the project's folders; see revision_folder_load(). */
RevisionGraph *revisions_load(const Project *project, bool bodies, GError **error);

/* (transfer full): the version rows of the project's database, by id; %NULL with an error. */
char **revisions_rows(Project *project, GError **error);

/**
 * revisions_named:
 * @word: as a user writes revisions: also "current" and ranges, for which the database is asked
 *
 * Returns: (transfer container) (element-type RevisionNode): %NULL with an error.
 */
GPtrArray *revisions_named(Project *project, const RevisionGraph *graph, const char *word,
                           GError **error);
