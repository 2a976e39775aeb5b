#include "revision/graph.h"

#include <string.h>

struct RevisionGraph {
    GPtrArray *revisions; /* (element-type Revision): owned */
    GPtrArray *nodes;     /* (element-type RevisionNode): owned, by id */
    GHashTable *by_id;    /* id → RevisionNode, borrowed */
    GHashTable *by_label; /* label → RevisionNode, borrowed */
};

static void node_free(RevisionNode *node)
{
    g_ptr_array_unref(node->parents);
    g_ptr_array_unref(node->dependencies);
    g_ptr_array_unref(node->children);
    g_ptr_array_unref(node->dependents);
    g_ptr_array_unref(node->labels);
    g_free(node);
}

static RevisionNode *node_new(const Revision *revision, unsigned index)
{
    RevisionNode *node = g_new0(RevisionNode, 1);
    node->revision = revision;
    node->index = index;
    node->parents = g_ptr_array_new();
    node->dependencies = g_ptr_array_new();
    node->children = g_ptr_array_new();
    node->dependents = g_ptr_array_new();
    node->labels = g_ptr_array_new();
    return node;
}

void revision_graph_free(RevisionGraph *graph)
{
    if (graph == NULL)
        return;
    g_hash_table_unref(graph->by_label);
    g_hash_table_unref(graph->by_id);
    g_ptr_array_unref(graph->nodes);
    g_ptr_array_unref(graph->revisions);
    g_free(graph);
}

/* An error about @revision, with its file in front if there is one. */
G_GNUC_PRINTF(3, 4)
static bool refuse(GError **error, const Revision *revision, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    bool placed = revision->path != NULL;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s%s%s", placed ? revision->path : "",
                placed ? ": " : "", message);
    return false;
}

static int compare_revisions(const void *a, const void *b)
{
    const Revision *one = *(Revision *const *)a, *two = *(Revision *const *)b;
    int order = strcmp(one->id, two->id);
    return order != 0 ? order : g_strcmp0(one->path, two->path);
}

static bool add_nodes(RevisionGraph *graph, GError **error)
{
    g_ptr_array_sort(graph->revisions, compare_revisions);
    for (unsigned i = 0; i < graph->revisions->len; i++) {
        const Revision *revision = graph->revisions->pdata[i];
        const RevisionNode *same = g_hash_table_lookup(graph->by_id, revision->id);
        if (same != NULL)
            return refuse(error, revision,
                          "Revision %s is present more than once%s%s\n"
                          "hint: give one of both another id in its header",
                          revision->id, same->revision->path != NULL ? "; also in " : "",
                          same->revision->path != NULL ? same->revision->path : "");
        RevisionNode *node = node_new(revision, i);
        g_ptr_array_add(graph->nodes, node);
        g_hash_table_insert(graph->by_id, revision->id, node);
    }
    return true;
}

static bool map_labels(RevisionGraph *graph, RevisionNode *node, GError **error)
{
    for (char **label = node->revision->labels; *label != NULL; label++) {
        const RevisionNode *used = g_hash_table_lookup(graph->by_label, *label);
        if (used == NULL)
            used = g_hash_table_lookup(graph->by_id, *label);
        if (used != NULL)
            return refuse(error, node->revision,
                          "Branch name '%s' in revision %s already used by revision %s\n"
                          "hint: only the first revision of a branch has its label",
                          *label, node->revision->id, used->revision->id);
        g_hash_table_insert(graph->by_label, *label, node);
    }
    return true;
}

static bool link_parents(RevisionGraph *graph, RevisionNode *node, GError **error)
{
    const Revision *revision = node->revision;
    for (char **id = revision->parents; *id != NULL; id++) {
        RevisionNode *parent = revision_graph_find(graph, *id);
        if (parent == node)
            return refuse(error, revision,
                          "Self-loop is detected in revisions (%s)\n"
                          "hint: \"revises\" names what comes before it",
                          *id);
        if (parent == NULL)
            return refuse(error, revision,
                          "Revision %s referenced from %s is not present\n"
                          "hint: put its file back, or correct \"revises\" in the header",
                          *id, revision->id);
        g_ptr_array_add(node->parents, parent);
        g_ptr_array_add(parent->children, node);
    }
    return true;
}

