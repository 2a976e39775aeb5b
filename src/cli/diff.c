/*
 * retort diff: the SQL that turns one schema into another.
 */
#include "diff/diff.h"
#include "cli/plan_output.h"
#include "cli/run.h"
#include "cli/schema_source.h"
#include "render/render.h"

static bool print_difference(Workplace *workplace, char **words, bool json, GError **error)
{
    g_autoptr(Schema) from = NULL;
    g_autoptr(Schema) to = NULL;
    if (!schema_source_load_both(workplace, words, &from, &to, error))
        return false;
    workplace_warn_unmanaged(workplace, from, to);
    g_autoptr(GPtrArray) changes = diff_schemas(from, to);
    g_autoptr(GPtrArray) statements = render_changes(changes, from, to);
    plan_print(statements, json);
    if (statements->len == 0)
        g_message("No difference.");
    return true;
}

bool run_diff(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean json = FALSE;
    const GOptionEntry entries[] = {OPTION_JSON(json), {NULL}};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("diff", words, 2, 2, error))
        return false;
    g_autoptr(Project) project = project_open_anywhere(&options, error);
    if (project == NULL || !schema_source_offer(project, words, error))
        return false;
    g_autoptr(Workplace) workplace = workplace_open(project, error);
    return workplace != NULL && print_difference(workplace, words, json, error);
}
