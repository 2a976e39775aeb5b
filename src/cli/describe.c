#include "cli/describe.h"

#include <stdio.h>

static void append_nodes(GString *text, const GPtrArray *nodes)
{
    for (unsigned i = 0; i < nodes->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               ((RevisionNode *)nodes->pdata[i])->revision->id);
}

static void append_words(GString *text, char **words)
{
    g_autofree char *joined = g_strjoinv(", ", words);
    g_string_append(text, joined);
}

static void append_labels(GString *text, const RevisionNode *node)
{
    for (unsigned i = 0; i < node->labels->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)node->labels->pdata[i]);
}

static void append_parents(GString *text, const RevisionNode *node)
{
    if (node->parents->len == 0)
        g_string_append(text, "<base>");
    append_nodes(text, node->parents);
}

static bool is_current(const RevisionNode *node, const Standing *standing)
{
    return g_strv_contains((const char *const *)standing->rows, node->revision->id);
}

/* Whether the database is in the middle of it. */
static bool is_part(const RevisionNode *node, const Standing *standing)
{
    return standing != NULL && g_strcmp0(standing->revision, node->revision->id) == 0;
}

/* (nullable): what was taken before the run that applied it. */
static const char *backup_of(const RevisionNode *node, const Standing *standing)
{
    return standing != NULL && standing->backups != NULL
               ? g_hash_table_lookup(standing->backups, node->revision->id)
               : NULL;
}

static void append_flags(GString *text, const RevisionNode *node, const Standing *standing,
                         DescribeParts parts)
{
    bool tree = (parts & DESCRIBE_TREE) != 0;
    if (node_is_real_head(node))
        g_string_append(text, " (head)");
    else if (node_is_head(node))
        g_string_append(text, " (effective head)");
    if ((parts & DESCRIBE_CURRENT) != 0 && is_current(node, standing))
        g_string_append(text, " (current)");
    if (tree && node_is_branch_point(node))
        g_string_append(text, " (branchpoint)");
    if (tree && node_is_merge_point(node))
        g_string_append(text, " (mergepoint)");
    g_autofree char *part = is_part(node, standing) ? standing_describe(standing) : NULL;
    if (part != NULL)
        g_string_append_printf(text, " (%s)", part);
}

static void append_proof_flag(GString *text, const Revision *revision)
{
    ProofState state = revision_proof_state(revision);
    if (state != PROOF_GOOD)
        g_string_append(text, state == PROOF_STALE ? " (stale proof)" : " (unproven)");
}

char *describe_line(const RevisionNode *node, const Standing *standing, DescribeParts parts)
{
    const Revision *revision = node->revision;
    GString *text = g_string_new(NULL);
    if ((parts & DESCRIBE_PARENTS) != 0) {
        append_parents(text, node);
        if (*revision->depends_on != NULL) {
            g_string_append(text, " (");
            append_words(text, revision->depends_on);
            g_string_append_c(text, ')');
        }
        g_string_append(text, " -> ");
    }
    g_string_append(text, revision->id);
    if (node->labels->len > 0) {
        g_string_append(text, " (");
        append_labels(text, node);
        g_string_append_c(text, ')');
    }
    append_flags(text, node, standing, parts);
    if ((parts & DESCRIBE_PROOF) != 0 && (revision->has_body || revision->proof == NULL))
        append_proof_flag(text, revision);
    if ((parts & DESCRIBE_MESSAGE) != 0)
        g_string_append_printf(text, ", %s", revision->message);
    return g_string_free(text, FALSE);
}

/* The lines of a block that not every revision has. */
static void append_relations(GString *text, const RevisionNode *node)
{
    if (*node->revision->depends_on != NULL) {
        g_string_append(text, "\nAlso depends on: ");
        append_words(text, node->revision->depends_on);
    }
    if (node_is_branch_point(node)) {
        g_string_append(text, "\nBranches into: ");
        append_nodes(text, node->children);
    }
    if (node->labels->len > 0) {
        g_string_append(text, "\nBranch names: ");
        append_labels(text, node);
    }
}

