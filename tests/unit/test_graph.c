#include "graphs.h"

static void check_error(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph = revision_graph_new(graphs_revisions(text), &error);
    g_assert_null(graph);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_autofree char *fact = graphs_fact(error);
    g_assert_cmpstr(fact, ==, expected);
}

static void check_list(GPtrArray *nodes, const char *expected)
{
    g_autofree char *ids = graphs_ids(nodes);
    g_assert_cmpstr(ids, ==, expected);
    g_ptr_array_unref(nodes);
}

static void heads_and_bases_are_found(void)
{
    g_autoptr(RevisionGraph) graph = graphs_new("c<b b<a a x y<x d<b z<x!d");
    check_list(revision_graph_bases(graph), "a x");
    check_list(revision_graph_heads(graph), "c d y z");
    check_list(revision_graph_real_heads(graph), "c y z");
    g_assert_true(node_is_branch_point(revision_graph_find(graph, "b")));
    g_assert_false(node_is_branch_point(revision_graph_find(graph, "a")));
    g_assert_null(revision_graph_find(graph, "nope"));
    g_autoptr(RevisionGraph) none = graphs_new("");
    check_list(revision_graph_heads(none), "");
}

static void merge_has_several_parents(void)
{
    g_autoptr(RevisionGraph) graph = graphs_new("a b<a c<a d<b,c");
    g_assert_true(node_is_merge_point(revision_graph_find(graph, "d")));
    g_assert_false(node_is_merge_point(revision_graph_find(graph, "b")));
    check_list(revision_graph_heads(graph), "d");
}

static void labels_flow_down_and_up_to_the_branch_point(void)
{
    g_autoptr(RevisionGraph) graph = graphs_new("a b<a c<b d<c:side e<d f<a g<e,f");
    static const char *const labelled[] = {"b", "c", "d", "e", "g", NULL};
    for (const char *const *id = labelled; *id != NULL; id++)
        g_assert_true(node_has_label(revision_graph_find(graph, *id), "side"));
    g_assert_false(node_has_label(revision_graph_find(graph, "a"), "side"));
    g_assert_false(node_has_label(revision_graph_find(graph, "f"), "side"));
    g_assert_cmpstr(revision_graph_find_label(graph, "side")->revision->id, ==, "d");
    check_error("a:x b<a:x", "Branch name 'x' in revision b already used by revision a");
    check_error("a b<a:a", "Branch name 'a' in revision b already used by revision a");
}

static void cycles_are_named(void)
{
    check_error("a<a", "Self-loop is detected in revisions (a)");
    check_error("a!a", "Dependency self-loop is detected in revisions (a)");
    check_error("a:x!x", "Dependency self-loop is detected in revisions (a)");
    check_error("a<b b<a", "Cycle is detected in revisions (a, b)");
    check_error("a<b b<c c<a d<c e", "Cycle is detected in revisions (a, b, c)");
    check_error("r b<r,c c<b d<c", "Cycle is detected in revisions (b, c)");
    check_error("a!b b!a", "Dependency cycle is detected in revisions (a, b)");
    check_error("r a<r!c b<r c<b!a d<c", "Dependency cycle is detected in revisions (a, c)");
}

static void faults_name_the_revision(void)
{
    check_error("a<z", "Revision z referenced from a is not present");
    check_error("a!z", "Revision z referenced from a is not present");
    check_error("a a", "Revision a is present more than once");
    GPtrArray *revisions = graphs_revisions("a a");
    ((Revision *)revisions->pdata[0])->path = g_strdup("migrations/2.sql");
    ((Revision *)revisions->pdata[1])->path = g_strdup("migrations/1.sql");
    g_autoptr(GError) error = NULL;
    g_assert_null(revision_graph_new(revisions, &error));
    g_assert_cmpstr(error->message, ==,
                    "migrations/2.sql: Revision a is present more than once; also in "
                    "migrations/1.sql\nhint: give one of both another id in its header");
}

static void order_has_parents_and_dependencies_first_then_ids(void)
{
    g_autoptr(RevisionGraph) graph = graphs_new("b a c<b d<a e<c!z z<d");
    bool all[] = {true, true, true, true, true, true};
    check_list(revision_graph_sort(graph, all), "a b c d z e");
    bool some[] = {false, false, true, false, true, true};
    check_list(revision_graph_sort(graph, some), "c z e");
}

static void dependency_by_label_is_resolved(void)
{
    g_autoptr(RevisionGraph) graph = graphs_new("a:side b<a x!side,b");
    const RevisionNode *node = revision_graph_find(graph, "x");
    g_autofree char *ids = graphs_ids(node->dependencies);
    g_assert_cmpstr(ids, ==, "a b");
}

static void thousands_are_built_at_once(void)
{
    GString *text = g_string_new("r00000");
    for (int i = 1; i < 20000; i++)
        g_string_append_printf(text, " r%05d<r%05d", i, i - 1);
    g_autoptr(RevisionGraph) graph = graphs_new(text->str);
    g_string_free(text, TRUE);
    g_assert_cmpuint(revision_graph_find(graph, "r19999")->rank, ==, 19999);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graph/heads", heads_and_bases_are_found);
    g_test_add_func("/graph/merge", merge_has_several_parents);
    g_test_add_func("/graph/labels", labels_flow_down_and_up_to_the_branch_point);
    g_test_add_func("/graph/cycles", cycles_are_named);
    g_test_add_func("/graph/faults", faults_name_the_revision);
    g_test_add_func("/graph/order", order_has_parents_and_dependencies_first_then_ids);
    g_test_add_func("/graph/dependency", dependency_by_label_is_resolved);
    g_test_add_func("/graph/big", thousands_are_built_at_once);
    return g_test_run();
}
