#include "revision/path.h"

#include "revision/resolve.h"

#include <string.h>

/* The version rows and what is applied, as steps change them. By node index. */
typedef struct Place {
    const RevisionGraph *graph;
    NodeSet *rows;
    NodeSet *applied;
} Place;

static void place_clear(Place *place)
{
    g_free(place->rows);
    g_free(place->applied);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static void place_start(Place *place, const RevisionGraph *graph, const GPtrArray *current)
{
    place->graph = graph;
    place->applied = revision_graph_ancestors(graph, current, true);
    place->rows = g_new0(bool, revision_graph_nodes(graph)->len + 1);
    for (unsigned i = 0; i < current->len; i++)
        place->rows[((RevisionNode *)current->pdata[i])->index] = true;
}

static PathStep *step_new_for(const RevisionNode *node, bool upgrade)
{
    PathStep *step = g_new0(PathStep, 1);
    step->revision = node != NULL ? node->revision : NULL;
    step->upgrade = upgrade;
    step->deletes = g_ptr_array_new();
    step->inserts = g_ptr_array_new();
    step->from = g_ptr_array_new();
    step->to = g_ptr_array_new();
    return step;
}

void path_step_free(PathStep *step)
{
    if (step == NULL)
        return;
    g_ptr_array_unref(step->deletes);
    g_ptr_array_unref(step->inserts);
    g_ptr_array_unref(step->from);
    g_ptr_array_unref(step->to);
    g_free(step);
}

static GPtrArray *path_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)path_step_free);
}

static void add_ids(GPtrArray *ids, const GPtrArray *nodes)
{
    for (unsigned i = 0; i < nodes->len; i++)
        g_ptr_array_add(ids, ((RevisionNode *)nodes->pdata[i])->revision->id);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of rows that go and rows that come, the last of each become one update. */
static void pair_rows(PathStep *step)
{
    g_ptr_array_sort(step->deletes, compare_ids);
    g_ptr_array_sort(step->inserts, compare_ids);
    if (step->deletes->len == 0 || step->inserts->len == 0)
        return;
    step->update_from = g_ptr_array_remove_index(step->deletes, step->deletes->len - 1);
    step->update_to = g_ptr_array_remove_index(step->inserts, step->inserts->len - 1);
}

static void drop_row(Place *place, PathStep *step, const RevisionNode *node)
{
    if (!place->rows[node->index])
        return;
    place->rows[node->index] = false;
    g_ptr_array_add(step->deletes, node->revision->id);
}

static void drop_rows(Place *place, PathStep *step, const GPtrArray *nodes)
{
    for (unsigned i = 0; i < nodes->len; i++)
        drop_row(place, step, nodes->pdata[i]);
}

static void set_row(Place *place, PathStep *step, const RevisionNode *node)
{
    if (place->rows[node->index])
        return;
    place->rows[node->index] = true;
    g_ptr_array_add(step->inserts, node->revision->id);
}

static bool has_applied(const Place *place, const GPtrArray *nodes)
{
    for (unsigned i = 0; i < nodes->len; i++)
        if (place->applied[((RevisionNode *)nodes->pdata[i])->index])
            return true;
    return false;
}

/* Gives rows to those of @nodes that nothing applied follows or needs any more. */
static void set_freed_rows(Place *place, PathStep *step, const GPtrArray *nodes)
{
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = nodes->pdata[i];
        if (!has_applied(place, node->children) && !has_applied(place, node->dependents))
            set_row(place, step, node);
    }
}

static PathStep *step_up(Place *place, const RevisionNode *node)
{
    PathStep *step = step_new_for(node, true);
    drop_rows(place, step, node->parents);
    drop_rows(place, step, node->dependencies);
    set_row(place, step, node);
    place->applied[node->index] = true;
    add_ids(step->from, node->parents);
    g_ptr_array_add(step->to, node->revision->id);
    pair_rows(step);
    return step;
}

static PathStep *step_down(Place *place, const RevisionNode *node)
{
    PathStep *step = step_new_for(node, false);
    place->applied[node->index] = false;
    drop_row(place, step, node);
    set_freed_rows(place, step, node->parents);
    set_freed_rows(place, step, node->dependencies);
    g_ptr_array_add(step->from, node->revision->id);
    add_ids(step->to, node->parents);
    pair_rows(step);
    return step;
}

static void subtract(NodeSet *set, const NodeSet *other, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        set[i] = set[i] && !other[i];
}

static bool intersect(NodeSet *set, const NodeSet *other, unsigned count)
{
    bool any = false;
    for (unsigned i = 0; i < count; i++)
        any = (set[i] = set[i] && other[i]) || any;
    return any;
}

