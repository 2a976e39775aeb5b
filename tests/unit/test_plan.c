#include "graphs.h"
#include "migrate/plan.h"

static void add_steps(GPtrArray *steps, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        Step *step = step_new(true);
        g_ptr_array_add(step->statements, statement_new(*texts, 1));
        g_ptr_array_add(steps, step);
    }
}

/* A base "a" and a child "b" with three steps each way. */
static RevisionGraph *new_graph(void)
{
    static const char *const up[] = {"create table x ()", "create table y ()", "create table z ()",
                                     NULL};
    static const char *const down[] = {"drop table z", "drop table y", "drop table x", NULL};
    g_autoptr(GError) error = NULL;
    GPtrArray *revisions = graphs_revisions("a b<a");
    for (unsigned i = 0; i < revisions->len; i++) {
        Revision *revision = revisions->pdata[i];
        add_steps(revision->upgrade, up);
        add_steps(revision->downgrade, down);
    }
    RevisionGraph *graph = revision_graph_new(revisions, &error);
    g_assert_no_error(error);
    return graph;
}

static char **at(const char *ids)
{
    return *ids != '\0' ? g_strsplit(ids, ",", -1) : g_new0(char *, 1);
}

/* Where a run of revision "b" stopped after @step steps. */
static Position *stopped(const RevisionGraph *graph, bool up, unsigned step)
{
    PlanItem done = {.revision = revision_graph_find(graph, "b")->revision, .up = up};
    Position *position = g_new0(Position, 1);
    position->revision = g_strdup("b");
    position->direction = g_strdup(up ? "upgrade" : "downgrade");
    position->step = step;
    position->steps = 3;
    position->step_checksum = plan_item_checksum(&done, step);
    return position;
}

/* The plan as words: "+b:1" goes up b from its second step; "=" marks rows that change. */
static char *describe(const Plan *plan)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < plan->items->len; i++) {
        const PlanItem *item = plan->items->pdata[i];
        g_string_append_printf(text, "%s%c%s:%u%s", i > 0 ? " " : "", item->up ? '+' : '-',
                               item->revision->id, item->done, item->rows->len > 0 ? "=" : "");
    }
    return g_strdup(text->str);
}

static void assert_plan(const char *rows, Position *stop, bool up, const char *target,
                        const char *expected)
{
    g_autoptr(RevisionGraph) graph = new_graph();
    g_autoptr(Position) position = stop;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = plan_new(graph, at(rows), position, up, target, &error);
    g_autofree char *found = plan != NULL ? describe(plan) : g_strdup(error->message);
    g_assert_cmpstr(found, ==, expected);
}

static Position *stop_at(bool up, unsigned step)
{
    g_autoptr(RevisionGraph) graph = new_graph();
    return stopped(graph, up, step);
}

static void whole_revisions_change_rows(void)
{
    assert_plan("", NULL, true, "head", "+a:0= +b:0=");
    assert_plan("b", NULL, false, "base", "-b:0= -a:0=");
    assert_plan("b", NULL, true, "head", "");
}

static void run_goes_on_after_the_last_step(void)
{
    assert_plan("a", stop_at(true, 2), true, "head", "+b:2=");
    assert_plan("b", stop_at(false, 1), false, "a", "-b:1=");
    assert_plan("b", stop_at(false, 1), false, "base", "-b:1= -a:0=");
}

static void part_is_taken_back_by_the_other_direction(void)
{
    assert_plan("a", stop_at(true, 2), false, "a", "-b:1");
    assert_plan("a", stop_at(true, 2), false, "base", "-b:1 -a:0=");
    assert_plan("b", stop_at(false, 1), true, "head", "+b:2");
    /* taken back in part, too */
    assert_plan("a", stop_at(false, 2), false, "a", "-b:2");
    assert_plan("a", stop_at(false, 2), true, "head", "+b:1=");
}

static GError *refusal(RevisionGraph *graph, Position *position, const char *rows, bool up,
                       const char *target)
{
    GError *error = NULL;
    g_autoptr(Plan) plan = plan_new(graph, at(rows), position, up, target, &error);
    g_assert_null(plan);
    g_assert_error(error, APP_ERROR, APP_ERROR_HISTORY);
    return error;
}

static void plan_without_the_part_is_refused(void)
{
    g_autoptr(RevisionGraph) graph = new_graph();
    g_autoptr(Position) position = stopped(graph, true, 1);
    g_autoptr(GError) error = refusal(graph, position, "", true, "a");
    g_assert_true(g_str_has_prefix(
        error->message, "revision \"b\" stopped in the middle of its upgrade, after step 1 of 3"));
}

static void step_begun_outside_is_not_turned_back(void)
{
    g_autoptr(RevisionGraph) graph = new_graph();
    g_autoptr(Position) position = stopped(graph, true, 1);
    position->attempted = true;
    g_autoptr(GError) error = refusal(graph, position, "a", false, "a");
    g_assert_nonnull(strstr(error->message, "begun outside a transaction"));
}

static Statement *statement_of(const RevisionGraph *graph, unsigned step)
{
    const Step *found = revision_graph_find(graph, "b")->revision->upgrade->pdata[step];
    return found->statements->pdata[0];
}

static void edit(Statement *statement, const char *text)
{
    g_free(statement->text);
    statement->text = g_strdup(text);
}

static void only_steps_that_were_done_must_stay(void)
{
    g_autoptr(RevisionGraph) graph = new_graph();
    g_autoptr(Position) position = stopped(graph, true, 1);
    edit(statement_of(graph, 0), "CREATE  TABLE x /* layout is free */ ()");
    edit(statement_of(graph, 1), "create table other ()");
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = plan_new(graph, at("a"), position, true, "head", &error);
    g_assert_no_error(error);
    g_autofree char *found = describe(plan);
    g_assert_cmpstr(found, ==, "+b:1=");

    edit(statement_of(graph, 0), "create table edited ()");
    g_autoptr(GError) refused = refusal(graph, position, "a", true, "head");
    g_assert_nonnull(strstr(refused->message, "was changed in what was done"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/whole", whole_revisions_change_rows);
    g_test_add_func("/plan/resume", run_goes_on_after_the_last_step);
    g_test_add_func("/plan/back", part_is_taken_back_by_the_other_direction);
    g_test_add_func("/plan/without", plan_without_the_part_is_refused);
    g_test_add_func("/plan/outside", step_begun_outside_is_not_turned_back);
    g_test_add_func("/plan/edited", only_steps_that_were_done_must_stay);
    return g_test_run();
}
