#include "backup/fingerprint.h"

#include "backup/fingerprint_parts.h"
#include "backup_queries.h"
#include "base/thread.h"
#include "sql/quote.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct FingerprintRun {
    ConnectionSettings *settings;
    char *snapshot; /* (nullable) until the first session has one */
    unsigned jobs;
    int stop;                 /* readable when all shall end */
    GThread *lead;            /* (nullable): has ended */
    SnapshotSession *session; /* (nullable): the lead's: holds the snapshot and all locks */
    GPtrArray *parts;         /* (element-type FingerprintPart); set by the lead, then only read */
    atomic_llong done, whole;
    pthread_mutex_t lock; /* of what follows */
    size_t next;          /* of parts */
    GPtrArray *left;      /* (not owned): of parts, for the lead: see take_table() */
    Fingerprint *found;   /* tables in any order until the end */
    GError *error;        /* (nullable): the first one */
    pthread_cond_t told;  /* of what follows */
    bool is_held;         /* all is locked */
};

static void table_free(TableFingerprint *table)
{
    g_free(table->schema);
    g_free(table->name);
    g_free(table->hash);
    g_free(table);
}

static Fingerprint *fingerprint_new(void)
{
    Fingerprint *fingerprint = g_new0(Fingerprint, 1);
    fingerprint->tables = g_ptr_array_new_with_free_func((GDestroyNotify)table_free);
    fingerprint->large_objects.hash = g_strdup("0");
    return fingerprint;
}

void fingerprint_free(Fingerprint *fingerprint)
{
    if (fingerprint == NULL)
        return;
    g_ptr_array_unref(fingerprint->tables);
    g_free(fingerprint->large_objects.hash);
    g_free(fingerprint);
}

static int64_t number(const PGresult *row, int column)
{
    return g_ascii_strtoll(PQgetvalue(row, 0, column), NULL, 10);
}

/*
 * Of a table that has more than its share the server's own workers take a part, while the other
 * connections have the rest: a scan in pieces by ctid would go past the ring of buffers and turn
 * the applications' pages out of the cache.
 */
static unsigned server_workers(const FingerprintRun *run, const FingerprintPart *part)
{
    bool is_large = part->bytes > atomic_load(&run->whole) / (int64_t)run->jobs;
    return is_large ? run->jobs - 1 : 0;
}

/* (transfer full): rows, the sum of their hashes, and the oid that the name now stands for.
 * @nowait: fails if somebody waits for a lock of the table. */
static char *table_sql(const FingerprintRun *run, const FingerprintPart *part, bool nowait)
{
    g_autoptr(GString) name = g_string_new("");
    const char *only = fingerprint_part_only(part);
    sql_append(name, "%I.%I", part->schema, part->name);
    g_autofree char *workers = g_strdup_printf("%u", server_workers(run, part));
    GString *sql = g_string_new("");
    if (nowait)
        sql_append(sql, "LOCK TABLE %s%s IN ACCESS SHARE MODE NOWAIT;", only, name->str);
    sql_append(sql,
               "SET LOCAL max_parallel_workers_per_gather = %s;"
               "SELECT count(*), coalesce(sum(%s), 0), %L::regclass::oid FROM %s%s %s",
               workers, part->hash, name->str, only, name->str, part->condition);
    return g_string_free(sql, FALSE);
}

static bool leave_to_lead(FingerprintRun *run, SnapshotSession *session,
                          const FingerprintPart *part, GError **error)
{
    g_autoptr(PGresult) again = snapshot_session_query(session, "ROLLBACK TO worker", error);
    if (again == NULL)
        return false;
    pthread_mutex_lock(&run->lock);
    g_ptr_array_add(run->left, (void *)part);
    pthread_mutex_unlock(&run->lock);
    return true;
}

/*
 * Behind a session that waits for a lock of the lead's, another one of ours would wait for the end
 * of the whole backup: what a worker does not have at once is left to the lead, which has it.
 */