GPtrArray *path_upgrade(const RevisionGraph *graph, const char *const *rows, const char *target,
                        GError **error)
{
    g_autoptr(GPtrArray) current = resolve_rows(graph, rows, error);
    if (current == NULL)
        return NULL;
    g_autoptr(GPtrArray) targets = resolve_upward(graph, current, target, true, error);
    if (targets == NULL)
        return NULL;
    g_auto(Place) place = {0};
    place_start(&place, graph, current);
    g_autofree NodeSet *needed = revision_graph_ancestors(graph, targets, true);
    subtract(needed, place.applied, revision_graph_nodes(graph)->len);
    g_autoptr(GPtrArray) order = revision_graph_sort(graph, needed);
    GPtrArray *path = path_new();
    for (unsigned i = 0; i < order->len; i++)
        g_ptr_array_add(path, step_up(&place, order->pdata[i]));
    return path;
}

/* Of several revisions to undo, those on the way to @branch. */
static GPtrArray *filter_roots(const RevisionGraph *graph, GPtrArray *roots, const char *branch,
                               GError **error)
{
    if (branch == NULL || roots->len <= 1)
        return g_ptr_array_ref(roots);
    g_autoptr(GPtrArray) nodes = resolve_revisions(graph, branch, error);
    if (nodes == NULL)
        return NULL;
    g_autofree NodeSet *below = revision_graph_ancestors(graph, nodes, false);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    for (unsigned i = 0; i < roots->len; i++)
        if (below[((RevisionNode *)roots->pdata[i])->index])
            g_ptr_array_add(kept, roots->pdata[i]);
    if (kept->len > 0)
        return g_steal_pointer(&kept);
    g_set_error_literal(error, APP_ERROR, APP_ERROR_HISTORY,
                        "Not a valid downgrade target from current heads\n"
                        "hint: \"retort current\" shows where the database is");
    return NULL;
}

GPtrArray *path_downgrade(const RevisionGraph *graph, const char *const *rows, const char *target,
                          GError **error)
{
    g_autoptr(GPtrArray) current = resolve_rows(graph, rows, error);
    RevisionNode *goal = NULL;
    g_autofree char *branch = NULL;
    if (current == NULL || !resolve_downward(graph, current, target, true, &goal, &branch, error))
        return NULL;
    g_autoptr(GPtrArray) all =
        goal != NULL ? g_ptr_array_ref(goal->children) : revision_graph_bases(graph);
    g_autoptr(GPtrArray) roots = filter_roots(graph, all, branch, error);
    if (roots == NULL)
        return NULL;
    g_auto(Place) place = {0};
    place_start(&place, graph, current);
    g_autofree NodeSet *undone = revision_graph_descendants(graph, roots, true);
    bool any = intersect(undone, place.applied, revision_graph_nodes(graph)->len);
    if (goal != NULL && !any && !g_ptr_array_find(current, goal, NULL)) {
        g_set_error(error, APP_ERROR, APP_ERROR_HISTORY,
                    "Destination %s is not a valid downgrade target from current head(s)\n"
                    "hint: it is not below where the database is, which \"retort history -i\" "
                    "shows",
                    target);
        return NULL;
    }
    g_autoptr(GPtrArray) order = revision_graph_sort(graph, undone);
    GPtrArray *path = path_new();
    for (unsigned i = order->len; i > 0; i--)
        g_ptr_array_add(path, step_down(&place, order->pdata[i - 1]));
    return path;
}

/* Base: all rows of the branch go. */
static PathStep *stamp_base(Place *place, const GPtrArray *heads)
{
    PathStep *step = step_new_for(NULL, false);
    drop_rows(place, step, heads);
    g_ptr_array_sort(step->deletes, compare_ids);
    add_ids(step->from, heads);
    return step;
}

/* The rows @heads of the branch become @goal, if they are before or after it; else it is added. */
static PathStep *stamp_revision(Place *place, const GPtrArray *heads, RevisionNode *goal)
{
    g_autoptr(GPtrArray) goals = g_ptr_array_new();
    g_ptr_array_add(goals, goal);
    g_autofree NodeSet *above = revision_graph_descendants(place->graph, goals, true);
    g_autofree NodeSet *below = revision_graph_ancestors(place->graph, goals, true);
    bool down = false, up = false;
    for (unsigned i = 0; i < heads->len; i++) {
        down = down || above[((RevisionNode *)heads->pdata[i])->index];
        up = up || below[((RevisionNode *)heads->pdata[i])->index];
    }
    PathStep *step = step_new_for(goal, !down);
    if (down || up) {
        drop_rows(place, step, heads);
        add_ids(step->from, heads);
    }
    set_row(place, step, goal);
    g_ptr_array_add(step->to, goal->revision->id);
    pair_rows(step);
    return step;
}

