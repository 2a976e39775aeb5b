#include "cli/autogenerate.h"

#include "base/terminal.h"
#include "cli/endpoints.h"
#include "cli/workplace.h"
#include "diff/candidates.h"
#include "diff/diff.h"
#include "migrate/data_need.h"
#include "migrate/draft.h"
#include "migrate/proof.h"
#include "migrate/rename.h"
#include "revision/parse.h"
#include "revision/write.h"

#include <string.h>

/* What one run needs, all of it borrowed but for what autogeneration_clear() frees. */
typedef struct Autogeneration {
    Workplace *workplace;
    const AutogenerateOptions *options;
    Wanted *models;
    Rehearsal *rehearsal; /* (nullable): at the state that the revisions give */
    char **renames;       /* decided: on the command line or on the terminal */
} Autogeneration;

static void autogeneration_clear(Autogeneration *run)
{
    rehearsal_free(run->rehearsal);
    workplace_free(run->workplace);
    g_strfreev(run->renames);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Autogeneration, autogeneration_clear)

/* A scratch database on which all revisions have run; made once. */
static Rehearsal *rehearse(Autogeneration *run, GError **error)
{
    if (run->rehearsal != NULL)
        return run->rehearsal;
    const RevisionGraph *graph = workplace_graph(run->workplace, error);
    if (graph == NULL)
        return NULL;
    g_autoptr(GPtrArray) ordered = workplace_ordered(graph);
    g_autoptr(Rehearsal) rehearsal = rehearsal_new(workplace_rehearsal(run->workplace), error);
    if (rehearsal == NULL || !rehearsal_replay(rehearsal, ordered, error))
        return NULL;
    run->rehearsal = g_steal_pointer(&rehearsal);
    return run->rehearsal;
}

static Schema *read_rehearsal(Autogeneration *run, GError **error)
{
    const CatalogOptions *catalog = &workplace_rehearsal(run->workplace)->snapshot.catalog;
    Rehearsal *rehearsal = rehearse(run, error);
    return rehearsal == NULL ? NULL : catalog_read(rehearsal_database(rehearsal), catalog, error);
}

static bool execute_all(Rehearsal *rehearsal, char **statements, GError **error)
{
    for (size_t i = 0; statements[i] != NULL; i++)
        if (!database_execute(rehearsal_database(rehearsal), statements[i], error))
            return false;
    return true;
}

/* The schema as it is when the renames have been made; the rehearsal is left as it was. */
static Schema *read_renamed(Autogeneration *run, const RenamePlan *plan, GError **error)
{
    Rehearsal *rehearsal = rehearse(run, error);
    if (rehearsal == NULL || !execute_all(rehearsal, plan->forward, error))
        return NULL;
    g_autoptr(Schema) renamed = read_rehearsal(run, error);
    if (renamed == NULL || !execute_all(rehearsal, plan->backward, error))
        return NULL;
    return g_steal_pointer(&renamed);
}

/* Asks on the terminal, or says what could be said, whether the candidate is a rename. */
static bool decide_rename(const RenameCandidate *candidate, GStrvBuilder *decided)
{
    const char *kind = object_kinds[candidate->from->kind].name;
    const char *old = candidate->from->identity;
    const char *new = candidate->to->name;
    g_autofree char *word = g_strdup_printf("%s=%s", old, new);
    if (!terminal_is(0) || !terminal_is(2)) {
        g_message("%s %s is dropped and %s made; if it was renamed, say --rename '%s'", kind, old,
                  candidate->to->identity, word);
        return false;
    }
    g_autofree char *question =
        g_strdup_printf("Was %s %s renamed to \"%s\"? [y/N] ", kind, old, new);
    g_autofree char *answer = terminal_ask(question, NULL);
    if (answer == NULL || g_ascii_tolower(answer[0]) != 'y')
        return false;
    g_strv_builder_add(decided, word);
    return true;
}

/* The renames of the command line, and those that the user decides on now. */
static void decide_renames(Autogeneration *run, const Schema *now, const Schema *wanted)
{
    g_autoptr(GStrvBuilder) decided = g_strv_builder_new();
    const char *const *given = run->options->renames;
    for (size_t i = 0; given != NULL && given[i] != NULL; i++)
        g_strv_builder_add(decided, given[i]);
    g_autoptr(GArray) candidates = rename_candidates(now, wanted);
    const Object *settled = NULL; /* an object is renamed only once */
    for (unsigned i = 0; (given == NULL || given[0] == NULL) && i < candidates->len; i++) {
        const RenameCandidate *candidate = &g_array_index(candidates, RenameCandidate, i);
        if (candidate->from != settled && decide_rename(candidate, decided))
            settled = candidate->from;
    }
    run->renames = g_strv_builder_end(decided);
}

/* What is on one side: the database, or what the revisions give. */
static Schema *read_now(Autogeneration *run, GError **error)
{
    if (run->options->against_revisions)
        return read_rehearsal(run, error);
    if (!workplace_expect_head(run->workplace, error))
        return NULL;
    return workplace_read(run->workplace, error);
}

