#include "migrate/runner.h"

#include "migrate/data_loss.h"
#include "migrate/data_need.h"
#include "migrate/meeting.h"
#include "migrate/state.h"
#include "pg/transaction.h"
#include "revision/resolve.h"

char *runner_name(void)
{
    return g_strdup_printf("%s@%s, process %d", g_get_user_name(), g_get_host_name(), getpid());
}

/* Where the last run stopped; nowhere if the history does not exist yet. */
static Position *load_position(const Runner *runner, GError **error)
{
    bool exists = false;
    if (!state_exists(runner->db, runner->table, &exists, error))
        return NULL;
    return exists ? history_table_position(runner->table, runner->db, error) : g_new0(Position, 1);
}

Plan *runner_plan(const Runner *runner, bool up, const char *target, GError **error)
{
    g_autoptr(Position) position = load_position(runner, error);
    if (position == NULL)
        return NULL;
    char **rows = version_table_load(runner->table, runner->db, error);
    if (rows == NULL)
        return NULL;
    return plan_new(runner->graph, rows, position, up, target, error);
}

static void tell(const Runner *runner, const char *what, const char *who)
{
    if (runner->apply.say == NULL)
        return;
    g_autofree char *text = g_strconcat("Waiting for ", what, who, NULL);
    runner->apply.say(text, runner->apply.data);
}

static void tell_waiting(const char *holder, void *data)
{
    tell(data, "another runner: ", holder);
}

static void tell_meeting(const char *other, void *data)
{
    tell(data, "", other);
}

/* Before the lease, whose holder must not be silent for long. */
static bool meet_dumps(Runner *runner, GError **error)
{
    const MeetingOptions options = {runner->wait, tell_meeting, runner};
    return meeting_enter(runner->db, MEETING_RUN, &options, error);
}

static Lease *acquire(Runner *runner, GError **error)
{
    if (!state_ensure(runner->db, runner->table, error))
        return NULL;
    LeaseOptions options = {
        .runner = runner->apply.runner,
        .seconds = runner->lease_seconds,
        .wait = runner->wait,
        .waiting = tell_waiting,
        .data = runner,
    };
    return lease_acquire(runner->db, &options, error);
}

/* Before the lease, because a question may take its time to be answered. */
static bool ask_about_losses(Runner *runner, const Plan *plan, GError **error)
{
    if (runner->apply.allow_data_loss)
        return true;
    g_auto(GStrv) losses =
        data_loss_find(runner->db, plan->items, runner->apply.search_path, error);
    if (losses == NULL)
        return false;
    if (*losses == NULL)
        return true;
    if (runner->consent == NULL || !runner->consent(losses, runner->consent_data, error))
        return false;
    runner->apply.allow_data_loss = true;
    return true;
}

static char **find_edited(const Runner *runner, const NodeSet *applied, GHashTable *checksums)
{
    g_autoptr(GStrvBuilder) edited = g_strv_builder_new();
    const GPtrArray *nodes = revision_graph_nodes(runner->graph);
    for (unsigned i = 0; i < nodes->len; i++) {
        const RevisionNode *node = nodes->pdata[i];
        const char *then = g_hash_table_lookup(checksums, node->revision->id);
        if (applied[node->index] && then != NULL && g_strcmp0(then, node->revision->checksum) != 0)
            g_strv_builder_add(edited, node->revision->id);
    }
    return g_strv_builder_end(edited);
}

char **runner_load_edited(const Runner *runner, GError **error)
{
    g_auto(GStrv) rows = version_table_load(runner->table, runner->db, error);
    if (rows == NULL)
        return NULL;
    g_autoptr(GPtrArray) at = resolve_rows(runner->graph, (const char *const *)rows, error);
    g_autoptr(GHashTable) checksums =
        at != NULL ? history_table_checksums(runner->table, runner->db, error) : NULL;
    if (checksums == NULL)
        return NULL;
    g_autofree NodeSet *applied = revision_graph_ancestors(runner->graph, at, true);
    return find_edited(runner, applied, checksums);
}

#define NAMED_MOST 5 /* revisions that a warning names */

static void warn_of(const Runner *runner, const GPtrArray *ids, const char *what, const char *hint)
{
    if (ids->len == 0 || runner->warn == NULL)
        return;
    g_autoptr(GString) text = g_string_new(ids->len == 1 ? "revision " : "revisions ");
    for (unsigned i = 0; i < MIN(ids->len, NAMED_MOST); i++)
        g_string_append_printf(text, "%s\"%s\"", i > 0 ? ", " : "", (char *)ids->pdata[i]);
    if (ids->len > NAMED_MOST)
        g_string_append_printf(text, " and %u more", ids->len - NAMED_MOST);
    g_string_append_printf(text, " %s %s\nhint: %s", ids->len == 1 ? "is" : "are", what, hint);
    runner->warn(text->str, runner->warn_data);
}

static void warn_of_proofs(const Runner *runner, const Plan *plan)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) stale = g_ptr_array_new();
    for (unsigned i = 0; i < plan->items->len; i++) {
        const PlanItem *item = plan->items->pdata[i];
        ProofState state = revision_proof_state(item->revision);
        if (state != PROOF_GOOD)
            g_ptr_array_add(state == PROOF_NONE ? none : stale, item->revision->id);
    }
    warn_of(runner, none, "not proven", "\"retort prove\" tries them on a throw-away database");
    warn_of(runner, stale, "edited since the proof", "\"retort prove\" proves them again");
}

