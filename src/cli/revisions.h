/*
 * The revisions of the project, for commands that look at files more than at the database.
 */
#pragma once
#include "cli/project.h"
#include "migrate/standing.h"
#include "revision/graph.h"
#include "revision/parse.h"

/* (transfer full): the graph of the project's folders; see revision_folder_load(). */
RevisionGraph *revisions_load(const Project *project, RevisionPart part, GError **error);

/* (transfer full): where the project's database stands, with @backups also those that its history
 * names; %NULL with an error. */
Standing *revisions_standing(Project *project, bool backups, GError **error);

/**
 * revisions_named:
 * @word: as a user writes revisions: also "current" and ranges, for which the database is asked
 *
 * Returns: (transfer container) (element-type RevisionNode): %NULL with an error.
 */
GPtrArray *revisions_named(Project *project, const RevisionGraph *graph, const char *word,
                           GError **error);
