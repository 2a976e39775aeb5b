#include "backup/lock_watch.h"

#include "backup_queries.h"

enum {
    LOOK_EACH = 1,   /* seconds between two looks */
    TELL_AGAIN = 15, /* seconds until the same is told again */
};

struct LockWatch {
    ConnectionSettings *settings;
    char *application;
    const MeetingOptions *meeting;
    Database *db; /* (nullable): since the first look */
    char *who;    /* (nullable) */
    gint64 looked, told;
    bool refused; /* there is no connection for it */
};

LockWatch *lock_watch_new(const ConnectionSettings *settings, const char *application,
                          const MeetingOptions *meeting)
{
    LockWatch *watch = g_new0(LockWatch, 1);
    watch->settings = settings_copy(settings);
    watch->application = g_strdup(application);
    watch->meeting = meeting;
    watch->looked = g_get_monotonic_time();
    return watch;
}

void lock_watch_free(LockWatch *watch)
{
    if (watch == NULL)
        return;
    database_close(watch->db);
    settings_free(watch->settings);
    g_free(watch->application);
    g_free(watch->who);
    g_free(watch);
}

/* (transfer full) (nullable): a dump does not fail because nothing can be said of it. */
static char *ask(LockWatch *watch)
{
    g_autoptr(GError) unknown = NULL;
    const char *values[] = {watch->application};
    if (watch->db == NULL && !watch->refused)
        watch->db = database_open(watch->settings, &unknown);
    watch->refused = watch->db == NULL;
    g_autofree char *who =
        watch->db == NULL ? NULL
                          : database_query_value(watch->db, sql_lock_holders, values, 1, &unknown);
    if (unknown != NULL)
        g_debug("who holds locks: %s", unknown->message);
    return who != NULL && *who != '\0' ? g_steal_pointer(&who) : NULL;
}

static void tell(LockWatch *watch, bool is_new, gint64 now)
{
    if (watch->who == NULL || watch->meeting->waiting == NULL ||
        (!is_new && now - watch->told < TELL_AGAIN * G_TIME_SPAN_SECOND))
        return;
    watch->told = now;
    watch->meeting->waiting(watch->who, watch->meeting->data);
}

void lock_watch_look(LockWatch *watch)
{
    gint64 now = g_get_monotonic_time();
    if (now - watch->looked < LOOK_EACH * G_TIME_SPAN_SECOND)
        return;
    watch->looked = now;
    g_autofree char *before = watch->who;
    watch->who = ask(watch);
    tell(watch, g_strcmp0(before, watch->who) != 0, now);
}

const char *lock_watch_who(const LockWatch *watch)
{
    return watch->who;
}
