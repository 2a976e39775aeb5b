#include "migrate/watch.h"

struct Watch {
    const ConnectionSettings *settings;
    const Lease *lease;
    Database *second; /* NULL until it is needed, and after it failed */
    char *backend;    /* of the connection that is watched */
    char *blockers;
    unsigned interval;       /* milliseconds */
    gint64 begun;            /* when the statement was sent */
    WatchListener *listener; /* (nullable) */
    void *data;
    gint64 beat; /* when the lease was last known to be fresh */
};

static const char blockers_sql[] =
    "select string_agg(format('process %s%s%s%s%s', a.pid,"
    " ' (' || concat_ws(', ', 'role \"' || a.usename || '\"', nullif(a.application_name, ''),"
    " a.state || ' for ' || date_trunc('second', clock_timestamp() - a.state_change)) || ')',"
    " ' holds ' || w.mode || ' on ' || w.relation,"
    " case when a.state = 'active' then ', runs: ' else ', last ran: ' end,"
    " left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80)), E'\\n' order by a.pid)"
    " from unnest(pg_blocking_pids($1::int)) b (pid) join pg_stat_activity a on a.pid = b.pid"
    " left join lateral (select h.mode, h.relation::regclass::text as relation from pg_locks h"
    " join pg_locks n on n.pid = $1::int and not n.granted and n.relation = h.relation"
    " and n.database = h.database where h.pid = b.pid and h.granted"
    " order by h.mode limit 1) w on true";

Watch *watch_new(const ConnectionSettings *settings, Database *db, const Lease *lease,
                 unsigned interval)
{
    Watch *watch = g_new0(Watch, 1);
    watch->settings = settings;
    watch->lease = lease;
    watch->backend = g_strdup_printf("%d", PQbackendPID(database_connection(db)));
    watch->interval = interval;
    watch->beat = g_get_monotonic_time();
    return watch;
}

void watch_free(Watch *watch)
{
    if (watch == NULL)
        return;
    database_close(watch->second);
    g_free(watch->backend);
    g_free(watch->blockers);
    g_free(watch);
}

void watch_set_listener(Watch *watch, WatchListener *listener, void *data)
{
    watch->listener = listener;
    watch->data = data;
}

/*
 * Errors of the second connection end nothing: the statement may still finish within the lease,
 * and its guard tells if not. The next tick tries again.
 */
static Database *second(Watch *watch)
{
    if (watch->second != NULL && PQstatus(database_connection(watch->second)) == CONNECTION_OK)
        return watch->second;
    g_clear_pointer(&watch->second, database_close);
    g_autoptr(GError) failed = NULL;
    g_autoptr(Database) db = database_open(watch->settings, &failed);
    if (db != NULL && database_execute(db, "set statement_timeout = '2s'", &failed))
        watch->second = g_steal_pointer(&db);
    if (failed != NULL)
        g_debug("second connection: %s", failed->message);
    return watch->second;
}

static void beat_if_due(Watch *watch)
{
    gint64 now = g_get_monotonic_time();
    if (now - watch->beat < (gint64)lease_seconds(watch->lease) * G_TIME_SPAN_SECOND / 3)
        return;
    g_autoptr(GError) failed = NULL;
    if (second(watch) != NULL && lease_beat(watch->lease, watch->second, &failed))
        watch->beat = now;
    if (failed != NULL)
        g_debug("lease: %s", failed->message);
}

static void look_for_blockers(Watch *watch)
{
    g_autoptr(GError) failed = NULL;
    if (second(watch) == NULL)
        return;
    g_autofree char *found = database_query_value(
        watch->second, blockers_sql, (const char *const[]){watch->backend}, 1, &failed);
    if (failed != NULL)
        g_debug("blockers: %s", failed->message);
    if (found != NULL && *found != '\0') {
        g_free(watch->blockers);
        watch->blockers = g_steal_pointer(&found);
    }
}

static unsigned tick(void *data)
{
    Watch *watch = data;
    beat_if_due(watch);
    look_for_blockers(watch);
    gint64 seconds = (g_get_monotonic_time() - watch->begun) / G_TIME_SPAN_SECOND;
    if (watch->listener != NULL)
        watch->listener((unsigned)seconds, watch->blockers, watch->data);
    return watch->interval;
}

void watch_begin(Watch *watch)
{
    g_clear_pointer(&watch->blockers, g_free);
    watch->begun = g_get_monotonic_time();
    beat_if_due(watch);
}

Waiting watch_waiting(Watch *watch)
{
    return (Waiting){.tick = tick, .data = watch, .first = watch->interval};
}

const char *watch_blockers(const Watch *watch)
{
    return watch->blockers;
}
