#include "migrate/apply.h"

#include "migrate/outside.h"
#include "migrate/step_batch.h"
#include "migrate/watch.h"

#include <string.h>

#define WATCH_INTERVAL 700    /* milliseconds between two looks at who blocks a statement */
#define RETRY_PAUSE_FIRST 250 /* milliseconds; doubled with each retry up to the last */
#define RETRY_PAUSE_LAST 5000

/* A run, with what it holds open. */
typedef struct Run {
    Database *db;
    const Lease *lease;
    Watch *watch;
    const ApplyOptions *options;
    StepContext context;
    bool reset;    /* whether a step may have left settings behind */
    bool prepared; /* whether the session has the prepared statements */
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

/* Sends a whole transaction; it may be left open if it fails. */
static bool send_transaction(const Run *run, Batch *batch, const BatchEntry **out_failed,
                             GError **error)
{
    batch_add(batch, BATCH_COMMIT, "commit", NULL);
    Waiting waiting = watch_waiting(run->watch);
    watch_begin(run->watch);
    return batch_send(batch, run->db, run->context.table, &waiting, out_failed, error);
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
    g_autoptr(Batch) batch = batch_new();
    batch_enter(batch, item, done);
    step_batch_begin(batch, run->reset);
    step_batch_settings(batch, &run->context, NULL);
    step_batch_record(batch, &run->context, item, "failed", done, message);
    if (!send_transaction(run, batch, NULL, &ignored))
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
    bool ours = failed != NULL && failed->item != NULL && failed->purpose != BATCH_LEASE;
    if (ours && reason->code != APP_ERROR_CONNECT)
        record_failure(run, failed->item, failed->step, reason->message);
}

/* Fills a batch again for each try. */
typedef void FillBatch(Batch *batch, Run *run, const void *what);

static bool try_transaction(Run *run, FillBatch *fill, const void *what, GError **error)
{
    for (unsigned retry = 0;; retry++) {
        g_autoptr(Batch) batch = batch_new();
        step_batch_begin(batch, run->reset);
        fill(batch, run, what);
        const BatchEntry *failed = NULL;
        GError *reason = NULL; /* handed on below, unless it is worth another try */
        if (send_transaction(run, batch, &failed, &reason))
            return true;
        g_autofree char *sqlstate = g_strdup(database_error(run->db)->sqlstate);
        roll_back(run);
        run->prepared = false;
        run->context.more_follow = false;
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

typedef struct StepPlace {
    const PlanItem *item;
    unsigned index;
    bool last; /* of the run */
} StepPlace;

static bool may_set(const StepPlace *place)
{
    const GPtrArray *steps = plan_item_steps(place->item);
    return place->index < steps->len && plan_step_may_set(steps->pdata[place->index]);
}

/*
 * The last step, which waits for the disk, and steps that may do something to the session or to
 * its prepared statements send all as it is; so does a run through a pooler.
 */
static void fill_step(Batch *batch, Run *run, const void *what)
{
    const StepPlace *place = what;
    bool plain = lease_is_direct(run->lease) && !place->last && !may_set(place);
    if (plain && !run->prepared)
        step_batch_prepare(batch, &run->context);
    run->prepared = run->prepared || plain;
    run->context.prepared = plain;
    run->context.more_follow = !place->last;
    step_batch_add(batch, &run->context, place->item, place->index);
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

static bool run_step(Run *run, const StepPlace *place, GError **error)
{
    bool good = try_transaction(run, fill_step, place, error);
    run->context.more_follow = false;
    if (good)
        run->reset = may_set(place);
    run->prepared = run->prepared && !run->reset;
    return good;
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

/* Settings of the session, which such a statement needs, belong to nobody behind a pooler. */
static bool check_session(const Run *run, GError **error)
{
    if (lease_is_direct(run->lease))
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_CONNECT,
                        "the next statement needs a session of its own, but the connection goes "
                        "through a pooler\nhint: connect to the server itself and run this again");
    return false;
}

static bool run_outside(Run *run, const PlanItem *item, unsigned index, GError **error)
{
    const Statement *statement = statement_at(step_at(item, index), 0);
    bool attempted = item->attempted && index == item->done;
    bool done = false;
    g_autofree char *first = check_session(run, error) ? set_outside(run, error) : NULL;
    if (first == NULL)
        return false;
    run->reset = true;
    run->prepared = false;
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
    if (done == 0 || error == NULL)
        return;
    char *text = g_strdup_printf("%s\nhint: %u of %u steps are done and stay; the same command "
                                 "goes on from there, the other direction takes them back",
                                 (*error)->message, done, steps);
    g_free((*error)->message);
    (*error)->message = text;
}

static bool run_item(Run *run, const PlanItem *item, bool last, GError **error)
{
    const GPtrArray *steps = plan_item_steps(item);
    for (unsigned k = item->done; k < MAX(steps->len, 1); k++) {
        bool inside = k >= steps->len || step_at(item, k)->in_transaction;
        StepPlace place = {item, k, last && k + 1 >= steps->len};
        if (!(inside ? run_step(run, &place, error) : run_outside(run, item, k, error))) {
            tell_what_stays(k, steps->len, error);
            return false;
        }
    }
    return true;
}

static void tell_item(const Run *run, const PlanItem *item)
{
    g_autofree char *text = plan_item_describe(item);
    say(run, text);
}

static bool run_one_by_one(Run *run, const GPtrArray *plan, GError **error)
{
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        tell_item(run, item);
        if (!run_item(run, item, i + 1 == plan->len, error))
            return false;
    }
    return true;
}

static bool run_all_in_one(Run *run, const GPtrArray *plan, GError **error)
{
    for (unsigned i = 0; i < plan->len; i++)
        tell_item(run, plan->pdata[i]);
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

static bool check_statement(const PlanItem *item, const Step *step, const Statement *statement,
                            const ApplyOptions *options, GError **error)
{
    bool good = step->in_transaction || outside_check(statement, error);
    if (good && !step->in_transaction && options->single_transaction) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "no transaction may hold this statement\n"
                            "hint: leave \"--single-transaction\" away");
        good = false;
    }
    if (!good)
        g_prefix_error(error, "%s:%u: ",
                       item->revision->path != NULL ? item->revision->path : item->revision->id,
                       statement->line);
    return good;
}

static bool check_way_back(const PlanItem *item, GError **error)
{
    const Revision *revision = item->revision;
    if (item->up || revision->irreversible == NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "revision \"%s\" is irreversible: %s\n"
                "hint: nothing was changed; a new revision or a backup leads on",
                revision->id, revision->irreversible);
    return false;
}

bool apply_check(const GPtrArray *plan, const ApplyOptions *options, GError **error)
{
    for (unsigned i = 0; i < plan->len; i++) {
        const PlanItem *item = plan->pdata[i];
        if (!check_way_back(item, error))
            return false;
        for (unsigned k = item->done; k < plan_item_steps(item)->len; k++) {
            const Step *step = step_at(item, k);
            for (unsigned s = 0; s < step->statements->len; s++)
                if (!check_statement(item, step, statement_at(step, s), options, error))
                    return false;
        }
    }
    return true;
}
