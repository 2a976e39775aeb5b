#include "migrate/apply.h"

#include "migrate/outside.h"
#include "migrate/step_batch.h"
#include "migrate/watch.h"

#include <string.h>

#define WATCH_INTERVAL 700    /* milliseconds between two looks at who blocks a statement */
#define RETRY_PAUSE_FIRST 250 /* milliseconds; doubled with each retry up to the last */
#define RETRY_PAUSE_LAST 5000
#define GROUP_MOST 64   /* steps that are sent before the first one is answered */
#define GROUP_QUICK 100 /* milliseconds: steps are sent together while a group takes less */

typedef struct StepPlace {
    const PlanItem *item;
    unsigned index;
    bool last;    /* of the run */
    bool may_set; /* whether it may leave settings behind */
} StepPlace;

/* Steps that are sent together, each a transaction of its own: those before next are done. */
typedef struct Group {
    const GArray *places; /* (element-type StepPlace) */
    unsigned next;
    unsigned end;
    const struct Run *run; /* for who listens to its answers */
    bool tried;
} Group;

/* A run, with what it holds open. */
typedef struct Run {
    Database *db;
    const Lease *lease;
    Watch *watch;
    const ApplyOptions *options;
    StepContext context;
    bool reset;    /* whether a step may have left settings behind */
    bool prepared; /* whether the session has the prepared statements */
    unsigned pace; /* how many steps may be sent together */
} Run;