static bool take_table(FingerprintRun *run, SnapshotSession *session, const FingerprintPart *part,
                       GError **error)
{
    bool is_worker = session != run->session;
    g_autoptr(GError) reason = NULL;
    g_autofree char *sql = table_sql(run, part, is_worker);
    g_autoptr(PGresult) row = snapshot_session_query(session, sql, &reason);
    if (row == NULL && is_worker &&
        snapshot_session_failed_with(session, SQLSTATE_LOCK_NOT_AVAILABLE))
        return leave_to_lead(run, session, part, error);
    if (row == NULL) {
        fingerprint_part_explain(part, session, &reason);
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (strcmp(PQgetvalue(row, 0, 2), part->oid) != 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_SQL,
                    "table \"%s.%s\": another table has its name since the snapshot was taken",
                    part->schema, part->name);
        return false;
    }
    TableFingerprint *table = g_new0(TableFingerprint, 1);
    table->schema = g_strdup(part->schema);
    table->name = g_strdup(part->name);
    table->rows = number(row, 0);
    table->hash = g_strdup(PQgetvalue(row, 0, 1));
    pthread_mutex_lock(&run->lock);
    g_ptr_array_add(run->found->tables, table);
    pthread_mutex_unlock(&run->lock);
    return true;
}

static bool take_large_objects(FingerprintRun *run, SnapshotSession *session,
                               const FingerprintPart *part, GError **error)
{
    g_autoptr(PGresult) row = snapshot_session_query(session, sql_fingerprint_large_objects, error);
    if (row == NULL) {
        fingerprint_part_explain(part, session, error);
        return false;
    }
    LargeObjectsFingerprint *objects = &run->found->large_objects; /* one thread does this */
    g_free(objects->hash);
    *objects = (LargeObjectsFingerprint){.objects = number(row, 0),
                                         .bytes = number(row, 1),
                                         .hash = g_strdup(PQgetvalue(row, 0, 2))};
    return true;
}

/* (transfer none) (nullable): what nobody has begun yet; %NULL at the end, or if one failed. */
static const FingerprintPart *next_part(FingerprintRun *run)
{
    pthread_mutex_lock(&run->lock);
    bool is_over = run->error != NULL || run->next >= run->parts->len;
    const FingerprintPart *part = is_over ? NULL : g_ptr_array_index(run->parts, run->next++);
    pthread_mutex_unlock(&run->lock);
    return part;
}

static void tell_all_to_stop(FingerprintRun *run)
{
    static const uint64_t one = 1;
    ssize_t written = write(run->stop, &one, sizeof(one));
    g_assert(written == sizeof(one));
}

/* @error: (transfer full): the first one is kept, and ends the others. */
static void fail(FingerprintRun *run, GError *error)
{
    pthread_mutex_lock(&run->lock);
    bool is_first = run->error == NULL;
    if (is_first)
        run->error = error;
    pthread_mutex_unlock(&run->lock);
    if (is_first)
        tell_all_to_stop(run);
    else
        g_error_free(error);
}

static bool take_part(FingerprintRun *run, SnapshotSession *session, const FingerprintPart *part)
{
    GError *error = NULL;
    bool taken = part->name != NULL ? take_table(run, session, part, &error)
                                    : take_large_objects(run, session, part, &error);
    if (taken)
        atomic_fetch_add(&run->done, part->bytes);
    else
        fail(run, error);
    return taken;
}

static void take_parts(FingerprintRun *run, SnapshotSession *session)
{
    const FingerprintPart *part = NULL;
    while ((part = next_part(run)) != NULL && take_part(run, session, part))
        continue;
}

static void *work(void *data)
{
    FingerprintRun *run = data;
    GError *error = NULL;
    g_autoptr(SnapshotSession) session =
        snapshot_session_open(run->settings, run->snapshot, run->stop, &error);
    g_autoptr(PGresult) begun =
        session != NULL ? snapshot_session_query(session, "SAVEPOINT worker", &error) : NULL;
    if (begun == NULL)
        fail(run, error);
    else
        take_parts(run, session);
    return NULL;
}

/* With as many more threads as there is work for; with fewer, if the system gives no more. */
static void share_out(FingerprintRun *run)
{
    size_t wanted = MIN(run->jobs, MAX(run->parts->len, 1)) - 1;
    g_autofree GThread **threads = g_new0(GThread *, wanted + 1);
    size_t count = 0;
    while (count < wanted &&
           (threads[count] = thread_start("fingerprint", work, run, NULL)) != NULL)
        count++;
    take_parts(run, run->session);
    for (size_t i = 0; i < count; i++)
        g_thread_join(threads[i]);
    for (unsigned i = 0; i < run->left->len && run->error == NULL; i++)
        take_part(run, run->session, run->left->pdata[i]);
}

