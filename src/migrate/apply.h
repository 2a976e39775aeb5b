/*
 * Running a plan: each step in a transaction of its own, its record and the version with it.
 *
 * Killed at any moment, the database is at a whole step, and the history tells at which.
 */
#pragma once
#include "migrate/lease.h"
#include "migrate/plan.h"

typedef struct ApplyOptions {
    const char *runner;       /* who does it, for the history */
    const char *backup;       /* (nullable): what was put aside before it, for the history */
    const char *search_path;  /* of every step */
    const char *lock_timeout; /* of every statement in a transaction: "3s" */
    const char *long_timeout; /* of a statement outside transactions: "6h" */
    unsigned lock_retries;    /* of a step that did not get a lock, or was in a deadlock */
    bool single_transaction;  /* all in one */
    bool allow_data_loss;     /* drop what holds rows */
    void (*say)(const char *message, void *data);   /* what is done; a line each */
    void (*still)(const char *message, void *data); /* "12 s, blocked by …", while it takes long */
    void *data;                                     /* of both */
} ApplyOptions;

/**
 * apply_check:
 *
 * Finds what cannot be run, before anything is.
 *
 * Returns: whether every step can be run this way; else APP_ERROR_USAGE if a step that no
 *   transaction may hold should be in a single one, APP_ERROR_INPUT with its place, or
 *   APP_ERROR_REFUSED if there is no way back.
 */
bool apply_check(const GPtrArray *plan, const ApplyOptions *options, GError **error);

/**
 * apply_plan:
 * @settings: for a second connection beside @db
 * @plan: (element-type PlanItem): in order; apply_check() has accepted it
 *
 * Returns: whether all of it is done. Else what was done before stays, by whole steps:
 *   APP_ERROR_SQL with file:line of the statement, APP_ERROR_LOCKED if a lock was not had or the
 *   lease was lost, APP_ERROR_REFUSED if rows would be lost, APP_ERROR_HISTORY if somebody else
 *   changed the version, APP_ERROR_CONNECT.
 */
bool apply_plan(Database *db, const ConnectionSettings *settings, const VersionTable *table,
                const Lease *lease, const GPtrArray *plan, const ApplyOptions *options,
                GError **error);

/**
 * apply_stamp:
 * @plan: from plan_new_stamp()
 *
 * Writes the version of @plan without running anything, in one transaction.
 *
 * Returns: as apply_plan().
 */
bool apply_stamp(Database *db, const ConnectionSettings *settings, const VersionTable *table,
                 const Lease *lease, const Plan *plan, const ApplyOptions *options, GError **error);
