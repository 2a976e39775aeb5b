/*
 * The history: what was done to the database, step by step. Rows are added, never rewritten.
 *
 * Its last row tells whether a revision is applied in part, so that the next run goes on there.
 *
 * A history that an earlier version made has no column for the backup: it is read as one without
 * backups, and a record that names one wants history_table_make_room() before.
 */
#pragma once
#include "migrate/version_table.h"

/* What a row says. The texts are borrowed. */
typedef struct HistoryRecord {
    const char *revision;
    const char *direction;     /* upgrade, downgrade or stamp */
    const char *outcome;       /* started, done or failed */
    unsigned step;             /* steps done so far, this one included if it is done */
    unsigned steps;            /* of the revision in this direction */
    const char *checksum;      /* (nullable): of the revision */
    const char *step_checksum; /* (nullable): of the statements of the steps done so far */
    const char *runner;        /* who does it: user@host, process 4711 */
    const char *fence;         /* (nullable): of the lease */
    const char *message;       /* (nullable): of the revision, or the error */
    const char *backup;        /* (nullable): what was put aside before the run, by its name */
} HistoryRecord;

/*
 * The setting of a transaction that holds when its step began, in seconds since 1970. It goes when
 * the transaction ends, and a record that needs it then fails.
 */
#define HISTORY_STEP_STARTED "retort.step_started"

/* Where a record takes the time from at which its step began. */
typedef enum HistoryClock {
    HISTORY_CLOCK_SETTING,   /* the setting above */
    HISTORY_CLOCK_STATEMENT, /* the record's own time: began and ended now */
} HistoryClock;

/* Appends the statement that adds @record, without a semicolon. */
void history_table_append(GString *sql, const VersionTable *table, const HistoryRecord *record,
                          HistoryClock clock);

#define HISTORY_PARAMETERS 7

/*
 * SQL of what must hold for a record to be added: 1 if it does, else NULL, which the column of that
 * name does not take: not_null_violation.
 */
typedef struct HistoryConditions {
    const char *step;
    const char *steps;
    const char *runner;
} HistoryConditions;

/*
 * The same with parameters for what differs from one step that is done to the next, to be prepared
 * once: history_table_values() gives the HISTORY_PARAMETERS values. Each such step began with its
 * transaction. Of @same runner, fence and backup are taken.
 */
void history_table_append_prepared(GString *sql, const VersionTable *table,
                                   const HistoryRecord *same, const HistoryConditions *conditions);

/* (transfer full) (element-type utf8): the parameters for @record; an element may be NULL. */
GPtrArray *history_table_values(const HistoryRecord *record);

/* Where the last run stopped. */
typedef struct Position {
    char *revision;      /* (nullable): the one applied in part; NULL if the last one is whole */
    char *direction;     /* upgrade or downgrade */
    char *step_checksum; /* (nullable) of the statements of the steps done */
    unsigned step;       /* steps done */
    unsigned steps;      /* that it had then */
    bool attempted;      /* whether the step after it was begun outside a transaction, and its end
                            is not known */
} Position;

void position_free(Position *position);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Position, position_free)

/**
 * history_table_position:
 *
 * Returns: (transfer full): where the last run with this version table stopped; %NULL as
 *   database_query(), also if there is no table of the history.
 */
Position *history_table_position(const VersionTable *table, Database *db, GError **error);

/**
 * history_table_checksums:
 *
 * Returns: (transfer full) (element-type utf8 utf8): the checksum that each revision had when it
 *   was last applied, by its id; empty if there is no history; %NULL as database_query().
 */
GHashTable *history_table_checksums(const VersionTable *table, Database *db, GError **error);

/**
 * history_table_make_room:
 * @out_room: whether records may name a backup
 *
 * Adds the column of the backup where it is missing, if the role may do so and nobody has the table
 * locked. For one who holds the lease, so that no other runner writes the history meanwhile.
 *
 * Returns: whether that is known; else as database_query().
 */
bool history_table_make_room(Database *db, bool *out_room, GError **error);

/**
 * history_table_backups:
 *
 * Returns: (transfer full) (element-type utf8 utf8): by the id of a revision the backup that was
 *   taken before the run that applied it, or began to, the last time; a revision that was applied
 *   without one is missing. Empty if there is no history, or it may not be read. %NULL as
 *   database_query().
 */
GHashTable *history_table_backups(const VersionTable *table, Database *db, GError **error);