/* The list of what there is to do, in the snapshot that all see, with all of it locked. */
static bool prepare(FingerprintRun *run, GError **error)
{
    run->session = snapshot_session_open(run->settings, run->snapshot, run->stop, error);
    if (run->session == NULL)
        return false;
    if (run->snapshot == NULL)
        run->snapshot = fingerprint_parts_hold(run->session, &run->parts, error);
    else if ((run->parts = fingerprint_parts_list(run->session, error)) == NULL ||
             !fingerprint_parts_lock(run->parts, run->session, error))
        return false;
    if (run->snapshot == NULL)
        return false;
    atomic_store(&run->whole, fingerprint_parts_bytes(run->parts));
    return true;
}

static void tell_held(FingerprintRun *run)
{
    pthread_mutex_lock(&run->lock);
    run->is_held = true;
    pthread_cond_broadcast(&run->told);
    pthread_mutex_unlock(&run->lock);
}

static void *lead(void *data)
{
    FingerprintRun *run = data;
    GError *error = NULL;
    bool prepared = prepare(run, &error);
    if (!prepared)
        fail(run, error);
    tell_held(run);
    if (prepared)
        share_out(run);
    g_ptr_array_sort(run->found->tables, table_fingerprint_order);
    return NULL;
}

bool fingerprint_hold(FingerprintRun *run, unsigned milliseconds)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    int64_t nanoseconds = end.tv_nsec + (int64_t)milliseconds * 1000000;
    end.tv_sec += nanoseconds / 1000000000;
    end.tv_nsec = nanoseconds % 1000000000;
    int status = 0;
    pthread_mutex_lock(&run->lock);
    while (!run->is_held && run->lead != NULL && status == 0)
        status = pthread_cond_timedwait(&run->told, &run->lock, &end);
    bool is_over = run->is_held || run->lead == NULL;
    pthread_mutex_unlock(&run->lock);
    return is_over;
}

const char *fingerprint_snapshot(FingerprintRun *run)
{
    pthread_mutex_lock(&run->lock);
    const char *snapshot = run->error == NULL ? run->snapshot : NULL;
    pthread_mutex_unlock(&run->lock);
    return snapshot;
}

FingerprintRun *fingerprint_begin(const FingerprintOptions *options)
{
    FingerprintRun *run = g_new0(FingerprintRun, 1);
    run->settings = settings_copy(options->settings);
    run->snapshot = g_strdup(options->snapshot);
    run->jobs = MAX(options->jobs, 1);
    run->left = g_ptr_array_new();
    run->found = fingerprint_new();
    atomic_init(&run->done, 0);
    atomic_init(&run->whole, 0);
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->told, NULL);
    run->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->stop >= 0)
        run->lead = thread_start("fingerprint", lead, run, &run->error);
    else
        g_set_error(&run->error, APP_ERROR, APP_ERROR_PROGRAM, "no eventfd: %s", g_strerror(errno));
    return run;
}

void fingerprint_progress(const FingerprintRun *run, int64_t *out_done, int64_t *out_whole)
{
    *out_whole = atomic_load(&run->whole);
    *out_done = atomic_load(&run->done);
}

bool fingerprint_has_failed(FingerprintRun *run)
{
    pthread_mutex_lock(&run->lock);
    bool failed = run->error != NULL;
    pthread_mutex_unlock(&run->lock);
    return failed;
}

static void join(FingerprintRun *run)
{
    g_clear_pointer(&run->lead, g_thread_join);
}

Fingerprint *fingerprint_end(FingerprintRun *run, GError **error)
{
    join(run);
    if (run->error == NULL)
        return g_steal_pointer(&run->found);
    if (error != NULL)
        *error = g_error_copy(run->error);
    return NULL;
}

void fingerprint_run_free(FingerprintRun *run)
{
    if (run == NULL)
        return;
    if (run->lead != NULL)
        tell_all_to_stop(run);
    join(run);
    if (run->stop >= 0)
        close(run->stop);
    snapshot_session_free(run->session);
    pthread_cond_destroy(&run->told);
    pthread_mutex_destroy(&run->lock);
    fingerprint_free(run->found);
    g_clear_error(&run->error);
    g_ptr_array_unref(run->left);
    g_clear_pointer(&run->parts, g_ptr_array_unref);
    settings_free(run->settings);
    g_free(run->snapshot);
    g_free(run);
}
