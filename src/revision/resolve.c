#include "revision/resolve.h"

#include <string.h>

#define MOST_STEPS 1000000 /* more than any history has; keeps steps within an int */

/* A word taken apart. */
typedef struct Word {
    char *label;  /* (nullable): before "@" */
    char *symbol; /* without label and steps; "" if none */
    char *text;   /* the steps as written: "+2", "-1"; "" if none */
    int steps;
} Word;

static void word_clear(Word *word)
{
    g_free(word->label);
    g_free(word->symbol);
    g_free(word->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Word, word_clear)

/* Ids and labels hold none of "@+-", so the first of each is what it seems to be. */
static void word_split(const char *text, Word *out_word)
{
    const char *at = strchr(text, '@');
    const char *rest = at != NULL ? at + 1 : text;
    size_t symbol = strcspn(rest, "+-");
    size_t digits = rest[symbol] != '\0' ? strspn(rest + symbol + 1, "0123456789") : 0;
    if (digits == 0 || rest[symbol + 1 + digits] != '\0')
        symbol = strlen(rest);
    gint64 steps = rest[symbol] != '\0' ? g_ascii_strtoll(rest + symbol, NULL, 10) : 0;
    out_word->label = at != NULL && at > text ? g_strndup(text, (size_t)(at - text)) : NULL;
    out_word->symbol = g_strndup(rest, symbol);
    out_word->text = g_strdup(rest + symbol);
    out_word->steps = (int)CLAMP(steps, -MOST_STEPS, MOST_STEPS);
}

G_GNUC_PRINTF(2, 3)
static void refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, APP_ERROR, APP_ERROR_HISTORY, message);
}

static void refuse_steps(const Word *word, GError **error)
{
    refuse(error,
           "Relative revision %s didn't produce %d migrations\n"
           "hint: there are not so many in that direction; \"retort history -i\" shows where the "
           "database is",
           word->text, ABS(word->steps));
}

/* "+1" of a downgrade, "-1" of an upgrade. */
static void refuse_sign(const Word *word, bool up, GError **error)
{
    refuse(error,
           "Relative revision %s didn't produce %d migrations\n"
           "hint: %s",
           word->text, ABS(word->steps),
           up ? "an upgrade counts upwards, as in +1; \"retort downgrade\" counts down"
              : "a downgrade counts downwards, as in -1; \"retort upgrade\" counts up");
}

static void refuse_unknown(const char *id, GError **error)
{
    refuse(error,
           "Can't locate revision identified by '%s'\nhint: \"retort history\" lists them all", id);
}

static GPtrArray *list_of(RevisionNode *node)
{
    GPtrArray *list = g_ptr_array_new();
    if (node != NULL)
        g_ptr_array_add(list, node);
    return list;
}

/* Those of @nodes that are ancestors or descendants of one of @tests. */
static GPtrArray *filter_lineage(const RevisionGraph *graph, const GPtrArray *nodes,
                                 const GPtrArray *tests, bool dependencies)
{
    g_autofree NodeSet *below = revision_graph_ancestors(graph, tests, dependencies);
    g_autofree NodeSet *above = revision_graph_descendants(graph, tests, dependencies);
    GPtrArray *kept = g_ptr_array_new();
    for (unsigned i = 0; i < nodes->len; i++) {
        RevisionNode *node = nodes->pdata[i];
        if (below[node->index] || above[node->index])
            g_ptr_array_add(kept, node);
    }
    return kept;
}

static GPtrArray *filter_branch(const RevisionGraph *graph, const GPtrArray *nodes,
                                RevisionNode *branch)
{
    g_autoptr(GPtrArray) tests = list_of(branch);
    return filter_lineage(graph, nodes, tests, false);
}

static void refuse_several(const GPtrArray *found, const char *prefix, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < MIN(found->len, 3); i++)
        g_string_append_printf(names, "%s'%s'", i > 0 ? ", " : "",
                               ((RevisionNode *)found->pdata[i])->revision->id);
    refuse(error, "Multiple revisions start with '%s': %s%s\nhint: write more of it", prefix,
           names->str, found->len > 3 ? "..." : "");
}

