/*
 * The graph of revisions: which follows which, which needs which, which label goes where.
 *
 * It has Alembic's meaning. A revision follows its parents; a merge has several; a branch point
 * has several children. One that "depends on" another needs it applied first but does not follow
 * it. Labels flow to all descendants, and up to the branch point. Where Alembic's order is
 * accidental, this one is by id. Built once, read-only after. It knows neither files nor the
 * database: see migrate/revision_folder.h and migrate/version_table.h.
 */
#pragma once
#include "revision/revision.h"

#include "base/error.h"

typedef struct RevisionGraph RevisionGraph;

/* One revision in its graph. All lists are sorted by id and belong to the graph. */
typedef struct RevisionNode {
    const Revision *revision;
    unsigned index;          /* place among all, by id, from 0 */
    unsigned rank;           /* place in an order in which parents and dependencies are first */
    GPtrArray *parents;      /* (element-type RevisionNode) */
    GPtrArray *dependencies; /* (element-type RevisionNode): of "depends on" */
    GPtrArray *children;     /* (element-type RevisionNode): whose parent this is */
    GPtrArray *dependents;   /* (element-type RevisionNode): which depend on this */
    GPtrArray *labels;       /* (element-type char*): own and flowed here, sorted */
} RevisionNode;

/* A set of nodes: element `index` of each tells whether it is in. Free with g_free(). */
typedef bool NodeSet;

/**
 * revision_graph_new:
 * @revisions: (element-type Revision) (transfer full): in any order, without free function
 *
 * Returns: (transfer full): the graph; %NULL with APP_ERROR_INPUT if an id appears twice, a label
 *   is taken, a parent or dependency is missing, or there is a cycle.
 */
RevisionGraph *revision_graph_new(GPtrArray *revisions, GError **error);
void revision_graph_free(RevisionGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RevisionGraph, revision_graph_free)

/* (element-type RevisionNode) (transfer none): all, by id. */
const GPtrArray *revision_graph_nodes(const RevisionGraph *graph);

/* (nullable) (transfer none): the revision with exactly this id. */
RevisionNode *revision_graph_find(const RevisionGraph *graph, const char *id);

/* (nullable) (transfer none): the revision whose header has this label. */
RevisionNode *revision_graph_find_label(const RevisionGraph *graph, const char *label);

/* (transfer container): those whose id begins with @prefix, by id. */
GPtrArray *revision_graph_find_prefix(const RevisionGraph *graph, const char *prefix);

/* (transfer container): the revisions without children, by id. */
GPtrArray *revision_graph_heads(const RevisionGraph *graph);

/* (transfer container): the heads that no other revision depends on either, by id. */
GPtrArray *revision_graph_real_heads(const RevisionGraph *graph);

/* (transfer container): the revisions without parents, by id. */
GPtrArray *revision_graph_bases(const RevisionGraph *graph);

/* (transfer full): @nodes and all that they follow (and, with @dependencies, need). */
NodeSet *revision_graph_ancestors(const RevisionGraph *graph, const GPtrArray *nodes,
                                  bool dependencies);

/* (transfer full): @nodes and all that follow them (and, with @dependencies, need them). */
NodeSet *revision_graph_descendants(const RevisionGraph *graph, const GPtrArray *nodes,
                                    bool dependencies);

/* (transfer container): the members of @set, parents and dependencies first, else by id. */
GPtrArray *revision_graph_sort(const RevisionGraph *graph, const NodeSet *set);

bool node_is_head(const RevisionNode *node);         /* no children */
bool node_is_real_head(const RevisionNode *node);    /* no children, no dependents */
bool node_is_branch_point(const RevisionNode *node); /* several children */
bool node_is_merge_point(const RevisionNode *node);  /* several parents */
bool node_has_label(const RevisionNode *node, const char *label);
