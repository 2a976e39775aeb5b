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
    g_autoptr(Schema) from = schema_source_load(workplace, words[0], error);
    g_autoptr(Schema) to = from == NULL ? NULL : schema_source_load(workplace, words[1], error);
    if (to == NULL)
        return false;
    workplace_warn_unmanaged(from, to);
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
    g_autoptr(Workplace) workplace = project == NULL ? NULL : workplace_open(project, error);
    return workplace != NULL && print_difference(workplace, words, json, error);
}