/* The one revision called @id, by its label, or by its beginning; on @branch if that is given. */
static RevisionNode *find_node(const RevisionGraph *graph, const char *id, RevisionNode *branch,
                               const char *label, GError **error)
{
    RevisionNode *node = revision_graph_find(graph, id);
    if (node == NULL)
        node = revision_graph_find_label(graph, id);
    if (node == NULL && *id != '\0') {
        g_autoptr(GPtrArray) all = revision_graph_find_prefix(graph, id);
        g_autoptr(GPtrArray) found =
            branch != NULL ? filter_branch(graph, all, branch) : g_ptr_array_ref(all);
        if (found->len > 1) {
            refuse_several(found, id, error);
            return NULL;
        }
        node = found->len == 1 ? found->pdata[0] : NULL;
    }
    if (node == NULL) {
        refuse_unknown(id, error);
        return NULL;
    }
    g_autoptr(GPtrArray) one = list_of(node);
    g_autoptr(GPtrArray) kept = branch != NULL ? filter_branch(graph, one, branch) : NULL;
    if (kept != NULL && kept->len == 0) {
        refuse(error,
               "Revision %s is not a member of branch '%s'\n"
               "hint: \"retort show %s\" names its branches",
               node->revision->id, label, node->revision->id);
        return NULL;
    }
    return node;
}

/* The revision that @label names, itself an id or not; %NULL with an error. */
static RevisionNode *find_branch(const RevisionGraph *graph, const char *label, GError **error)
{
    RevisionNode *node = revision_graph_find_label(graph, label);
    return node != NULL ? node : find_node(graph, label, NULL, NULL, error);
}

static GPtrArray *resolve_heads(const RevisionGraph *graph, RevisionNode *branch)
{
    if (branch == NULL)
        return revision_graph_real_heads(graph);
    g_autoptr(GPtrArray) heads = revision_graph_heads(graph);
    return filter_branch(graph, heads, branch);
}

static void refuse_multiple(const char *label, const char *symbol, GError **error)
{
    g_autofree char *argument =
        label != NULL ? g_strconcat(label, "@", symbol, NULL) : g_strdup(symbol);
    refuse(error,
           "Multiple head revisions are present for given argument '%s'; please specify a "
           "specific target revision, '<branchname>@%s' to narrow to a specific head, or 'heads' "
           "for all heads\nhint: \"retort heads\" lists them",
           argument, argument);
}

/* "head": the only one. */
static GPtrArray *resolve_head(const RevisionGraph *graph, RevisionNode *branch, const char *label,
                               GError **error)
{
    g_autoptr(GPtrArray) all = revision_graph_heads(graph);
    g_autoptr(GPtrArray) heads =
        branch != NULL ? filter_branch(graph, all, branch) : g_ptr_array_ref(all);
    if (heads->len <= 1)
        return g_steal_pointer(&heads);
    refuse_multiple(label, "head", error);
    return NULL;
}

/* A word without steps: what @symbol is, on the branch of @label. */
static GPtrArray *resolve_symbol(const RevisionGraph *graph, const char *label, const char *symbol,
                                 GError **error)
{
    RevisionNode *branch = label != NULL ? find_branch(graph, label, error) : NULL;
    if (label != NULL && branch == NULL)
        return NULL;
    if (g_str_equal(symbol, "base"))
        return g_ptr_array_new();
    if (g_str_equal(symbol, "heads"))
        return resolve_heads(graph, branch);
    if (g_str_equal(symbol, "head"))
        return resolve_head(graph, branch, label, error);
    RevisionNode *node = find_node(graph, symbol, branch, label, error);
    return node != NULL ? list_of(node) : NULL;
}

/* As resolve_symbol(), but at most one revision; %NULL is base. */
static bool resolve_one(const RevisionGraph *graph, const char *label, const char *symbol,
                        RevisionNode **out_node, GError **error)
{
    g_autoptr(GPtrArray) nodes = resolve_symbol(graph, label, symbol, error);
    if (nodes == NULL)
        return false;
    if (nodes->len > 1) {
        refuse_multiple(label, symbol, error);
        return false;
    }
    *out_node = nodes->len == 1 ? nodes->pdata[0] : NULL;
    return true;
}

/* One step up from @node (%NULL: base) on @branch (nullable), or down. Empty: there is none. */
static GPtrArray *next_nodes(const RevisionGraph *graph, RevisionNode *node, bool up,
                             RevisionNode *branch)
{
    if (!up)
        return node != NULL ? g_ptr_array_ref(node->parents) : g_ptr_array_new();
    g_autoptr(GPtrArray) all =
        node != NULL ? g_ptr_array_ref(node->children) : revision_graph_bases(graph);
    return branch != NULL ? filter_branch(graph, all, branch) : g_ptr_array_ref(all);
}

static void refuse_fork(const RevisionNode *node, const GPtrArray *next, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < next->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((RevisionNode *)next->pdata[i])->revision->id);
    refuse(error, "Ambiguous walk\nhint: from %s it leads to %s; name the revision to reach",
           node != NULL ? node->revision->id : "base", names->str);
}

/*
 * Goes @steps up or down from *@node, to base (%NULL) at most. @out_over: whether there were
 * fewer steps to go.
 */