/* The database must be what its revisions make, or the proof would be about another. */
static bool expect_no_drift(const Autogeneration *run, const Schema *now, const Snapshot *before,
                            GError **error)
{
    if (run->options->against_revisions)
        return true;
    Snapshot live = {.schema = (Schema *)now};
    Snapshot replayed = {.schema = before->schema};
    g_autofree char *difference = snapshot_compare(&replayed, &live, true);
    if (difference == NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "the database is not what its revisions make: somebody changed it by hand\n%s"
                "hint: \"--against revisions\" leaves the changes made by hand out, "
                "\"--no-proof\" writes the revision unproven",
                difference);
    return false;
}

static bool prove(Autogeneration *run, Revision *revision, const Schema *now, GError **error)
{
    Rehearsal *rehearsal = rehearse(run, error);
    const Snapshot *wanted = rehearsal == NULL ? NULL : wanted_snapshot(run->models, error);
    g_autoptr(Snapshot) before = wanted == NULL ? NULL : rehearsal_look(rehearsal, error);
    if (before == NULL || !expect_no_drift(run, now, before, error))
        return false;
    g_autofree char *text = revision_write(revision);
    g_autoptr(Revision) written = revision_parse(text, strlen(text), "the new revision", error);
    if (written == NULL)
        return false;
    g_auto(Proof) proof = {0};
    g_autoptr(Snapshot) after = NULL;
    if (!proof_run(rehearsal, written, before, wanted, &proof, &after, error))
        return false;
    if (proof.problem != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                    "the revision is not proven, and not written: %s\n"
                    "hint: \"--no-proof\" writes it all the same, to be corrected by hand",
                    proof.problem);
        return false;
    }
    revision->proof = proof_format(&proof, written);
    return true;
}

/* Fills in the steps. */
static bool draft(Autogeneration *run, Revision *revision, const Schema *now, const Schema *wanted,
                  GError **error)
{
    decide_renames(run, now, wanted);
    g_auto(RenamePlan) plan = {0};
    if (!rename_plan_make((const char *const *)run->renames, now, &plan, error))
        return false;
    if (run->renames[0] == NULL) {
        draft_fill(revision, now, wanted, NULL, NULL);
        return true;
    }
    g_autoptr(Schema) renamed = read_renamed(run, &plan, error);
    if (renamed == NULL)
        return false;
    draft_fill(revision, renamed, wanted, (const char *const *)plan.forward,
               (const char *const *)plan.backward);
    return true;
}

/* Of what the rows of the database would refuse, while it can still be written another way. */
static bool warn_of_rows(const Autogeneration *run, const Revision *revision, GError **error)
{
    if (run->options->against_revisions)
        return true;
    const Config *config = project_config(workplace_project(run->workplace));
    PlanItem item = {.revision = revision, .up = true};
    g_autoptr(GPtrArray) plan = g_ptr_array_new();
    g_ptr_array_add(plan, &item);
    g_autoptr(GPtrArray) needs =
        data_need_find(workplace_database(run->workplace), plan,
                       config_get(config, "migrate", "search_path"), error);
    for (unsigned i = 0; needs != NULL && i < needs->len; i++) {
        const DataNeed *need = needs->pdata[i];
        g_warning("%s: the upgrade would be refused\nhint: %s", need->text, need->hint);
    }
    return needs != NULL;
}

/* Of endpoints that the schema after the revision does not fit, while both can be changed. After a
 * proof the rehearsal is there. */
static void warn_of_endpoints(Autogeneration *run, const Project *project)
{
    g_autoptr(GError) error = NULL; /* the models have just run: only told */
    if (!endpoints_exist(project))
        return;
    bool proven = run->rehearsal != NULL && !run->options->without_proof;
    Database *db =
        proven ? rehearsal_database(run->rehearsal) : wanted_database(run->models, &error);
    if (error != NULL)
        g_warning("the endpoints could not be checked: %s", error->message);
    else
        endpoints_warn(project, db, "after this revision");
}

bool autogenerate(Project *project, Revision *revision, const AutogenerateOptions *options,
                  bool *out_found, GError **error)
{
    g_auto(Autogeneration) run = {.options = options};
    run.workplace = workplace_open(project, error);
    run.models = run.workplace == NULL ? NULL : workplace_models(run.workplace, error);
    const Schema *wanted = run.models == NULL ? NULL : wanted_schema(run.models, error);
    g_autoptr(Schema) now = wanted == NULL ? NULL : read_now(&run, error);
    if (now == NULL)
        return false;
    workplace_warn_unmanaged(run.workplace, now, wanted);
    if (!draft(&run, revision, now, wanted, error))
        return false;
    *out_found = revision->upgrade->len > 0;
    if (!*out_found)
        return true;
    if (!options->without_proof && !prove(&run, revision, now, error))
        return false;
    warn_of_endpoints(&run, project);
    return warn_of_rows(&run, revision, error);
}