static bool link_dependencies(RevisionGraph *graph, RevisionNode *node, GError **error)
{
    const Revision *revision = node->revision;
    for (char **word = revision->depends_on; *word != NULL; word++) {
        RevisionNode *needed = revision_graph_find(graph, *word);
        if (needed == NULL)
            needed = revision_graph_find_label(graph, *word);
        if (needed == node)
            return refuse(error, revision,
                          "Dependency self-loop is detected in revisions (%s)\n"
                          "hint: \"depends on\" names what must be applied before it",
                          revision->id);
        if (needed == NULL)
            return refuse(error, revision,
                          "Revision %s referenced from %s is not present\n"
                          "hint: put its file back, or correct \"depends on\" in the header",
                          *word, revision->id);
        if (g_ptr_array_find(node->dependencies, needed, NULL))
            continue;
        g_ptr_array_add(node->dependencies, needed);
        g_ptr_array_add(needed->dependents, node);
    }
    return true;
}

static int compare_nodes(const void *a, const void *b)
{
    const RevisionNode *one = *(RevisionNode *const *)a, *two = *(RevisionNode *const *)b;
    return one->index < two->index ? -1 : one->index > two->index;
}

static int compare_ranks(const void *a, const void *b)
{
    const RevisionNode *one = *(RevisionNode *const *)a, *two = *(RevisionNode *const *)b;
    return one->rank < two->rank ? -1 : one->rank > two->rank;
}

/* A heap of node indexes whose smallest is at the top. */
static void heap_push(GArray *heap, unsigned value)
{
    g_array_append_val(heap, value);
    unsigned *v = (unsigned *)(void *)heap->data;
    for (unsigned i = heap->len - 1; i > 0 && v[(i - 1) / 2] > v[i]; i = (i - 1) / 2) {
        unsigned swapped = v[i];
        v[i] = v[(i - 1) / 2];
        v[(i - 1) / 2] = swapped;
    }
}

static unsigned heap_pop(GArray *heap)
{
    unsigned *v = (unsigned *)(void *)heap->data;
    unsigned top = v[0];
    v[0] = v[heap->len - 1];
    g_array_set_size(heap, heap->len - 1);
    for (unsigned i = 0;;) {
        unsigned least = 2 * i + 1;
        if (least >= heap->len)
            return top;
        least += least + 1 < heap->len && v[least + 1] < v[least];
        if (v[i] <= v[least])
            return top;
        unsigned swapped = v[i];
        v[i] = v[least];
        v[least] = swapped;
        i = least;
    }
}

/* Frees those of @nodes that wait for nothing else any more. */
static void release(const GPtrArray *nodes, unsigned *waiting, GArray *heap)
{
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = nodes->pdata[i];
        if (--waiting[node->index] == 0)
            heap_push(heap, node->index);
    }
}

/*
 * Ranks the nodes so that parents (and, with @dependencies, what is needed) come first, else by
 * id. Returns those that no such order has, since they are on a cycle or behind one.
 */
static NodeSet *rank_nodes(RevisionGraph *graph, bool dependencies, bool *out_cycle)
{
    unsigned count = graph->nodes->len, rank = 0;
    NodeSet *left = g_new(bool, count + 1);
    g_autofree unsigned *waiting = g_new(unsigned, count + 1);
    g_autoptr(GArray) heap = g_array_new(FALSE, FALSE, sizeof(unsigned));
    for (unsigned i = 0; i < count; i++) {
        const RevisionNode *node = graph->nodes->pdata[i];
        left[i] = true;
        waiting[i] = node->parents->len + (dependencies ? node->dependencies->len : 0);
        if (waiting[i] == 0)
            heap_push(heap, i);
    }
    while (heap->len > 0) {
        RevisionNode *node = graph->nodes->pdata[heap_pop(heap)];
        left[node->index] = false;
        node->rank = rank++;
        release(node->children, waiting, heap);
        if (dependencies)
            release(node->dependents, waiting, heap);
    }
    *out_cycle = rank < count;
    return left;
}

