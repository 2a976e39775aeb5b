/*
 * Whose lock a dump waits for: pg_dump waits in silence.
 */
#pragma once
#include "migrate/meeting.h"

typedef struct LockWatch LockWatch;

/**
 * lock_watch_new:
 * @application: the application_name of the sessions that may wait: pg_dump's and the fingerprint's
 * @meeting: whom it is told; told again now and then while it lasts
 *
 * Returns: (transfer full): it has no connection before it is needed.
 */
LockWatch *lock_watch_new(const ConnectionSettings *settings, const char *application,
                          const MeetingOptions *meeting);
void lock_watch_free(LockWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LockWatch, lock_watch_free)

/**
 * lock_watch_look:
 *
 * May be called as often as one likes: it looks once a second. What it cannot find out it does not
 * say.
 */
void lock_watch_look(LockWatch *watch);

/* (nullable) (transfer none): whose lock was waited for when it last looked; %NULL: nobody's. */
const char *lock_watch_who(const LockWatch *watch);
