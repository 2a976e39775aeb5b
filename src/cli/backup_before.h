/*
 * Which backup holds the database as it was before a revision: `retort restore --before`.
 */
#pragma once
#include "cli/project.h"

/**
 * backup_before:
 * @folder: of backups
 * @word: a revision, as users write one
 *
 * The one that the history of the database names as taken before the run that applied the revision;
 * else, or where the history cannot be read, the newest good one of the database whose revisions do
 * not include it. Says which it is, and why not the other.
 *
 * Returns: (transfer full): its id; %NULL as revisions_load(), or with APP_ERROR_HISTORY if @word
 *   is not one revision, with APP_ERROR_INPUT if there is no such backup.
 */
char *backup_before(Project *project, const char *folder, const char *word, GError **error);
