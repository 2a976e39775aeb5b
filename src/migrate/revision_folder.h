/*
 * The folders that hold revisions: *.sql files → the graph.
 */
#pragma once
#include "revision/graph.h"
#include "revision/parse.h"

/**
 * revision_folder_load:
 * @folders: (array zero-terminated=1): absolute paths; folders inside them are read too, but not
 *   those and files whose name begins with a dot
 * @part: how much of each file is read
 *
 * A revision's `path` is relative where the file is below the current folder.
 *
 * Returns: (transfer full): the graph; %NULL with APP_ERROR_INPUT if a folder is missing, a file
 *   is no revision, or they make no graph.
 */
RevisionGraph *revision_folder_load(char **folders, RevisionPart part, GError **error);

/* (transfer full): @path, relative if it is below the current folder. */
char *revision_folder_shown(const char *path);