static bool walk(const RevisionGraph *graph, RevisionNode **node, int steps, const char *label,
                 bool *out_over, GError **error)
{
    RevisionNode *branch = label != NULL ? find_branch(graph, label, error) : NULL;
    if (label != NULL && branch == NULL)
        return false;
    *out_over = false;
    for (int left = ABS(steps); left > 0; left--) {
        g_autoptr(GPtrArray) next = next_nodes(graph, *node, steps > 0, branch);
        if (next->len > 1) {
            refuse_fork(*node, next, error);
            return false;
        }
        *out_over = next->len == 0 && (steps > 0 || *node == NULL);
        if (*out_over)
            return true;
        *node = next->len == 1 ? next->pdata[0] : NULL;
    }
    return true;
}

/* A step from a revision that the word names: "ae10+2", "head-1". */
static bool walk_from_symbol(const RevisionGraph *graph, const Word *word, bool exact,
                             RevisionNode **out_node, GError **error)
{
    bool over = false;
    const char *label = word->steps > 0 ? NULL : word->label;
    RevisionNode *node = NULL;
    if (!resolve_one(graph, label, word->symbol, &node, error) ||
        !walk(graph, &node, word->steps, word->steps > 0 ? word->label : NULL, &over, error))
        return false;
    if (over && exact) {
        refuse(error,
               "Walked too far\nhint: %s has not so many revisions %s; \"retort history\" "
               "lists them all",
               word->symbol, word->steps > 0 ? "above it" : "below it");
        return false;
    }
    *out_node = node;
    return true;
}

GPtrArray *resolve_revisions(const RevisionGraph *graph, const char *text, GError **error)
{
    g_auto(Word) word = {0};
    word_split(text, &word);
    if (*word.text == '\0')
        return resolve_symbol(graph, word.label, word.symbol, error);
    if (*word.symbol == '\0') {
        refuse_unknown(text, error);
        return NULL;
    }
    RevisionNode *node = NULL;
    return walk_from_symbol(graph, &word, true, &node, error) ? list_of(node) : NULL;
}

static int compare_indexes(const void *a, const void *b)
{
    const RevisionNode *one = *(RevisionNode *const *)a, *two = *(RevisionNode *const *)b;
    return one->index < two->index ? -1 : one->index > two->index;
}

GPtrArray *resolve_rows(const RevisionGraph *graph, const char *const *rows, GError **error)
{
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    for (; *rows != NULL; rows++) {
        RevisionNode *node = revision_graph_find(graph, *rows);
        if (node == NULL) {
            refuse(error,
                   "Can't locate revision identified by '%s'\n"
                   "hint: the database is at it, but there is no such file: put it back, or let "
                   "\"retort stamp --purge\" say where the database is",
                   *rows);
            return NULL;
        }
        if (!g_ptr_array_find(nodes, node, NULL))
            g_ptr_array_add(nodes, node);
    }
    g_ptr_array_sort(nodes, compare_indexes);
    return g_steal_pointer(&nodes);
}

static GPtrArray *members(const RevisionGraph *graph, const NodeSet *set)
{
    GPtrArray *list = g_ptr_array_new();
    const GPtrArray *nodes = revision_graph_nodes(graph);
    for (unsigned i = 0; i < nodes->len; i++)
        if (set[i])
            g_ptr_array_add(list, nodes->pdata[i]);
    return list;
}

static bool has_one_of(const GPtrArray *nodes, const GPtrArray *list)
{
    for (unsigned i = 0; i < nodes->len; i++)
        if (g_ptr_array_find((GPtrArray *)list, nodes->pdata[i], NULL))
            return true;
    return false;
}

/*
 * Those applied on a branch that no other applied one of the branch follows (or, with
 * @dependencies, needs): where the branch is, if no version row says so.
 */
static GPtrArray *branch_tips(const RevisionGraph *graph, const GPtrArray *current,
                              RevisionNode *branch, bool dependencies)
{
    g_autofree NodeSet *applied = revision_graph_ancestors(graph, current, true);
    g_autoptr(GPtrArray) all = members(graph, applied);
    g_autoptr(GPtrArray) active = filter_branch(graph, all, branch);
    GPtrArray *tips = g_ptr_array_new();
    for (unsigned i = 0; i < active->len; i++) {
        RevisionNode *node = active->pdata[i];
        if (!has_one_of(node->children, active) &&
            !(dependencies && has_one_of(node->dependents, active)))
            g_ptr_array_add(tips, node);
    }
    return tips;
}

