#include "migrate/lease.h"

#include "sql/quote.h"

#define POLL_FIRST 20 /* milliseconds between two tries, doubled each time up to the last */
#define POLL_LAST 500
#define TELL_AGAIN 15 /* seconds between two calls of LeaseOptions.waiting */

struct Lease {
    Database *db;
    char *fence;
    unsigned seconds;
    bool direct;
};

/*
 * $1 the runner, $2 its backend (NULL behind a pooler, where it tells nothing), $3 the seconds.
 * A backend that another role owns shows no start: its number alone must do.
 */
static const char take_sql[] =
    "with held as (select l.id from retort.lease l where l.id = 1 and (l.holder is null"
    " or l.backend_pid is not null and not exists (select"
    " from pg_stat_get_activity(l.backend_pid) a"
    " where a.backend_start is null or a.backend_start = l.backend_start)"
    " or l.expires < clock_timestamp() and not exists (select"
    " from pg_stat_get_activity(l.backend_pid) a"
    " where a.backend_start = l.backend_start and a.state = 'active'))"
    " for update skip locked)"
    " update retort.lease l set fence = l.fence + 1, holder = $1, backend_pid = $2::int,"
    " backend_start = (select a.backend_start from pg_stat_get_activity($2::int) a"
    " where a.pid = $2::int),"
    " since = clock_timestamp(), expires = clock_timestamp() + $3::int * interval '1 second'"
    " from held where l.id = held.id returning l.fence";

/* A holder that is silent for long and idles in a transaction keeps the row: end its session. */
static const char end_silent_sql[] =
    "select pg_terminate_backend(l.backend_pid) from retort.lease l,"
    " pg_stat_get_activity(l.backend_pid) a where l.id = 1 and l.holder is not null"
    " and l.expires < clock_timestamp() and a.backend_start = l.backend_start"
    " and a.state like 'idle in transaction%'";

static const char holder_sql[] =
    "select coalesce(holder || ', since ' || to_char(since, 'YYYY-MM-DD HH24:MI:SS TZ'), '')"
    " from retort.lease where id = 1";

const char lease_seed[] = "insert into retort.lease (id, fence)"
                          " select 1, coalesce(max(fence), 0) from retort.history"
                          " on conflict do nothing";

/* Behind a pooler the backend differs from the one that libpq was told. */
static char *own_backend(Database *db, GError **error)
{
    g_autofree char *pid = database_query_value(db, "select pg_backend_pid()", NULL, 0, error);
    if (pid == NULL)
        return NULL;
    bool direct = g_ascii_strtoll(pid, NULL, 10) == PQbackendPID(database_connection(db));
    return direct ? g_steal_pointer(&pid) : g_strdup("");
}

/* The fence if the lease was had, "" if not, NULL on error. */
static char *try_take(Database *db, const LeaseOptions *options, const char *backend,
                      GError **error)
{
    g_autofree char *seconds = g_strdup_printf("%u", options->seconds);
    const char *values[] = {options->runner, *backend != '\0' ? backend : NULL, seconds};
    return database_query_value(db, take_sql, values, 3, error);
}

/* After a try that failed: tells who holds it. Without a row it makes one: then try again. */
static char *find_holder(Database *db, bool *out_made, GError **error)
{
    g_autoptr(PGresult) rows = database_query(db, holder_sql, NULL, 0, error);
    if (rows == NULL)
        return NULL;
    if (PQntuples(rows) > 0)
        return g_strdup(PQgetvalue(rows, 0, 0));
    *out_made = true;
    return database_execute(db, lease_seed, error) ? g_strdup("") : NULL;
}

/* Who is waited for, and for how long already. */
typedef struct Wait {
    gint64 start;
    gint64 told; /* when it was told last; 0 if never */
    unsigned pause;
} Wait;

static bool wait_on(Wait *wait, const char *holder, const LeaseOptions *options, GError **error)
{
    gint64 now = g_get_monotonic_time();
    if (now - wait->start >= (gint64)options->wait * G_TIME_SPAN_SECOND) {
        g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                    "another runner is at work: %s\n"
                    "hint: it was waited for %u s; \"--wait SECONDS\" waits longer",
                    holder, options->wait);
        return false;
    }
    bool tell = wait->told == 0 || now - wait->told >= TELL_AGAIN * G_TIME_SPAN_SECOND;
    if (tell && *holder != '\0' && options->waiting != NULL) {
        options->waiting(holder, options->data);
        wait->told = now;
    }
    g_usleep((gulong)wait->pause * 1000);
    wait->pause = MIN(wait->pause * 2, POLL_LAST);
    return true;
}

static char *take(Database *db, const LeaseOptions *options, const char *backend, GError **error)
{
    Wait wait = {.start = g_get_monotonic_time(), .pause = POLL_FIRST};
    for (;;) {
        g_autofree char *fence = try_take(db, options, backend, error);
        if (fence == NULL || *fence != '\0')
            return g_steal_pointer(&fence);
        bool made = false;
        g_autofree char *holder = find_holder(db, &made, error);
        if (holder == NULL)
            return NULL;
        if (made)
            continue;
        g_autoptr(GError) refused = NULL; /* without the right to end it, it is waited for */
        database_execute(db, end_silent_sql, &refused);
        if (!wait_on(&wait, holder, options, error))
            return NULL;
    }
}

Lease *lease_acquire(Database *db, const LeaseOptions *options, GError **error)
{
    g_autofree char *backend = own_backend(db, error);
    if (backend == NULL)
        return NULL;
    g_autofree char *fence = take(db, options, backend, error);
    if (fence == NULL)
        return NULL;
    Lease *lease = g_new0(Lease, 1);
    lease->db = db;
    lease->fence = g_steal_pointer(&fence);
    lease->seconds = options->seconds;
    lease->direct = *backend != '\0';
    return lease;
}

void lease_free(Lease *lease)
{
    if (lease == NULL)
        return;
    if (PQstatus(database_connection(lease->db)) == CONNECTION_OK) {
        g_autoptr(GError) ignored = NULL; /* without it the backend is gone in a moment anyway */
        PQclear(database_query(
            lease->db,
            "update retort.lease set holder = null, backend_pid = null, backend_start = null,"
            " expires = null where id = 1 and fence = $1::bigint",
            (const char *const[]){lease->fence}, 1, &ignored));
    }
    g_free(lease->fence);
    g_free(lease);
}

const char *lease_fence(const Lease *lease)
{
    return lease->fence;
}

unsigned lease_seconds(const Lease *lease)
{
    return lease->seconds;
}

bool lease_is_direct(const Lease *lease)
{
    return lease->direct;
}

bool lease_beat(const Lease *lease, Database *db, GError **error)
{
    g_autofree char *seconds = g_strdup_printf("%u", lease->seconds);
    g_autofree char *fence = database_query_value(
        db,
        "update retort.lease set expires = clock_timestamp() + $2::int * interval '1 second'"
        " where id = 1 and fence = $1::bigint returning fence",
        (const char *const[]){lease->fence, seconds}, 2, error);
    if (fence == NULL)
        return false;
    if (*fence != '\0')
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_LOCKED, "the lease went to another runner");
    return false;
}

void lease_append_guard(GString *sql, const char *fence)
{
    sql_append(sql, "1 / (fence = %s)::int from retort.lease where id = 1 for key share", fence);
}

void lease_append_held(GString *sql, const char *fence)
{
    sql_append(sql, "(select 1 from retort.lease where id = 1 and fence = %s for key share)",
               fence);
}