static void run_clear(Run *run)
{
    g_clear_pointer(&run->watch, watch_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static void say(const Run *run, const char *message)
{
    if (run->options->say != NULL)
        run->options->say(message, run->options->data);
}

/* While a statement takes long: for how long, and who is in its way. */
static void tell_still(unsigned seconds, const char *blockers, void *data)
{
    const Run *run = data;
    if (run->options->still == NULL)
        return;
    g_autofree char *first =
        g_strndup(blockers != NULL ? blockers : "", blockers != NULL ? strcspn(blockers, "\n") : 0);
    g_autofree char *text =
        g_strdup_printf("%u s%s%s", seconds, blockers != NULL ? ", blocked by " : "", first);
    run->options->still(text, run->options->data);
}

static void start(Run *run, const ConnectionSettings *settings, const VersionTable *table)
{
    run->context = (StepContext){
        .server_version = database_version(run->db),
        .table = table,
        .fence = lease_fence(run->lease),
        .options = run->options,
    };
    run->watch = watch_new(settings, run->db, run->lease, WATCH_INTERVAL);
    watch_set_listener(run->watch, tell_still, run);
}

static const Step *step_at(const PlanItem *item, unsigned index)
{
    return plan_item_steps(item)->pdata[index];
}

static const Statement *statement_at(const Step *step, unsigned index)
{
    return step->statements->pdata[index];
}

/* Ends a transaction and waits for it; it may be left open if it fails. */
static bool finish_transaction(const Run *run, Batch *batch, const BatchEntry **out_failed,
                               GError **error)
{
    batch_add(batch, BATCH_COMMIT, "commit", NULL);
    Waiting waiting = watch_waiting(run->watch);
    return batch_finish(batch, run->context.table, &waiting, out_failed, error);
}

/* After a failure that is told already: leaves the transaction, if there still is a connection. */
static void roll_back(const Run *run)
{
    g_autoptr(GError) ignored = NULL;
    if (PQtransactionStatus(database_connection(run->db)) != PQTRANS_IDLE)
        database_execute(run->db, "rollback", &ignored);
}

/* Tells in the history that a step failed. Without it the run goes on the same way next time. */
static void record_failure(const Run *run, const PlanItem *item, unsigned done, const char *message)
{
    g_autoptr(GError) ignored = NULL;
    watch_begin(run->watch);
    g_autoptr(Batch) batch = batch_new(run->db);
    batch_enter(batch, item, done);
    step_batch_begin(batch, run->reset);
    step_batch_settings(batch, &run->context, NULL);
    step_batch_record(batch, &run->context, item, "failed", done, message);
    if (!finish_transaction(run, batch, NULL, &ignored))
        roll_back(run);
}

/* A lock that was not had, or a deadlock: nothing is wrong with the step itself. */
static bool is_worth_retrying(const char *sqlstate)
{
    return g_str_equal(sqlstate, "55P03") || g_str_equal(sqlstate, "40P01");
}

static void pause_before_retry(const Run *run, unsigned retry, const char *reason)
{
    unsigned pause = MIN(RETRY_PAUSE_FIRST << MIN(retry, 10), RETRY_PAUSE_LAST);
    pause += (unsigned)g_random_int_range(0, (gint32)pause / 4 + 1); /* not all at once */
    const char *blockers = watch_blockers(run->watch);
    g_autofree char *text =
        g_strdup_printf("%.*s; trying again%s%s", (int)strcspn(reason, "\n"), reason,
                        blockers != NULL ? "\nblocked by " : "", blockers != NULL ? blockers : "");
    say(run, text);
    g_usleep((gulong)pause * 1000);
}

/* The error of a transaction, with who was in its way; told to the history where that helps. */
static void give_up(const Run *run, const BatchEntry *failed, const char *sqlstate, GError *reason)
{
    const char *blockers = watch_blockers(run->watch);
    if (g_str_equal(sqlstate, "55P03") && blockers != NULL) {
        char *text = g_strdup_printf("%s\ndetail: blocked by %s\n"
                                     "hint: wait until it ends, or end it; \"--lock-timeout\" and "
                                     "\"--lock-retries\" wait longer",
                                     reason->message, blockers);
        g_free(reason->message);
        reason->message = text;
    }
    /* Who has lost the lease has no say in the history any more. */
    bool lost = reason->code == APP_ERROR_LOCKED && !g_str_equal(sqlstate, "55P03");
    bool ours = failed != NULL && failed->item != NULL && failed->purpose != BATCH_LEASE;
    if (ours && !lost && reason->code != APP_ERROR_CONNECT)
        record_failure(run, failed->item, failed->step, reason->message);
}

/* What is prepared, and the settings that go with it, are made anew for the next step. */
static void forget_session(Run *run)
{
    run->reset = run->reset || run->prepared;
    run->prepared = false;
    run->context.more_follow = false;
}

/* Fills a batch again for each try. */
typedef void FillBatch(Batch *batch, Run *run, const void *what);

static bool try_transaction(Run *run, FillBatch *fill, const void *what, GError **error)
{
    for (unsigned retry = 0;; retry++) {
        watch_begin(run->watch);
        g_autoptr(Batch) batch = batch_new(run->db);
        step_batch_begin(batch, run->reset);
        fill(batch, run, what);
        const BatchEntry *failed = NULL;
        GError *reason = NULL; /* handed on below, unless it is worth another try */
        if (finish_transaction(run, batch, &failed, &reason))
            return true;
        g_autofree char *sqlstate = g_strdup(database_error(run->db)->sqlstate);
        roll_back(run);
        forget_session(run);
        if (is_worth_retrying(sqlstate) && retry < run->options->lock_retries) {
            pause_before_retry(run, retry, reason->message);
            g_error_free(reason);
            continue;
        }
        give_up(run, failed, sqlstate, reason);
        g_propagate_error(error, reason);
        return false;
    }
}

static const StepPlace *place_at(const GArray *places, unsigned index)
{
    return &g_array_index(places, StepPlace, index);
}

static void tell_place(const Run *run, const StepPlace *place)
{
    if (place->index > place->item->done)
        return;
    g_autofree char *text = plan_item_describe(place->item);
    say(run, text);
}

/* A step is done; the next one of the group has begun. */
static void note_answer(const BatchEntry *entry, void *data)
{
    Group *group = data;
    if (entry->purpose != BATCH_COMMIT || ++group->next >= group->end)
        return;
    watch_begin(group->run->watch);
    tell_place(group->run, place_at(group->places, group->next));
}

static bool is_inside(const StepPlace *place)
{
    const GPtrArray *steps = plan_item_steps(place->item);
    return place->index >= steps->len || step_at(place->item, place->index)->in_transaction;
}

/*
 * Whether the step leaves the session and what is prepared in it as it is, so that others may be
 * sent with it. The last step of a run waits for the disk; a run through a pooler has no session.
 */
static bool is_plain(const Run *run, const StepPlace *place)
{
    return lease_is_direct(run->lease) && !place->last && !place->may_set && is_inside(place);
}

/* After a failure the step that failed is tried again alone: how often, it counts for itself. */
static void fill_group(Batch *batch, Run *run, const void *what)
{
    Group *group = *(Group *const *)what; /* what is sent changes with each try */
    if (group->tried)
        group->end = group->next + 1;
    group->tried = true;
    run->context.prepared = is_plain(run, place_at(group->places, group->next));
    if (run->context.prepared && !run->prepared)
        step_batch_prepare(batch, &run->context);
    run->prepared = run->context.prepared;
    run->context.more_follow = !place_at(group->places, group->end - 1)->last;
    batch_set_listener(batch, note_answer, group);
    for (unsigned i = group->next; i < group->end; i++) {
        const StepPlace *place = place_at(group->places, i);
        if (i > group->next)
            step_batch_next(batch);
        step_batch_add(batch, &run->context, place->item, place->index);
    }
}

static void fill_all(Batch *batch, Run *run, const void *what)
{
    const GPtrArray *plan = what;
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        for (unsigned k = item->done; k < MAX(plan_item_steps(item)->len, 1); k++) {
            if (i > 0 || k > item->done)
                step_batch_reset(batch);
            step_batch_add(batch, &run->context, item, k);
        }
    }
}

/* Of a plain step and those behind it; any other stands alone. */
static unsigned end_of_group(const Run *run, const GArray *places, unsigned first)
{
    unsigned end = first;
    while (end < places->len && end - first < run->pace && is_plain(run, place_at(places, end)))
        end++;
    return MAX(end, first + 1);
}

/* Gives in @group->next which step failed. */
static bool run_group(Run *run, Group *group, GError **error)
{
    gint64 begun = g_get_monotonic_time();
    const StepPlace *first = place_at(group->places, group->next);
    if (!is_plain(run, first))
        forget_session(run);
    if (!try_transaction(run, fill_group, &group, error))
        return false;
    run->context.more_follow = false;
    run->reset = first->may_set;
    bool quick = g_get_monotonic_time() - begun < GROUP_QUICK * G_TIME_SPAN_MILLISECOND;
    run->pace = quick ? MIN(run->pace * 2, GROUP_MOST) : 1;
    return true;
}

/* Records around a statement that no transaction may hold, in transactions of their own. */
typedef struct OutsideRecord {
    const PlanItem *item;
    unsigned index;
    const char *since; /* (nullable): when the statement began, as epoch; NULL before it */
} OutsideRecord;

static void fill_outside_record(Batch *batch, Run *run, const void *what)
{
    const OutsideRecord *record = what;
    batch_enter(batch, record->item, record->index);
    step_batch_settings(batch, &run->context, record->since);
    if (record->since != NULL)
        step_batch_end(batch, &run->context, record->item, record->index);
    else
        step_batch_record(batch, &run->context, record->item, "started", record->index, NULL);
}

/* Settings of the session, since there is no transaction to hold them; gives when it begins. */
static char *set_outside(const Run *run, GError **error)
{
    if (!database_execute(run->db, "reset session authorization; reset role; reset all", error))
        return NULL;
    g_autoptr(GString) sql =
        g_string_new("select quote_literal(extract(epoch from clock_timestamp())),"
                     " set_config('lock_timeout', '0', false),"
                     " set_config('statement_timeout', $2, false),"
                     " set_config('search_path', $1, false)");
    if (database_version(run->db) >= 140000)
        g_string_append(sql, ", set_config('client_connection_check_interval', '2s', false)");
    const char *values[] = {run->options->search_path, run->options->long_timeout};
    return database_query_value(run->db, sql->str, values, 2, error);
}

/* The statement failed: clears what it left; then it is as if it had not been tried. */
static void clear_outside(Run *run, const PlanItem *item, unsigned index,
                          const Statement *statement, GError *reason)
{
    g_autoptr(GError) ignored = NULL; /* the next run clears it then */
    if (!database_execute(run->db, "set statement_timeout = 0", &ignored) ||
        !outside_clear(run->db, statement, &ignored))
        return;
    run->reset = true;
    record_failure(run, item, index, reason->message);
}

static bool send_outside(Run *run, const PlanItem *item, unsigned index, GError **error)
{
    const Statement *statement = statement_at(step_at(item, index), 0);
    Waiting waiting = watch_waiting(run->watch);
    watch_begin(run->watch);
    GError *reason = NULL; /* handed on below, with its place */
    if (send_alone(run->db, statement->text, &waiting, &reason))
        return true;
    g_autofree char *place = batch_place(run->db, item->revision, statement);
    g_prefix_error(&reason, "%s: ", place);
    if (reason->code != APP_ERROR_CONNECT)
        clear_outside(run, item, index, statement, reason);
    g_propagate_error(error, reason);
    return false;
}

static bool run_outside(Run *run, const PlanItem *item, unsigned index, GError **error)
{
    const Statement *statement = statement_at(step_at(item, index), 0);
    bool attempted = item->attempted && index == item->done;
    bool done = false;
    forget_session(run);
    g_autofree char *first = set_outside(run, error);
    if (first == NULL)
        return false;
    run->reset = true;
    if (!outside_prepare(run->db, statement, attempted, &done, error)) {
        g_autofree char *place = batch_place(run->db, item->revision, statement);
        g_prefix_error(error, "%s: ", place);
        return false;
    }
    OutsideRecord record = {item, index, NULL};
    if (!done && !try_transaction(run, fill_outside_record, &record, error))
        return false;
    g_autofree char *since = set_outside(run, error);
    if (since == NULL || (!done && !send_outside(run, item, index, error)))
        return false;
    record.since = since;
    return try_transaction(run, fill_outside_record, &record, error);
}

/* Adds a hint to what is reported; says where the next run goes on. */
static void tell_what_stays(unsigned done, unsigned steps, GError **error)
{
    if (done > 0)
        error_add_hint(error,
                       "%u of %u steps are done and stay; the same command goes on from there, the "
                       "other direction takes them back",
                       done, steps);
}

static GArray *list_places(const GPtrArray *plan)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(StepPlace));
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        const GPtrArray *steps = plan_item_steps(item);
        for (unsigned k = item->done; k < MAX(steps->len, 1); k++) {
            StepPlace place = {item, k, i + 1 == plan->len && k + 1 >= steps->len,
                               k < steps->len && plan_step_may_set(steps->pdata[k])};
            g_array_append_val(places, place);
        }
    }
    return places;
}

