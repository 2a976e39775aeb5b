/*
 * How commands show revisions: Alembic's one line, its block, or JSON.
 */
#pragma once
#include "cli/output.h"
#include "migrate/standing.h"
#include "revision/graph.h"

/* What a line shows besides id and head. */
typedef enum DescribeParts {
    DESCRIBE_PARENTS = 1 << 0, /* "PARENTS -> " in front */
    DESCRIBE_TREE = 1 << 1,    /* (branchpoint), (mergepoint) */
    DESCRIBE_PROOF = 1 << 2,   /* (unproven), (stale proof); read at least REVISION_PROOF */
    DESCRIBE_MESSAGE = 1 << 3, /* ", message" behind */
    DESCRIBE_CURRENT = 1 << 4, /* (current), where the database is */
} DescribeParts;

/**
 * describe_line:
 * @standing: (nullable): of the database; the revision that it is in the middle of is marked so
 *
 * Returns: (transfer full): `a -> b (label) (head) (branchpoint), message`
 */
char *describe_line(const RevisionNode *node, const Standing *standing, DescribeParts parts);

/* (transfer full): several lines, an empty one last. As describe_line(). */
char *describe_block(const RevisionNode *node, const Standing *standing, DescribeParts parts);

/* (transfer full): an object; with "proof" if the bodies were read, "current", "part" and
   "backup_before" (null unless loaded) if @standing is given. */
json_t *describe_json(const RevisionNode *node, const Standing *standing);

/* Prints @nodes: as JSON, as blocks if @verbose, else as lines. */
void describe_print(const GPtrArray *nodes, const Standing *standing, DescribeParts parts,
                    bool verbose, bool json);
