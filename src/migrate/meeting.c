#include "migrate/meeting.h"

enum {
    POLL_FIRST = 20, /* milliseconds between two looks, doubled each time up to the last */
    POLL_LAST = 500,
    TELL_AGAIN = 15, /* seconds between two calls of MeetingOptions.waiting */
};

/* The first key of the locks, "reto"; the second is the side. */
#define KEY "1919251567"

static const char *const side_keys[] = {[MEETING_RUN] = "1", [MEETING_DUMP] = "2"};

/*
 * Shared: those of one side do not exclude each other. $2 is the backend that libpq was told:
 * behind a pooler it is another, whose next client would have the lock.
 */
static const char enter_sql[] =
    "select case when pg_catalog.pg_backend_pid() = $2::pg_catalog.int4"
    " then pg_catalog.pg_advisory_lock_shared(" KEY ", $1::pg_catalog.int4) end";
static const char leave_sql[] =
    "select pg_catalog.pg_advisory_unlock_shared(" KEY ", $1::pg_catalog.int4)";

/* Who of the side $1 is there; "" if nobody is. */
static const char other_sql[] =
    "select pg_catalog.format('%s, process %s, since %s',"
    " case when l.objid = 1 then 'a run of revisions' else 'a backup' end, a.pid,"
    " pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'))"
    " from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid"
    " where l.locktype = 'advisory' and l.classid = " KEY "::pg_catalog.oid"
    " and l.objid = $1::pg_catalog.oid and l.objsubid = 2 and l.granted"
    " and l.database = (select oid from pg_catalog.pg_database"
    " where datname = pg_catalog.current_database())"
    " order by a.backend_start limit 1";

/* The time that is waited. */
typedef struct Wait {
    gint64 start;
    gint64 told; /* when it was told last; 0 if never */
    unsigned pause;
} Wait;

static bool enter(Database *db, MeetingSide side, GError **error)
{
    g_autofree char *backend = g_strdup_printf("%d", database_backend_pid(db));
    const char *values[] = {side_keys[side], backend};
    g_autofree char *done = database_query_value(db, enter_sql, values, 2, error);
    return done != NULL;
}

static bool wait_on(Wait *wait, const char *other, const MeetingOptions *options, GError **error)
{
    const gint64 now = g_get_monotonic_time();
    if (now - wait->start >= (gint64)options->wait * G_TIME_SPAN_SECOND) {
        g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                    "%s is at work\nhint: it was waited for %u s; \"--wait SECONDS\" waits longer",
                    other, options->wait);
        return false;
    }
    if (options->waiting != NULL &&
        (wait->told == 0 || now - wait->told >= TELL_AGAIN * G_TIME_SPAN_SECOND)) {
        options->waiting(other, options->data);
        wait->told = now;
    }
    g_usleep((gulong)wait->pause * 1000);
    wait->pause = MIN(wait->pause * 2, POLL_LAST);
    return true;
}

bool meeting_enter(Database *db, MeetingSide side, const MeetingOptions *options, GError **error)
{
    const bool run_side = side == MEETING_RUN;
    const MeetingSide other_side = run_side ? MEETING_DUMP : MEETING_RUN;
    Wait wait = {.start = g_get_monotonic_time(), .pause = POLL_FIRST};
    if (!enter(db, side, error))
        return false;
    for (;;) {
        g_autofree char *other =
            database_query_value(db, other_sql, &side_keys[other_side], 1, error);
        if (other == NULL || *other == '\0')
            return other != NULL;
        /* A run stays in the door, so that no further dump goes in; a dump makes way. */
        if (!run_side)
            meeting_leave(db, side);
        if (!wait_on(&wait, other, options, error)) {
            if (run_side)
                meeting_leave(db, side);
            return false;
        }
        if (!run_side && !enter(db, side, error))
            return false;
    }
}

void meeting_leave(Database *db, MeetingSide side)
{
    if (PQstatus(database_connection(db)) != CONNECTION_OK)
        return;
    g_autoptr(GError) ignored = NULL; /* it ends with the session */
    g_free(database_query_value(db, leave_sql, &side_keys[side], 1, &ignored));
}