/* Settings of the session, which such a statement needs, belong to nobody behind a pooler. */
static bool check_session(const Run *run, const GArray *places, GError **error)
{
    for (unsigned i = 0; !lease_is_direct(run->lease) && i < places->len; i++) {
        const StepPlace *place = place_at(places, i);
        if (is_inside(place))
            continue;
        const char *path = place->item->revision->path;
        g_set_error(error, APP_ERROR, APP_ERROR_CONNECT,
                    "%s:%u: no transaction may hold this statement, so it needs a session of its "
                    "own, but the connection goes through a pooler\n"
                    "hint: nothing was changed; direct_url of [database] in retort.ini, or "
                    "DIRECT_URL, names the server itself",
                    path != NULL ? path : place->item->revision->id,
                    statement_at(step_at(place->item, place->index), 0)->line);
        return false;
    }
    return true;
}

static bool run_one_by_one(Run *run, const GPtrArray *plan, GError **error)
{
    g_autoptr(GArray) places = list_places(plan);
    run->pace = 1;
    if (!check_session(run, places, error))
        return false;
    for (unsigned at = 0; at < places->len;) {
        const StepPlace *place = place_at(places, at);
        tell_place(run, place);
        Group group = {places, at, end_of_group(run, places, at), run, false};
        if (!(is_inside(place) ? run_group(run, &group, error)
                               : run_outside(run, place->item, place->index, error))) {
            const StepPlace *failed = place_at(places, group.next);
            tell_what_stays(failed->index, plan_item_steps(failed->item)->len, error);
            return false;
        }
        at = group.end;
    }
    return true;
}