/* Where steps from the database's place begin: its rows, or those of the branch of @label. */
static GPtrArray *find_start(const RevisionGraph *graph, const GPtrArray *current,
                             const char *label, bool up, GError **error)
{
    if (label == NULL)
        return g_ptr_array_copy((GPtrArray *)current, NULL, NULL);
    RevisionNode *branch = find_branch(graph, label, error);
    if (branch == NULL)
        return NULL;
    g_autoptr(GPtrArray) start = filter_branch(graph, current, branch);
    if (start->len > 0)
        return g_steal_pointer(&start);
    return branch_tips(graph, current, branch, up);
}

GPtrArray *resolve_upward(const RevisionGraph *graph, const GPtrArray *current, const char *text,
                          bool exact, GError **error)
{
    g_auto(Word) word = {0};
    word_split(text, &word);
    RevisionNode *node = NULL;
    if (*word.text == '\0')
        return resolve_symbol(graph, word.label, word.symbol, error);
    if (*word.symbol != '\0')
        return walk_from_symbol(graph, &word, exact, &node, error) ? list_of(node) : NULL;
    if (word.steps <= 0) {
        refuse_sign(&word, true, error);
        return NULL;
    }
    g_autoptr(GPtrArray) start = find_start(graph, current, word.label, true, error);
    if (start == NULL)
        return NULL;
    if (start->len > 1) {
        refuse(error, "Ambiguous upgrade from multiple current revisions\n"
                      "hint: name the branch, as in LABEL@+1; \"retort current\" shows where the "
                      "database is");
        return NULL;
    }
    bool over = false;
    node = start->len == 1 ? start->pdata[0] : NULL;
    if (!walk(graph, &node, word.steps, word.label, &over, error))
        return NULL;
    if (!over || !exact)
        return list_of(node);
    refuse_steps(&word, error);
    return NULL;
}

/* "-2" from where the database is. @out_branch: the row that it went down from. */
static bool walk_down(const RevisionGraph *graph, const GPtrArray *current, const Word *word,
                      bool exact, RevisionNode **out_node, char **out_branch, GError **error)
{
    g_autoptr(GPtrArray) start = find_start(graph, current, word->label, false, error);
    if (start == NULL)
        return false;
    if (start->len == 0 || word->steps >= 0) {
        if (word->steps >= 0)
            refuse_sign(word, false, error);
        else
            refuse_steps(word, error);
        return false;
    }
    if (start->len > 1 && word->label != NULL) {
        refuse(error, "Ambiguous downgrade from multiple current revisions\n"
                      "hint: name the revision to reach; \"retort current\" shows where the "
                      "database is");
        return false;
    }
    bool over = false;
    RevisionNode *node = start->pdata[0];
    const char *branch = word->label != NULL ? word->label : node->revision->id;
    if (!walk(graph, &node, word->steps, NULL, &over, error))
        return false;
    if (over && exact) {
        refuse_steps(word, error);
        return false;
    }
    *out_node = node;
    *out_branch = g_strdup(branch);
    return true;
}

bool resolve_downward(const RevisionGraph *graph, const GPtrArray *current, const char *text,
                      bool exact, RevisionNode **out_node, char **out_branch, GError **error)
{
    g_auto(Word) word = {0};
    word_split(text, &word);
    if (*word.text != '\0' && *word.symbol == '\0')
        return walk_down(graph, current, &word, exact, out_node, out_branch, error);
    RevisionNode *node = NULL;
    bool found = *word.text != '\0' ? walk_from_symbol(graph, &word, exact, &node, error)
                                    : resolve_one(graph, word.label, word.symbol, &node, error);
    if (!found)
        return false;
    *out_node = node;
    *out_branch = g_strdup(word.label);
    return true;
}

GPtrArray *resolve_lineage(const RevisionGraph *graph, const GPtrArray *nodes, const char *text,
                           bool dependencies, GError **error)
{
    g_auto(Word) word = {0};
    word_split(text, &word);
    g_autoptr(GPtrArray) tests = resolve_revisions(graph, text, error);
    if (tests == NULL)
        return NULL;
    RevisionNode *branch = word.label != NULL ? find_branch(graph, word.label, error) : NULL;
    if (branch != NULL)
        g_ptr_array_add(tests, branch);
    if (tests->len == 0)
        return g_ptr_array_copy((GPtrArray *)nodes, NULL, NULL);
    return filter_lineage(graph, nodes, tests, dependencies);
}

bool resolve_is_ambiguous(const char *const *rows, const char *text)
{
    g_auto(Word) word = {0};
    word_split(text, &word);
    return word.steps < 0 && word.label == NULL && *word.symbol == '\0' && rows[0] != NULL &&
           rows[1] != NULL;
}

bool resolve_split_range(const char *text, char **out_start, char **out_end)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || strchr(colon + 1, ':') != NULL)
        return false;
    *out_start = g_strstrip(g_strndup(text, (size_t)(colon - text)));
    *out_end = g_strstrip(g_strdup(colon + 1));
    return true;
}
