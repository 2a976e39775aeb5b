/*
 * retort check: whether the database is what the models say, and whether the endpoints fit both.
 */
#include "cli/endpoints.h"
#include "cli/output.h"
#include "cli/plan_output.h"
#include "cli/run.h"
#include "cli/workplace.h"
#include "diff/diff.h"
#include "migrate/guards.h"
#include "render/render.h"

/* What a run of the command found. */
typedef struct Check {
    Workplace *workplace;
    bool revisions; /* compare with these, not with the database */
    EndpointSet *endpoints;
    json_t *rows;         /* all that was found, for --json */
    char *models_wrong;   /* (nullable): endpoints that the models do not fit */
    char *database_wrong; /* (nullable): the same of the database */
    GPtrArray *statements;
    char *open; /* (nullable): policies and row security that are missing */
} Check;

static void check_clear(Check *check)
{
    endpoint_set_free(check->endpoints);
    json_decref(check->rows);
    g_free(check->models_wrong);
    g_free(check->open);
    g_free(check->database_wrong);
    g_clear_pointer(&check->statements, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Check, check_clear)

/* What the models guard and the database does not is a difference, though no revision is made of
 * it. */
static void note_guards(Check *check, const Schema *now, const Schema *wanted)
{
    g_autoptr(GPtrArray) missing = guards_missing(now, wanted);
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < missing->len; i++) {
        const Object *guard = missing->pdata[i];
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", guard->identity);
        json_t *row = json_object();
        json_object_set_new(row, "missing", output_string(guard->identity));
        json_array_append_new(check->rows, row);
    }
    check->open = missing->len > 0 ? g_strdup(names->str) : NULL;
}

/* The difference between the models and the database or the revisions. */
static bool compare(Check *check, GError **error)
{
    if (!check->revisions && !workplace_expect_head(check->workplace, error))
        return false;
    Wanted *models = workplace_models(check->workplace, error);
    const Schema *wanted = models == NULL ? NULL : wanted_schema(models, error);
    if (wanted == NULL)
        return false;
    g_autoptr(Schema) now = check->revisions ? workplace_replay(check->workplace, error)
                                             : workplace_read(check->workplace, error);
    if (now == NULL)
        return false;
    workplace_warn_unmanaged(check->workplace, now, wanted);
    note_guards(check, now, wanted);
    g_autoptr(GPtrArray) changes = diff_schemas(now, wanted);
    check->statements = render_changes(changes, now, wanted);
    json_t *rows = plan_rows(check->statements);
    json_array_extend(check->rows, rows);
    json_decref(rows);
    return true;
}

/* The findings beside one database; "" becomes %NULL. */
static bool describe(Check *check, Database *db, const char *against, char **out_wrong,
                     GError **error)
{
    if (db == NULL ||
        !endpoints_describe(workplace_project(check->workplace), check->endpoints, db, error))
        return false;
    endpoints_append_rows(check->rows, check->endpoints, against);
    if (check->endpoints->findings->len > 0)
        *out_wrong = endpoint_set_findings(check->endpoints);
    return true;
}

static bool describe_by_models(Check *check, GError **error)
{
    if (check->endpoints->endpoints->len == 0)
        return true;
    Wanted *models = workplace_models(check->workplace, error);
    Database *db = models == NULL ? NULL : wanted_database(models, error);
    if (!describe(check, db, "models", &check->models_wrong, error))
        return false;
    endpoints_note_lists(check->endpoints);
    return true;
}

static bool describe_by_database(Check *check, GError **error)
{
    return check->endpoints->endpoints->len == 0 || check->revisions ||
           describe(check, workplace_database(check->workplace), "database", &check->database_wrong,
                    error);
}

/*
 * One status for all that was found: endpoints that the models do not fit are wrong whatever the
 * database is, and what only the database does not fit follows from the difference, if there is
 * one.
 */
static bool conclude(const Check *check, GError **error)
{
    unsigned count = check->statements->len;
    g_autofree char *differs =
        g_strdup_printf("New upgrade operations detected: %u statement%s\n"
                        "hint: \"retort revision --autogenerate\" writes them into a revision",
                        count, count == 1 ? "" : "s");
    if (check->models_wrong != NULL) {
        if (count > 0)
            g_message("%s", differs);
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s", check->models_wrong);
        return false;
    }
    if (count > 0) {
        unsigned ahead =
            check->database_wrong == NULL ? 0 : endpoints_count_wrong(check->endpoints);
        if (ahead > 0)
            g_message("%u endpoint%s the models, and the database once \"retort upgrade head\" "
                      "has run the revision for them",
                      ahead, ahead == 1 ? " fits" : "s fit");
        g_set_error(error, APP_ERROR, APP_ERROR_DIFFERS, "%s", differs);
        return false;
    }
    if (check->database_wrong != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "endpoints that fit the models do not fit the database:\n%s",
                    check->database_wrong);
        return false;
    }
    if (check->open != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_DIFFERS,
                    "%s less strict than the models: it lacks %s\n"
                    "hint: a revision that is written by hand makes them, which "
                    "\"--autogenerate\" does not yet",
                    check->revisions ? "what the revisions make is" : "the database is",
                    check->open);
        return false;
    }
    g_message("No new upgrade operations detected.");
    return true;
}

static bool run(Check *check, bool json, GError **error)
{
    check->rows = json_array();
    check->endpoints = endpoints_load(workplace_project(check->workplace), error);
    if (check->endpoints == NULL || !describe_by_models(check, error))
        return false;
    if (!compare(check, error)) {
        if (check->models_wrong != NULL)
            g_message("Endpoints do not fit the models:\n%s", check->models_wrong);
        return false;
    }
    if (!describe_by_database(check, error))
        return false;
    if (json)
        output_json(check->rows);
    else if (check->statements->len > 0)
        plan_print(check->statements, false);
    return conclude(check, error);
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
    if (workplace == NULL)
        return false;
    g_auto(Check) check = {.workplace = workplace, .revisions = revisions};
    return run(&check, json, error);
}
