/*
 * One run of an upgrade, downgrade or stamp from beginning to end: read the version, plan, take
 * the lease, plan again, apply, give the lease back.
 *
 * A database that is where it should be needs no lease and no right to write.
 */
#pragma once
#include "migrate/apply.h"
#include "pg/settings.h"

/* A run. Borrows all; the callbacks may be NULL. */
typedef struct Runner {
    Database *db;
    const ConnectionSettings *settings; /* for a second connection */
    const VersionTable *table;
    const RevisionGraph *graph; /* of revisions with their bodies */
    ApplyOptions apply;
    unsigned lease_seconds;
    unsigned wait;     /* seconds, for another runner */
    bool no_row_check; /* leave to the server what the stored rows do not allow */

    /* Asks whether @losses, such as `table "item"`, may be dropped with their rows. */
    bool (*consent)(char **losses, void *data, GError **error);
    void *consent_data;

    /*
     * Called before a run that has something to do, with no lock held and nobody waited for; may
     * take long. What it gives in @out_backup (nullable) (transfer full) is recorded in the history
     * as the run's backup; the run is then refused if another one has been at work meanwhile.
     */
    bool (*before)(char **out_backup, void *data, GError **error);
    void *before_data;

    /* Told of what is suspicious and is done all the same. */
    void (*warn)(const char *message, void *data);
    void *warn_data;
} Runner;

/* (transfer full): who runs, as others see it: user@host, process 4711. */
char *runner_name(void);

/**
 * runner_plan:
 *
 * Returns: (transfer full): what a run would do now; %NULL as plan_new() or database_query().
 */
Plan *runner_plan(const Runner *runner, bool up, const char *target, GError **error);

/**
 * runner_run:
 * @up: whether to upgrade to @target or to downgrade
 *
 * Returns: (transfer full): what was done, empty if the database was at @target; %NULL as
 *   runner_plan(), lease_acquire(), apply_check(), apply_plan() or Runner.before, or with
 *   nothing changed: APP_ERROR_REFUSED if rows would be lost and nobody consents, APP_ERROR_LOCKED
 *   if another run has come between the backup and this one.
 */
Plan *runner_run(Runner *runner, bool up, const char *target, GError **error);

/* (transfer full): what runner_stamp() would do now; %NULL as path_stamp() or database_query(). */
Plan *runner_plan_stamp(const Runner *runner, const char *const *targets, bool purge,
                        GError **error);

/**
 * runner_stamp:
 * @targets: (array zero-terminated=1)
 * @purge: delete all rows of the version first, also such as no file knows
 *
 * Makes @targets the version without running anything.
 *
 * Returns: (transfer full): what was done; %NULL as path_stamp(), lease_acquire() or
 *   database_query().
 */
Plan *runner_stamp(Runner *runner, const char *const *targets, bool purge, GError **error);

/**
 * runner_load_edited:
 *
 * Returns: (transfer full) (array zero-terminated=1): applied revisions whose file was edited
 *   since, by id; %NULL as database_query().
 */
char **runner_load_edited(const Runner *runner, GError **error);
