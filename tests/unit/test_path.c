#include "graphs.h"
#include "revision/path.h"
#include "revision/resolve.h"

/* Each word of @text as an element. */
static char **words(const char *text)
{
    return *text != '\0' ? g_strsplit(text, " ", -1) : g_new0(char *, 1);
}

static void append_ids(GString *text, char sign, const GPtrArray *ids)
{
    for (unsigned i = 0; i < ids->len; i++)
        g_string_append_printf(text, " %c%s", sign, (char *)ids->pdata[i]);
}

/* A path as "id: -deleted from>to +inserted" joined by "; ". */
static char *describe(GPtrArray *path, GError *const *error)
{
    if (path == NULL)
        return graphs_fact(*error);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < path->len; i++) {
        const PathStep *step = path->pdata[i];
        g_string_append_printf(text, "%s%s%s:", i > 0 ? "; " : "", step->upgrade ? "" : "~",
                               step->revision != NULL ? step->revision->id : "base");
        append_ids(text, '-', step->deletes);
        if (step->update_from != NULL)
            g_string_append_printf(text, " %s>%s", step->update_from, step->update_to);
        append_ids(text, '+', step->inserts);
    }
    g_ptr_array_unref(path);
    return g_string_free(text, FALSE);
}

static void check_up(const char *text, const char *rows, const char *target, const char *expected)
{
    g_autoptr(RevisionGraph) graph = graphs_new(text);
    g_auto(GStrv) at = words(rows);
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        describe(path_upgrade(graph, (const char *const *)at, target, &error), &error);
    g_assert_cmpstr(path, ==, expected);
}

static void check_down(const char *text, const char *rows, const char *target, const char *expected)
{
    g_autoptr(RevisionGraph) graph = graphs_new(text);
    g_auto(GStrv) at = words(rows);
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        describe(path_downgrade(graph, (const char *const *)at, target, &error), &error);
    g_assert_cmpstr(path, ==, expected);
}

static void check_stamp(const char *text, const char *rows, const char *targets,
                        const char *expected)
{
    g_autoptr(RevisionGraph) graph = graphs_new(text);
    g_auto(GStrv) at = words(rows);
    g_auto(GStrv) to = words(targets);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = describe(
        path_stamp(graph, (const char *const *)at, (const char *const *)to, &error), &error);
    g_assert_cmpstr(path, ==, expected);
}

static void check_history(const char *text, const char *rows, const char *range,
                          const char *expected)
{
    g_autoptr(RevisionGraph) graph = graphs_new(text);
    g_auto(GStrv) at = words(rows);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) nodes = path_history(graph, (const char *const *)at, range, &error);
    g_autofree char *ids = nodes != NULL ? graphs_ids(nodes) : graphs_fact(error);
    g_assert_cmpstr(ids, ==, expected);
}

static void check_resolve(const char *text, const char *word, const char *expected)
{
    g_autoptr(RevisionGraph) graph = graphs_new(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) nodes = resolve_revisions(graph, word, &error);
    g_autofree char *ids = nodes != NULL ? graphs_ids(nodes) : graphs_fact(error);
    g_assert_cmpstr(ids, ==, expected);
}

#define LINE "aa11 ab22<aa11 bc33<ab22 cd44<bc33"
#define FORK "a b<a:left c<b d<a:right e<d"
#define DIAMOND "a b<a c<a d<b,c e<d"

