#include "migrate/draft.h"

#include "diff/diff.h"
#include "render/document.h"

#include <string.h>

static GPtrArray *render(const Schema *from, const Schema *to, GPtrArray **out_changes)
{
    *out_changes = diff_schemas(from, to);
    return render_changes(*out_changes, from, to);
}

/*
 * The text of a statement as the revision shows it: with what it loses, and when it fails,
 * in comments.
 */
static Statement *draft_statement(const RenderedStatement *rendered)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (rendered->loss != NULL)
        g_string_append_printf(text, "-- loses data: %s\n", rendered->loss);
    if (rendered->risk != NULL)
        g_string_append_printf(text, "-- may fail: %s\n", rendered->risk);
    g_string_append(text, rendered->sql);
    return statement_new(text->str, 0);
}

GPtrArray *draft_steps(const Schema *from, const Schema *to)
{
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GPtrArray) statements = render(from, to, &changes);
    g_autoptr(GPtrArray) groups = document_steps(statements);
    GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    for (unsigned i = 0; i < groups->len; i++) {
        const GPtrArray *group = g_ptr_array_index(groups, i);
        const RenderedStatement *first = g_ptr_array_index(group, 0);
        Step *step = step_new(!first->outside_transaction);
        for (unsigned j = 0; j < group->len; j++)
            g_ptr_array_add(step->statements, draft_statement(g_ptr_array_index(group, j)));
        g_ptr_array_add(steps, step);
    }
    return steps;
}

/*
 * Adds statements before the first step's or after the last one's; in a step of their own where
 * that is no transaction.
 */
static void add_statements(GPtrArray *steps, const char *const *statements, bool first)
{
    Step *step = steps->len == 0 ? NULL : g_ptr_array_index(steps, first ? 0 : steps->len - 1);
    if (step == NULL || !step->in_transaction) {
        step = step_new(true);
        g_ptr_array_insert(steps, first ? 0 : -1, step);
    }
    for (int i = 0; statements[i] != NULL; i++)
        g_ptr_array_insert(step->statements, first ? i : -1, statement_new(statements[i], 0));
}

static bool makes_routine(const Step *step)
{
    static const char *const starts[] = {"CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION ",
                                         "CREATE PROCEDURE ", "CREATE OR REPLACE PROCEDURE "};
    for (unsigned i = 0; i < step->statements->len; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(starts); k++)
            if (g_str_has_prefix(((const Statement *)step->statements->pdata[i])->text, starts[k]))
                return true;
    return false;
}

/* Bodies of functions may use names that only the end of the downgrade gives back. */
static void let_bodies_wait(const GPtrArray *steps)
{
    static const char text[] = "-- a body may use a name that is given back below\n"
                               "SET LOCAL check_function_bodies = off";
    for (unsigned i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        if (step->in_transaction && makes_routine(step))
            g_ptr_array_insert(step->statements, 0, statement_new(text, 0));
    }
}

void draft_fill(Revision *revision, const Schema *now, const Schema *wanted,
                const char *const *before, const char *const *after)
{
    g_clear_pointer(&revision->upgrade, g_ptr_array_unref);
    g_clear_pointer(&revision->downgrade, g_ptr_array_unref);
    revision->upgrade = draft_steps(now, wanted);
    revision->downgrade = draft_steps(wanted, now);
    if (before != NULL && before[0] != NULL)
        add_statements(revision->upgrade, before, true);
    if (after != NULL && after[0] != NULL) {
        let_bodies_wait(revision->downgrade);
        add_statements(revision->downgrade, after, false);
    }
}