/* Whether another of @nodes follows or needs @node, so that its row is implied. */
static bool is_implied(const RevisionGraph *graph, const GPtrArray *nodes, RevisionNode *node)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_ptr_array_add(one, node);
    g_autofree NodeSet *above = revision_graph_descendants(graph, one, true);
    for (unsigned i = 0; i < nodes->len; i++)
        if (nodes->pdata[i] != node && above[((RevisionNode *)nodes->pdata[i])->index])
            return true;
    return false;
}

/* The revisions to stamp; base stands as %NULL. */
static bool add_goals(const RevisionGraph *graph, const char *target, GPtrArray *goals,
                      GError **error)
{
    g_autoptr(GPtrArray) all = revision_graph_heads(graph);
    if (g_str_equal(target, "head") && all->len > 1) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_HISTORY,
                            "Multiple heads are present; please specify a single target revision\n"
                            "hint: \"retort heads\" lists them, and \"heads\" names them all");
        return false;
    }
    g_autoptr(GPtrArray) nodes = resolve_revisions(graph, target, error);
    if (nodes == NULL)
        return false;
    if (nodes->len == 0)
        g_ptr_array_add(goals, NULL);
    for (unsigned i = 0; i < nodes->len; i++)
        if (!is_implied(graph, nodes, nodes->pdata[i]) &&
            !g_ptr_array_find(goals, nodes->pdata[i], NULL))
            g_ptr_array_add(goals, nodes->pdata[i]);
    return true;
}

static bool check_overlap(const RevisionGraph *graph, GPtrArray *goals, GError **error)
{
    for (unsigned i = 0; i < goals->len; i++) {
        if (goals->pdata[i] == NULL)
            continue;
        g_autoptr(GPtrArray) one = g_ptr_array_new();
        g_ptr_array_add(one, goals->pdata[i]);
        g_autofree NodeSet *below = revision_graph_ancestors(graph, one, true);
        for (unsigned j = 0; j < goals->len; j++) {
            const RevisionNode *goal = goals->pdata[i], *other = goals->pdata[j];
            if (j == i || other == NULL || !below[other->index])
                continue;
            g_set_error(error, APP_ERROR, APP_ERROR_HISTORY,
                        "Requested revision %s overlaps with other requested revisions %s\n"
                        "hint: a revision stands for all below it: name the upper one alone",
                        goal->revision->id, other->revision->id);
            return false;
        }
    }
    return true;
}

/* The rows that the targets speak of: those before or after one of them. */
static GPtrArray *find_stamped(const RevisionGraph *graph, const GPtrArray *current,
                               const char *const *targets, GError **error)
{
    g_autoptr(GPtrArray) heads = g_ptr_array_new();
    for (; *targets != NULL; targets++) {
        g_autoptr(GPtrArray) some = resolve_lineage(graph, current, *targets, true, error);
        if (some == NULL)
            return NULL;
        for (unsigned i = 0; i < some->len; i++)
            if (!g_ptr_array_find(heads, some->pdata[i], NULL))
                g_ptr_array_add(heads, some->pdata[i]);
    }
    return g_steal_pointer(&heads);
}

GPtrArray *path_stamp(const RevisionGraph *graph, const char *const *rows,
                      const char *const *targets, GError **error)
{
    g_autoptr(GPtrArray) current = resolve_rows(graph, rows, error);
    if (current == NULL)
        return NULL;
    g_autoptr(GPtrArray) goals = g_ptr_array_new();
    for (const char *const *target = targets; *target != NULL; target++)
        if (!add_goals(graph, *target, goals, error))
            return NULL;
    if (!check_overlap(graph, goals, error))
        return NULL;
    g_autoptr(GPtrArray) heads = find_stamped(graph, current, targets, error);
    if (heads == NULL)
        return NULL;
    g_auto(Place) place = {0};
    place_start(&place, graph, current);
    GPtrArray *path = path_new();
    for (unsigned i = 0; i < goals->len; i++) {
        RevisionNode *goal = goals->pdata[i];
        if (goal == NULL)
            g_ptr_array_add(path, stamp_base(&place, heads));
        else if (!g_ptr_array_find(heads, goal, NULL))
            g_ptr_array_add(path, stamp_revision(&place, heads, goal));
    }
    return path;
}

/* Both ends of a history; a lower end that steps down from the upper is found after it. */
typedef struct Range {
    GPtrArray *lower, *upper;
} Range;

