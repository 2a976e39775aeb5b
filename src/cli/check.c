/*
 * retort check: whether the database is what the models say.
 */
#include "cli/plan_output.h"
#include "cli/run.h"
#include "cli/workplace.h"
#include "diff/diff.h"
#include "render/render.h"

static bool compare(Workplace *workplace, bool revisions, bool json, GError **error)
{
    if (!revisions && !workplace_expect_head(workplace, error))
        return false;
    Wanted *models = workplace_models(workplace, error);
    const Schema *wanted = models == NULL ? NULL : wanted_schema(models, error);
    if (wanted == NULL)
        return false;
    g_autoptr(Schema) now =
        revisions ? workplace_replay(workplace, error) : workplace_read(workplace, error);
    if (now == NULL)
        return false;
    workplace_warn_unmanaged(now, wanted);
    g_autoptr(GPtrArray) changes = diff_schemas(now, wanted);
    g_autoptr(GPtrArray) statements = render_changes(changes, now, wanted);
    if (statements->len > 0 || json)
        plan_print(statements, json);
    if (statements->len == 0) {
        g_message("No new upgrade operations detected.");
        return true;
    }
    g_set_error(error, APP_ERROR, APP_ERROR_DIFFERS,
                "New upgrade operations detected: %u statement%s\n"
                "hint: \"retort revision --autogenerate\" writes them into a revision",
                statements->len, statements->len == 1 ? "" : "s");
    return false;
}

bool run_check(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    g_autofree char *against = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"against", 0, 0, G_OPTION_ARG_STRING, &against,
         "compare the models with the \"database\" (default) or the \"revisions\"", "WHAT"},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("check", words, 0, 0, error))
        return false;
    bool revisions = g_strcmp0(against, "revisions") == 0;
    if (against != NULL && !revisions && !g_str_equal(against, "database")) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "--against takes \"database\" or \"revisions\", not \"%s\"", against);
        return false;
    }
    g_autoptr(Project) project = project_open(&options, error);
    g_autoptr(Workplace) workplace = project == NULL ? NULL : workplace_open(project, error);
    return workplace != NULL && compare(workplace, revisions, json, error);
}