static void append_state(GString *text, const Revision *revision)
{
    if (revision->path != NULL)
        g_string_append_printf(text, "\nPath: %s", revision->path);
    if (revision->irreversible != NULL)
        g_string_append_printf(text, "\nIrreversible: %s", revision->irreversible);
    if (!revision->has_body)
        return;
    g_string_append_printf(text, "\nProof: %s", proof_state_name(revision_proof_state(revision)));
    if (revision->proof != NULL)
        g_string_append_printf(text, " (%s)", revision->proof);
}

char *describe_block(const RevisionNode *node, const Standing *standing, DescribeParts parts)
{
    const Revision *revision = node->revision;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "Rev: %s", revision->id);
    append_flags(text, node, standing, parts | DESCRIBE_TREE);
    g_string_append(text, node_is_merge_point(node) ? "\nMerges: " : "\nParent: ");
    append_parents(text, node);
    append_relations(text, node);
    append_state(text, revision);
    if (backup_of(node, standing) != NULL)
        g_string_append_printf(text, "\nBackup before: %s", backup_of(node, standing));
    g_string_append_printf(text, "\n\n    %s\n    \n    Revision ID: %s\n    Revises: ",
                           revision->message, revision->id);
    append_nodes(text, node->parents);
    if (revision->created != NULL)
        g_string_append_printf(text, "\n    Create Date: %s", revision->created);
    g_string_append(text, "\n\n");
    return g_string_free(text, FALSE);
}

static json_t *json_ids(const GPtrArray *nodes)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < nodes->len; i++)
        json_array_append_new(array,
                              output_string(((RevisionNode *)nodes->pdata[i])->revision->id));
    return array;
}

static json_t *json_labels(const RevisionNode *node)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < node->labels->len; i++)
        json_array_append_new(array, output_string(node->labels->pdata[i]));
    return array;
}

static json_t *json_part(const Standing *standing)
{
    json_t *object = json_object();
    json_object_set_new(object, "direction", output_string(standing->direction));
    json_object_set_new(object, "step", json_integer(standing->step));
    json_object_set_new(object, "steps", json_integer(standing->steps));
    json_object_set_new(object, "attempted", json_boolean(standing->attempted));
    json_object_set_new(object, "since", output_string(standing->since));
    return object;
}

json_t *describe_json(const RevisionNode *node, const Standing *standing)
{
    const Revision *revision = node->revision;
    json_t *object = json_object();
    json_object_set_new(object, "revision", output_string(revision->id));
    json_object_set_new(object, "message", output_string(revision->message));
    json_object_set_new(object, "parents", json_ids(node->parents));
    json_object_set_new(object, "children", json_ids(node->children));
    json_object_set_new(object, "depends_on", json_ids(node->dependencies));
    json_object_set_new(object, "labels", json_labels(node));
    json_object_set_new(object, "head", json_boolean(node_is_real_head(node)));
    json_object_set_new(object, "effective_head",
                        json_boolean(node_is_head(node) && !node_is_real_head(node)));
    json_object_set_new(object, "branchpoint", json_boolean(node_is_branch_point(node)));
    json_object_set_new(object, "mergepoint", json_boolean(node_is_merge_point(node)));
    if (standing != NULL) {
        json_object_set_new(object, "current", json_boolean(is_current(node, standing)));
        json_object_set_new(object, "part",
                            is_part(node, standing) ? json_part(standing) : json_null());
        json_object_set_new(object, "backup_before", output_string(backup_of(node, standing)));
    }
    json_object_set_new(object, "created", output_string(revision->created));
    json_object_set_new(object, "irreversible", output_string(revision->irreversible));
    json_object_set_new(object, "path", output_string(revision->path));
    if (revision->has_body) {
        json_object_set_new(object, "proof",
                            output_string(proof_state_name(revision_proof_state(revision))));
        json_object_set_new(object, "checksum", output_string(revision->checksum));
    }
    return object;
}

void describe_print(const GPtrArray *nodes, const Standing *standing, DescribeParts parts,
                    bool verbose, bool json)
{
    g_autoptr(json_t) array = json_array();
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = nodes->pdata[i];
        if (json) {
            json_array_append_new(array, describe_json(node, standing));
            continue;
        }
        g_autofree char *text =
            verbose ? describe_block(node, standing, parts) : describe_line(node, standing, parts);
        fputs(text, stdout);
        if (!verbose)
            fputc('\n', stdout);
    }
    if (json)
        output_json(array);
}