static void range_clear(Range *range)
{
    g_clear_pointer(&range->lower, g_ptr_array_unref);
    g_clear_pointer(&range->upper, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Range, range_clear)

static bool find_lower_from_upper(const RevisionGraph *graph, Range *range, const char *start,
                                  GError **error)
{
    RevisionNode *node = NULL;
    g_autofree char *branch = NULL;
    if (!resolve_downward(graph, range->upper, start, false, &node, &branch, error))
        return false;
    range->lower = g_ptr_array_new();
    if (node != NULL)
        g_ptr_array_add(range->lower, node);
    return true;
}

static bool find_range(const RevisionGraph *graph, const char *const *rows, const char *start,
                       const char *end, Range *range, GError **error)
{
    bool relative = *start == '-' || *start == '+';
    if (g_str_equal(start, "current"))
        range->lower = resolve_rows(graph, rows, error);
    else if (!relative)
        range->lower = resolve_revisions(graph, start, error);
    if (!relative && range->lower == NULL)
        return false;
    g_autoptr(GPtrArray) from = relative ? g_ptr_array_new() : g_ptr_array_ref(range->lower);
    range->upper = g_str_equal(end, "current") ? resolve_rows(graph, rows, error)
                                               : resolve_upward(graph, from, end, false, error);
    if (range->upper == NULL)
        return false;
    return !relative || find_lower_from_upper(graph, range, start, error);
}

/* From "label@base" only heads of that branch are of interest. */
static bool limit_to_branch(const RevisionGraph *graph, Range *range, const char *start,
                            GError **error)
{
    const char *at = strchr(start, '@');
    if (at == NULL || at == start)
        return true;
    g_autofree char *label = g_strndup(start, (size_t)(at - start));
    g_autoptr(GPtrArray) kept = resolve_lineage(graph, range->upper, label, false, error);
    if (kept == NULL)
        return false;
    g_ptr_array_unref(range->upper);
    range->upper = g_steal_pointer(&kept);
    return true;
}

static bool check_ancestors(const Range *range, const NodeSet *below, const char *start,
                            const char *end, GError **error)
{
    for (unsigned i = 0; i < range->lower->len; i++) {
        if (below[((RevisionNode *)range->lower->pdata[i])->index])
            continue;
        g_set_error(
            error, APP_ERROR, APP_ERROR_HISTORY,
            "Requested range %s:%s does not refer to ancestor/descendant revisions along "
            "the same branch\nhint: \"retort history\" shows which follows which; the lower "
            "one comes first",
            start, end);
        return false;
    }
    return true;
}

/* The revisions between both ends, these included. */
static NodeSet *between(const RevisionGraph *graph, const Range *range, const char *start,
                        const char *end, GError **error)
{
    unsigned count = revision_graph_nodes(graph)->len;
    g_autofree NodeSet *needed = revision_graph_ancestors(graph, range->upper, true);
    if (!check_ancestors(range, needed, start, end, error))
        return NULL;
    if (range->lower->len == 0)
        return g_steal_pointer(&needed);
    g_autofree NodeSet *below = revision_graph_ancestors(graph, range->lower, true);
    g_autofree NodeSet *above = revision_graph_descendants(graph, range->lower, false);
    for (unsigned i = 0; i < range->lower->len; i++)
        below[((RevisionNode *)range->lower->pdata[i])->index] = false;
    subtract(needed, below, count);
    intersect(needed, above, count);
    return g_steal_pointer(&needed);
}

GPtrArray *path_history(const RevisionGraph *graph, const char *const *rows, const char *text,
                        GError **error)
{
    g_autofree char *start = NULL, *end = NULL;
    if (!resolve_split_range(text != NULL ? text : ":", &start, &end)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "History range requires [start]:[end], [start]:, or :[end]\n"
                            "hint: as in \"retort history -r base:head\"");
        return NULL;
    }
    const char *lower = *start != '\0' ? start : "base";
    const char *upper = *end != '\0' ? end : "heads";
    g_auto(Range) range = {0};
    if (!find_range(graph, rows, lower, upper, &range, error) ||
        !limit_to_branch(graph, &range, lower, error))
        return NULL;
    g_autofree NodeSet *set = between(graph, &range, lower, upper, error);
    if (set == NULL)
        return NULL;
    g_autoptr(GPtrArray) order = revision_graph_sort(graph, set);
    GPtrArray *newest_first = g_ptr_array_new();
    for (unsigned i = order->len; i > 0; i--)
        g_ptr_array_add(newest_first, order->pdata[i - 1]);
    return newest_first;
}
