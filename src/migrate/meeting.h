/*
 * A run of revisions and a dump of the same database know of each other.
 *
 * pg_dump holds a weak lock on every table until it ends. A statement that wants a strong one would
 * wait for it, and everybody else behind that statement; and a dump would wait for a run in the
 * same way. So neither begins before the other has ended, without a lock of any table meanwhile,
 * and each says what it waits for. Several dumps may go on at once; runs exclude each other by
 * their lease.
 *
 * Each side holds an advisory lock of its own while it is there, which ends with its session
 * however that ends. Through a pooler there is no session to hold it. Where both come at once the
 * run goes first.
 */
#pragma once
#include "pg/database.h"

typedef enum MeetingSide {
    MEETING_RUN,
    MEETING_DUMP,
} MeetingSide;

typedef struct MeetingOptions {
    unsigned wait;                                  /* seconds to wait for the other side */
    void (*waiting)(const char *other, void *data); /* (nullable): called when it has to wait */
    void *data;
} MeetingOptions;

/**
 * meeting_enter:
 * @db: a session of its own, in no transaction
 *
 * Returns: whether this side may go on, until meeting_leave() or the end of the session; else
 *   APP_ERROR_LOCKED, which names the other side, or as database_query().
 */
bool meeting_enter(Database *db, MeetingSide side, const MeetingOptions *options, GError **error);

/* Lets the other side begin. A connection that is lost has done so. */
void meeting_leave(Database *db, MeetingSide side);
