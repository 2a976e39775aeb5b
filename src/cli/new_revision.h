/*
 * A new revision: where it goes in the graph, and its file.
 */
#pragma once
#include "cli/project.h"
#include "revision/graph.h"

/* What `revision` and `merge` are asked for. All may be NULL. Begin with {0}. */
typedef struct NewRevision {
    char *message;
    char *id;
    char *version_path;
    char **heads; /* words; %NULL is "head" */
    char **labels;
    char **depends_on;
    gboolean splice;
    gboolean json;    /* tell of it as JSON */
    gboolean dry_run; /* print the file's text, write nothing */
    bool quiet;       /* print its path alone */
} NewRevision;

void new_revision_clear(NewRevision *wanted);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NewRevision, new_revision_clear)

/**
 * new_revision_make:
 * @out_path: (transfer full): where its file goes
 *
 * Returns: (transfer full): the revision, without steps; %NULL with APP_ERROR_HISTORY if what it
 *   follows is unclear, APP_ERROR_USAGE or APP_ERROR_INPUT if an id, label or path will not do.
 */
Revision *new_revision_make(const Project *project, const RevisionGraph *graph,
                            const NewRevision *wanted, char **out_path, GError **error);

/* Writes the file, which must not exist, and says so on stdout, as @wanted asks. */
bool new_revision_write(const Revision *revision, const char *path, const NewRevision *wanted,
                        GError **error);