static bool has_one_in(const GPtrArray *nodes, const NodeSet *set)
{
    for (unsigned i = 0; i < nodes->len; i++)
        if (set[((RevisionNode *)nodes->pdata[i])->index])
            return true;
    return false;
}

/* Takes out of @left what is only behind a cycle, and names the rest. */
static char *name_cycle(const RevisionGraph *graph, NodeSet *left, bool dependencies)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 0; i < graph->nodes->len; i++) {
            const RevisionNode *node = graph->nodes->pdata[i];
            if (!left[i] || has_one_in(node->children, left) ||
                (dependencies && has_one_in(node->dependents, left)))
                continue;
            left[i] = false;
            changed = true;
        }
    }
    GString *names = g_string_new(NULL);
    for (unsigned i = 0; i < graph->nodes->len; i++)
        if (left[i])
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                                   ((RevisionNode *)graph->nodes->pdata[i])->revision->id);
    return g_string_free(names, FALSE);
}

static bool check_cycles(RevisionGraph *graph, bool dependencies, GError **error)
{
    bool cycle = false;
    g_autofree NodeSet *left = rank_nodes(graph, dependencies, &cycle);
    if (!cycle)
        return true;
    g_autofree char *names = name_cycle(graph, left, dependencies);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "%s is detected in revisions (%s)\n"
                "hint: one of them names in its header what comes after it",
                dependencies ? "Dependency cycle" : "Cycle", names);
    return false;
}

static void add_label(RevisionNode *node, char *label)
{
    if (!g_ptr_array_find(node->labels, label, NULL))
        g_ptr_array_add(node->labels, label);
}

