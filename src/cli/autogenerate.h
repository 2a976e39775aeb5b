/*
 * The contents of a new revision, found by comparing the models with the database.
 */
#pragma once
#include "cli/project.h"
#include "revision/graph.h"

/**
 * autogenerate:
 * @revision: made by new_revision_make(); its steps and proof are filled in
 *
 * Returns: whether that was done; else an error, and no file is written.
 */
bool autogenerate(Project *project, const RevisionGraph *graph, Revision *revision, GError **error);