static void words_name_revisions(void)
{
    check_resolve(LINE, "ab22", "ab22");
    check_resolve(LINE, "b", "bc33");
    check_resolve(LINE, "a", "Multiple revisions start with 'a': 'aa11', 'ab22'");
    check_resolve(LINE, "zzz", "Can't locate revision identified by 'zzz'");
    check_resolve(LINE, "", "Can't locate revision identified by ''");
    check_resolve(LINE, "head", "cd44");
    check_resolve(LINE, "heads", "cd44");
    check_resolve(LINE, "base", "");
    check_resolve(LINE, "head-2", "ab22");
    check_resolve(LINE, "aa+2", "bc33");
    check_resolve(LINE, "bc+2", "Walked too far");
    check_resolve(LINE, "aa-2", "Walked too far");
    check_resolve(LINE, "aa-1", "");
    check_resolve(LINE, "aa@head", "cd44");
    check_resolve(LINE, "aa+99999999999999999999", "Walked too far");
    check_resolve(LINE, "+1", "Can't locate revision identified by '+1'");
    check_resolve(LINE, "aa+", "Can't locate revision identified by 'aa+'");
    check_resolve("", "head", "");
}

static void labels_narrow(void)
{
    check_resolve(FORK, "heads", "c e");
    check_resolve(FORK, "head",
                  "Multiple head revisions are present for given argument 'head'; please specify "
                  "a specific target revision, '<branchname>@head' to narrow to a specific head, "
                  "or 'heads' for all heads");
    check_resolve(FORK, "left@head", "c");
    check_resolve(FORK, "right@heads", "e");
    check_resolve(FORK, "d@head", "e");
    check_resolve(FORK, "left", "b");
    check_resolve(FORK, "left@base", "");
    check_resolve(FORK, "left@head-1", "b");
    check_resolve(FORK, "left@a+2", "c");
    check_resolve(FORK, "a+1", "Ambiguous walk");
    check_resolve(FORK, "left@e", "Revision e is not a member of branch 'left'");
    check_resolve(FORK, "up@head", "Can't locate revision identified by 'up'");
    check_resolve("a1 b1<a1:x c1<a1 b2<b1 b3<c1", "x@b",
                  "Multiple revisions start with 'b': 'b1', "
                  "'b2'");
    check_resolve("a1 b1<a1:x c1<a1 d2<b1 d3<c1", "x@d", "d2");
}

static void upgrade_goes_up_a_line(void)
{
    check_up("a b<a c<b", "", "head", "a: +a; b: a>b; c: b>c");
    check_up("a b<a c<b", "b", "head", "c: b>c");
    check_up("a b<a c<b", "c", "head", "");
    check_up("a b<a c<b", "c", "a", "");
    check_up("a b<a c<b", "a", "+1", "b: a>b");
    check_up("a b<a c<b", "", "+2", "a: +a; b: a>b");
    check_up("a b<a c<b", "", "a+1", "a: +a; b: a>b");
    check_up("a b<a c<b", "", "head-1", "a: +a; b: a>b");
    check_up("a b<a c<b", "b", "+2", "Relative revision +2 didn't produce 2 migrations");
    check_up("a b<a c<b", "b", "-1", "Relative revision -1 didn't produce 1 migrations");
    check_up("a b<a c<b", "b", "b+2", "Walked too far");
    check_up("a b<a", "zz", "head", "Can't locate revision identified by 'zz'");
    check_up("", "", "head", "");
}

static void check_hint(const char *graph_text, const char *rows, const char *target, bool up,
                       const char *hint)
{
    g_autoptr(RevisionGraph) graph = graphs_new(graph_text);
    g_auto(GStrv) at = g_strsplit(rows, " ", -1);
    g_autoptr(GError) error = NULL;
    GPtrArray *path = up ? path_upgrade(graph, (const char *const *)at, target, &error)
                         : path_downgrade(graph, (const char *const *)at, target, &error);
    g_assert_null(path);
    g_assert_cmpstr(strstr(error->message, "\nhint: ") + strlen("\nhint: "), ==, hint);
}