/* A label goes to all that follow; and down to the branch or merge point before. */
static void flow_labels(const RevisionGraph *graph, RevisionNode *node)
{
    if (*node->revision->labels == NULL)
        return;
    g_autoptr(GPtrArray) start = g_ptr_array_new();
    g_ptr_array_add(start, node);
    g_autofree NodeSet *set = revision_graph_descendants(graph, start, false);
    for (RevisionNode *up = node;
         up->children->len + up->dependents->len <= 1 && !node_is_merge_point(up);
         up = up->parents->pdata[0]) {
        set[up->index] = true;
        if (up->parents->len == 0)
            break;
    }
    for (unsigned i = 0; i < graph->nodes->len; i++)
        for (char **label = node->revision->labels; set[i] && *label != NULL; label++)
            add_label(graph->nodes->pdata[i], *label);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool link_nodes(RevisionGraph *graph, GError **error)
{
    for (unsigned i = 0; i < graph->nodes->len; i++)
        if (!map_labels(graph, graph->nodes->pdata[i], error))
            return false;
    for (unsigned i = 0; i < graph->nodes->len; i++)
        if (!link_parents(graph, graph->nodes->pdata[i], error) ||
            !link_dependencies(graph, graph->nodes->pdata[i], error))
            return false;
    return true;
}

RevisionGraph *revision_graph_new(GPtrArray *revisions, GError **error)
{
    g_autoptr(RevisionGraph) graph = g_new0(RevisionGraph, 1);
    graph->revisions = revisions;
    g_ptr_array_set_free_func(revisions, (GDestroyNotify)revision_free);
    graph->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    graph->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    graph->by_label = g_hash_table_new(g_str_hash, g_str_equal);
    if (!add_nodes(graph, error) || !link_nodes(graph, error) ||
        !check_cycles(graph, false, error) || !check_cycles(graph, true, error))
        return NULL;
    for (unsigned i = 0; i < graph->nodes->len; i++)
        flow_labels(graph, graph->nodes->pdata[i]);
    for (unsigned i = 0; i < graph->nodes->len; i++) {
        RevisionNode *node = graph->nodes->pdata[i];
        g_ptr_array_sort(node->labels, compare_words);
        g_ptr_array_sort(node->dependencies, compare_nodes);
    }
    return g_steal_pointer(&graph);
}

const GPtrArray *revision_graph_nodes(const RevisionGraph *graph)
{
    return graph->nodes;
}

RevisionNode *revision_graph_find(const RevisionGraph *graph, const char *id)
{
    return g_hash_table_lookup(graph->by_id, id);
}

RevisionNode *revision_graph_find_label(const RevisionGraph *graph, const char *label)
{
    return g_hash_table_lookup(graph->by_label, label);
}

GPtrArray *revision_graph_find_prefix(const RevisionGraph *graph, const char *prefix)
{
    GPtrArray *found = g_ptr_array_new();
    for (unsigned i = 0; i < graph->nodes->len; i++) {
        RevisionNode *node = graph->nodes->pdata[i];
        if (g_str_has_prefix(node->revision->id, prefix))
            g_ptr_array_add(found, node);
    }
    return found;
}

static GPtrArray *filter(const RevisionGraph *graph, bool keep(const RevisionNode *))
{
    GPtrArray *found = g_ptr_array_new();
    for (unsigned i = 0; i < graph->nodes->len; i++)
        if (keep(graph->nodes->pdata[i]))
            g_ptr_array_add(found, graph->nodes->pdata[i]);
    return found;
}

static bool is_base(const RevisionNode *node)
{
    return node->parents->len == 0;
}

GPtrArray *revision_graph_heads(const RevisionGraph *graph)
{
    return filter(graph, node_is_head);
}

GPtrArray *revision_graph_real_heads(const RevisionGraph *graph)
{
    return filter(graph, node_is_real_head);
}

GPtrArray *revision_graph_bases(const RevisionGraph *graph)
{
    return filter(graph, is_base);
}

static void visit(const GPtrArray *nodes, NodeSet *set, GPtrArray *todo)
{
    for (unsigned i = 0; i < nodes->len; i++) {
        RevisionNode *node = nodes->pdata[i];
        if (set[node->index])
            continue;
        set[node->index] = true;
        g_ptr_array_add(todo, node);
    }
}

static NodeSet *reach(const RevisionGraph *graph, const GPtrArray *from, bool up, bool dependencies)
{
    NodeSet *set = g_new0(bool, graph->nodes->len + 1);
    g_autoptr(GPtrArray) todo = g_ptr_array_new();
    visit(from, set, todo);
    while (todo->len > 0) {
        const RevisionNode *node = g_ptr_array_remove_index_fast(todo, todo->len - 1);
        visit(up ? node->children : node->parents, set, todo);
        if (dependencies)
            visit(up ? node->dependents : node->dependencies, set, todo);
    }
    return set;
}

NodeSet *revision_graph_ancestors(const RevisionGraph *graph, const GPtrArray *nodes,
                                  bool dependencies)
{
    return reach(graph, nodes, false, dependencies);
}

NodeSet *revision_graph_descendants(const RevisionGraph *graph, const GPtrArray *nodes,
                                    bool dependencies)
{
    return reach(graph, nodes, true, dependencies);
}

GPtrArray *revision_graph_sort(const RevisionGraph *graph, const NodeSet *set)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (unsigned i = 0; i < graph->nodes->len; i++)
        if (set[i])
            g_ptr_array_add(sorted, graph->nodes->pdata[i]);
    g_ptr_array_sort(sorted, compare_ranks);
    return sorted;
}

bool node_is_head(const RevisionNode *node)
{
    return node->children->len == 0;
}

bool node_is_real_head(const RevisionNode *node)
{
    return node->children->len == 0 && node->dependents->len == 0;
}

bool node_is_branch_point(const RevisionNode *node)
{
    return node->children->len > 1;
}

bool node_is_merge_point(const RevisionNode *node)
{
    return node->parents->len > 1;
}

bool node_has_label(const RevisionNode *node, const char *label)
{
    return g_ptr_array_find_with_equal_func(node->labels, label, g_str_equal, NULL);
}