static bool run_all_in_one(Run *run, const GPtrArray *plan, GError **error)
{
    for (unsigned i = 0; i < plan->len; i++) {
        g_autofree char *text = plan_item_describe(plan->pdata[i]);
        say(run, text);
    }
    return try_transaction(run, fill_all, plan, error);
}

static void fill_stamp(Batch *batch, Run *run, const void *what)
{
    step_batch_stamp(batch, &run->context, what);
}

static void tell_stamp(const Run *run, const Plan *plan)
{
    for (unsigned i = 0; i < plan->path->len; i++) {
        const PathStep *step = plan->path->pdata[i];
        g_autofree char *from = plan_join_ids(step->from);
        g_autofree char *to = plan_join_ids(step->to);
        g_autofree char *text = g_strdup_printf("Running stamp_revision %s -> %s", from, to);
        say(run, text);
    }
}

bool apply_stamp(Database *db, const ConnectionSettings *settings, const VersionTable *table,
                 const Lease *lease, const Plan *plan, const ApplyOptions *options, GError **error)
{
    g_auto(Run) run = {.db = db, .lease = lease, .options = options};
    start(&run, settings, table);
    tell_stamp(&run, plan);
    return try_transaction(&run, fill_stamp, plan, error);
}

bool apply_plan(Database *db, const ConnectionSettings *settings, const VersionTable *table,
                const Lease *lease, const GPtrArray *plan, const ApplyOptions *options,
                GError **error)
{
    g_auto(Run) run = {.db = db, .lease = lease, .options = options};
    start(&run, settings, table);
    bool good = options->single_transaction ? run_all_in_one(&run, plan, error)
                                            : run_one_by_one(&run, plan, error);
    if (!good && error != NULL && (*error)->code == APP_ERROR_CONNECT)
        g_prefix_error(error, "the run was cut off; the same command goes on from there: ");
    return good;
}