static void hints_name_the_ways_on(void)
{
    check_hint(DIAMOND, "d", "-1", false, "from d it leads to b, c; name the revision to reach");
    check_hint(FORK, "a", "+1", true, "from a it leads to b, d; name the revision to reach");
    check_hint("a b<a", "zz", "head", true,
               "the database is at it, but there is no such file: put it back, or let \"retort "
               "stamp --purge\" say where the database is");
    check_hint("a b<a", "b", "+1", false,
               "a downgrade counts downwards, as in -1; \"retort upgrade\" counts up");
    check_hint("a b<a", "a", "-1", true,
               "an upgrade counts upwards, as in +1; \"retort downgrade\" counts down");
    check_hint("a b<a", "b", "a+9", true,
               "a has not so many revisions above it; \"retort history\" lists them all");
    check_hint("a b<a", "b", "+1", true,
               "there are not so many in that direction; \"retort history -i\" shows where the "
               "database is");
}

static void branch_inserts_and_merge_deletes_rows(void)
{
    check_up(DIAMOND, "", "heads", "a: +a; b: a>b; c: +c; d: -b c>d; e: d>e");
    check_down(DIAMOND, "e", "base", "~e: e>d; ~d: d>c +b; ~c: -c; ~b: b>a; ~a: -a");
    check_up(FORK, "a", "heads", "b: a>b; c: b>c; d: +d; e: d>e");
    check_down(FORK, "c e", "a", "~e: e>d; ~d: -d; ~c: c>b; ~b: b>a");
}

static void several_bases_have_rows_each(void)
{
    check_up("a b<a x y<x", "", "heads", "a: +a; b: a>b; x: +x; y: x>y");
    check_down("a b<a x y<x", "b y", "base", "~y: y>x; ~x: -x; ~b: b>a; ~a: -a");
    check_up("a:l b<a x:r y<x", "", "r@head", "x: +x; y: x>y");
    check_down("a:l b<a x:r y<x", "b y", "l@base", "~b: b>a; ~a: -a");
}

static void dependencies_are_pulled_in_and_kept(void)
{
    const char *text = "a b<a x y<x!b z<y";
    check_up(text, "", "y", "a: +a; b: a>b; x: +x; y: -b x>y");
    check_up(text, "", "heads", "a: +a; b: a>b; x: +x; y: -b x>y; z: y>z");
    check_down(text, "z", "x", "~z: z>y; ~y: y>x +b");
    check_down(text, "z", "a", "~z: z>y; ~y: y>x +b; ~b: b>a");
    check_up("a b<a x y<x!b c<b", "y", "heads", "c: +c");
    check_down("a b<a x y<x!b c<b", "c y", "x", "~y: y>x");
}

static void relative_steps_on_branches(void)
{
    check_up(FORK, "c e", "+1", "Ambiguous upgrade from multiple current revisions");
    check_up(FORK, "a", "+1", "Ambiguous walk");
    check_up(FORK, "a", "left@+1", "b: a>b");
    check_up(FORK, "", "left@+2", "a: +a; b: a>b");
    check_up(FORK, "c", "right@+1", "d: +d");
    check_up(FORK, "c e", "left@head", "");
    check_down(FORK, "c e", "left@-1", "~c: c>b");
    check_down(FORK, "c e", "-1", "~c: c>b");
    check_down(FORK, "c e", "-2", "~c: c>b; ~b: -b");
    check_down(DIAMOND, "d", "-1", "Ambiguous walk");
    check_down("a b<a", "b", "-2", "~b: b>a; ~a: -a");
    check_down("a b<a", "b", "-3", "Relative revision -3 didn't produce 3 migrations");
    check_down("a b<a", "", "-1", "Relative revision -1 didn't produce 1 migrations");
    check_down("a b<a", "b", "+1", "Relative revision +1 didn't produce 1 migrations");
    check_down("a b<a c<b", "c", "a+1", "~c: c>b");
    check_down("a b<a c<b", "c", "head-2", "~c: c>b; ~b: b>a");
}

