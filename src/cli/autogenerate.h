/*
 * The steps of a new revision, from the difference between the models and the database.
 */
#pragma once
#include "cli/project.h"
#include "revision/revision.h"

typedef struct AutogenerateOptions {
    const char *const *renames; /* (nullable) (array zero-terminated=1): OLD=NEW */
    bool against_revisions;     /* compare with the revisions, not with the database */
    bool without_proof;         /* write it as it is */
} AutogenerateOptions;

/**
 * autogenerate:
 * @revision: with its header; the steps, the checksum and the proof are filled in
 * @out_found: whether there is any difference; if not, @revision has no steps
 *
 * Warns of what is not managed, proposes renames, and asks about them on a terminal.
 *
 * Returns: whether the revision may be written; else APP_ERROR_HISTORY if the database is not at
 *   head, APP_ERROR_INPUT if the models are wrong, APP_ERROR_VERIFY if the proof fails.
 */
bool autogenerate(Project *project, Revision *revision, const AutogenerateOptions *options,
                  bool *out_found, GError **error);