static bool warn_of_edited(const Runner *runner, GError **error)
{
    g_auto(GStrv) edited = runner_load_edited(runner, error);
    if (edited == NULL)
        return false;
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (char **id = edited; *id != NULL; id++)
        g_ptr_array_add(ids, *id);
    warn_of(runner, ids, "applied, but the file was edited since",
            "put the file back as it was, and say the change in a new revision");
    return true;
}

/* A time that the server does not understand is told before anything is changed. */
static bool check_times(const Runner *runner, GError **error)
{
    const char *values[] = {runner->apply.lock_timeout, runner->apply.long_timeout};
    g_autoptr(GError) refused = NULL; /* turned into one that says where it comes from */
    g_autoptr(PGresult) set = database_query(
        runner->db,
        "select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)",
        values, 2, &refused);
    if (set != NULL)
        return true;
    if (refused->code == APP_ERROR_SQL)
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "lock_timeout or long_timeout is no time: %s\n"
                    "hint: write it as in 500ms, 3s or 10min",
                    refused->message);
    else
        g_propagate_error(error, g_steal_pointer(&refused));
    return false;
}

/*
 * What can be told before anything is changed: warnings, steps that cannot run, or that the stored
 * rows do not allow, lost rows.
 */
static bool look_before(Runner *runner, const Plan *plan, bool up, const char *target,
                        GError **error)
{
    if (!up && runner->warn != NULL &&
        resolve_is_ambiguous((const char *const *)plan->rows, target))
        runner->warn("downgrade -1 from multiple heads is ambiguous", runner->warn_data);
    if (!warn_of_edited(runner, error))
        return false;
    if (plan->items->len == 0)
        return true;
    warn_of_proofs(runner, plan);
    return check_times(runner, error) && apply_check(plan->items, &runner->apply, error) &&
           (runner->no_row_check ||
            data_need_check(runner->db, plan->items, runner->apply.search_path, error)) &&
           ask_about_losses(runner, plan, error);
}

/* Whether both begin at the same place: only the first revision can be there in part. */
static bool is_same_start(const Plan *a, const Plan *b)
{
    if (!g_strv_equal((const char *const *)a->rows, (const char *const *)b->rows) ||
        a->items->len != b->items->len)
        return false;
    const PlanItem *first = a->items->pdata[0];
    const PlanItem *other = b->items->pdata[0];
    return first->revision == other->revision && first->up == other->up &&
           first->done == other->done && first->attempted == other->attempted;
}

/* Whether the database is still where it was before the backup. Nothing left to do is good. */
static bool check_backup(const Runner *runner, const Plan *before, const Plan *plan, GError **error)
{
    if (runner->apply.backup == NULL || plan->items->len == 0 || is_same_start(before, plan))
        return true;
    g_set_error(
        error, APP_ERROR, APP_ERROR_LOCKED,
        "another run has changed the database since backup \"%s\" was begun\n"
        "hint: nothing was changed; the same command takes a new one and goes on from there",
        runner->apply.backup);
    return false;
}

/* Without a place for it the backup is there all the same. */
static bool make_room(Runner *runner, GError **error)
{
    bool room = true;
    if (runner->apply.backup == NULL)
        return true;
    if (!history_table_make_room(runner->db, &room, error))
        return false;
    if (room)
        return true;
    if (runner->warn != NULL)
        runner->warn("the history cannot name the backup: it has no column for it\n"
                     "hint: its owner can add one: ALTER TABLE retort.history ADD COLUMN backup "
                     "text",
                     runner->warn_data);
    runner->apply.backup = NULL;
    return true;
}

/* @before: what was planned before the backup, if there is one. */
static Plan *run_leased(Runner *runner, bool up, const char *target, const Plan *before,
                        GError **error)
{
    g_autoptr(Lease) lease = acquire(runner, error);
    if (lease == NULL)
        return NULL;
    /* Another runner may have done some of it, or all, meanwhile. */
    g_autoptr(Plan) plan = runner_plan(runner, up, target, error);
    if (plan == NULL || !check_backup(runner, before, plan, error) || !make_room(runner, error) ||
        !apply_check(plan->items, &runner->apply, error) ||
        !apply_plan(runner->db, runner->settings, runner->table, lease, plan->items, &runner->apply,
                    error))
        return NULL;
    return g_steal_pointer(&plan);
}

Plan *runner_run(Runner *runner, bool up, const char *target, GError **error)
{
    g_autoptr(Plan) before = runner_plan(runner, up, target, error);
    if (before == NULL || !look_before(runner, before, up, target, error))
        return NULL;
    if (before->items->len == 0)
        return g_steal_pointer(&before);
    g_autofree char *backup = NULL;
    if (runner->before != NULL && !runner->before(&backup, runner->before_data, error))
        return NULL;
    if (!meet_dumps(runner, error))
        return NULL;
    runner->apply.backup = backup;
    Plan *plan = run_leased(runner, up, target, before, error);
    runner->apply.backup = NULL;
    meeting_leave(runner->db, MEETING_RUN);
    return plan;
}

Plan *runner_plan_stamp(const Runner *runner, const char *const *targets, bool purge,
                        GError **error)
{
    char **rows = version_table_load(runner->table, runner->db, error);
    return rows != NULL ? plan_new_stamp(runner->graph, rows, targets, purge, error) : NULL;
}

Plan *runner_stamp(Runner *runner, const char *const *targets, bool purge, GError **error)
{
    g_autoptr(Lease) lease = acquire(runner, error);
    if (lease == NULL)
        return NULL;
    g_autoptr(Plan) plan = runner_plan_stamp(runner, targets, purge, error);
    if (plan == NULL || !apply_stamp(runner->db, runner->settings, runner->table, lease, plan,
                                     &runner->apply, error))
        return NULL;
    return g_steal_pointer(&plan);
}
