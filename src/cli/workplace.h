/*
 * Where schemas are compared: the project's database, its models and revisions, and what scratch
 * databases need to know to be like it.
 */
#pragma once
#include "cli/project.h"
#include "migrate/rehearsal.h"
#include "migrate/version_table.h"
#include "migrate/wanted.h"
#include "revision/graph.h"

typedef struct Workplace Workplace;

/**
 * workplace_open:
 * @project: outlives the workplace
 *
 * Connects to the project's database, or starts its private server.
 *
 * Returns: (transfer full): %NULL as project_open_database().
 */
Workplace *workplace_open(Project *project, GError **error);
void workplace_free(Workplace *workplace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workplace, workplace_free)

/* All (transfer none). */
Project *workplace_project(const Workplace *workplace);
Database *workplace_database(Workplace *workplace);
const VersionTable *workplace_version_table(const Workplace *workplace);
const RehearsalOptions *workplace_rehearsal(const Workplace *workplace);

/* (transfer full): the schema of the project's database as it is. */
Schema *workplace_read(Workplace *workplace, GError **error);

/* (transfer none): the models of the project, read once. */
Wanted *workplace_models(Workplace *workplace, GError **error);

/* (transfer full): the schema of the models, for one who keeps it. */
Schema *workplace_take_models(Workplace *workplace, GError **error);

/* (transfer none): the revisions of the project, with their steps; loaded once. */
const RevisionGraph *workplace_graph(Workplace *workplace, GError **error);

/* (transfer container) (element-type Revision): all of @graph, parents and dependencies first. */
GPtrArray *workplace_ordered(const RevisionGraph *graph);

/* (transfer full): the schema that the revisions give on an empty scratch database. */
Schema *workplace_replay(Workplace *workplace, GError **error);

/**
 * workplace_expect_head:
 *
 * Returns: whether the database is at all heads; else APP_ERROR_HISTORY in Alembic's words.
 */
bool workplace_expect_head(Workplace *workplace, GError **error);

/**
 * workplace_warn_unmanaged:
 *
 * Names the objects of unmanaged kinds on stderr: those that are only in one of both, and those
 * whose content is not compared. Policies and row security that are missing in @from are told
 * with their place in the models, if these are read.
 */
void workplace_warn_unmanaged(const Workplace *workplace, const Schema *from, const Schema *to);