static void downgrade_to_what_is_not_applied_is_refused(void)
{
    check_down("a b<a", "b", "b", "");
    check_down("a b<a", "a", "b",
               "Destination b is not a valid downgrade target from current head(s)");
    check_down(FORK, "c", "d",
               "Destination d is not a valid downgrade target from current head(s)");
    check_down(FORK, "c e", "b", "~c: c>b");
    check_down("a b<a", "b", "zz", "Can't locate revision identified by 'zz'");
    const char *const two[] = {"c", "e", NULL}, *const one[] = {"c", NULL};
    g_assert_true(resolve_is_ambiguous(two, "-1"));
    g_assert_false(resolve_is_ambiguous(two, "left@-1"));
    g_assert_false(resolve_is_ambiguous(two, "c-1"));
    g_assert_false(resolve_is_ambiguous(one, "-1"));
}

static void stamp_moves_rows_without_running(void)
{
    check_stamp("a b<a c<b", "", "head", "c: +c");
    check_stamp("a b<a c<b", "a", "head", "c: a>c");
    check_stamp("a b<a c<b", "c", "a", "~a: c>a");
    check_stamp("a b<a c<b", "c", "c", "");
    check_stamp("a b<a c<b", "c", "base", "~base: -c");
    check_stamp("a b<a c<b", "", "base", "~base:");
    check_stamp(FORK, "c e", "a", "~a: -c e>a");
    check_stamp(FORK, "", "heads", "c: +c; e: +e");
    check_stamp(FORK, "c", "e", "e: +e");
    check_stamp(FORK, "", "head",
                "Multiple heads are present; please specify a single target revision");
    check_stamp(FORK, "c e", "left@base", "~base: -c");
    check_stamp(FORK, "", "c e", "c: +c; e: +e");
    check_stamp(FORK, "", "a c", "Requested revision c overlaps with other requested revisions a");
    check_stamp("a:x b<a c<a!b", "", "x@heads", "c: +c");
    check_stamp(DIAMOND, "b c", "head", "e: -b c>e");
    check_stamp("a b<a", "", "zz", "Can't locate revision identified by 'zz'");
}

static void history_is_newest_first(void)
{
    check_history("a b<a c<b", "", NULL, "c b a");
    check_history("a b<a c<b", "", "a:b", "b a");
    check_history("a b<a c<b", "", "b:", "c b");
    check_history("a b<a c<b", "", ":b", "b a");
    check_history("a b<a c<b", "b", "current:", "c b");
    check_history("a b<a c<b", "b", ":current", "b a");
    check_history("a b<a c<b d<c e<d", "e", "-3:current", "e d c b");
    check_history("a b<a c<b", "a", "current:+1", "b a");
    check_history(FORK, "a", "current:left@+2", "c b a");
    check_history(FORK, "", "left@base:", "c b a");
    check_history(FORK, "", "b:c", "c b");
    check_history("a b<a x y<x", "", NULL, "y x b a");
    check_history("a b<a x y<x", "", "b:", "b");
    check_history(FORK, "", "c:e",
                  "Requested range c:e does not refer to ancestor/descendant revisions along the "
                  "same branch");
    check_history("a b<a", "", "b:a",
                  "Requested range b:a does not refer to ancestor/descendant revisions along the "
                  "same branch");
    check_history("a", "", "a", "History range requires [start]:[end], [start]:, or :[end]");
    check_history("a", "", "a:b:c", "History range requires [start]:[end], [start]:, or :[end]");
    check_history("a", "", "x:", "Can't locate revision identified by 'x'");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve/words", words_name_revisions);
    g_test_add_func("/resolve/labels", labels_narrow);
    g_test_add_func("/path/line", upgrade_goes_up_a_line);
    g_test_add_func("/path/rows", branch_inserts_and_merge_deletes_rows);
    g_test_add_func("/path/hints", hints_name_the_ways_on);
    g_test_add_func("/path/bases", several_bases_have_rows_each);
    g_test_add_func("/path/dependencies", dependencies_are_pulled_in_and_kept);
    g_test_add_func("/path/relative", relative_steps_on_branches);
    g_test_add_func("/path/refused", downgrade_to_what_is_not_applied_is_refused);
    g_test_add_func("/path/stamp", stamp_moves_rows_without_running);
    g_test_add_func("/path/history", history_is_newest_first);
    return g_test_run();
}
