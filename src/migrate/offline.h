/*
 * A run as a SQL script for psql, for those who may not or will not let a program change the
 * database: the same statements in the same transactions, with version and history.
 */
#pragma once
#include "migrate/plan.h"

typedef struct OfflineOptions {
    const char *search_path;
    const char *lock_timeout;
    bool single_transaction;
} OfflineOptions;

/**
 * offline_append_plan:
 *
 * Appends the script of @plan. It makes the tables of the version and the history if they are
 * missing, and stops at once if the database is not at the version where the plan begins.
 */
void offline_append_plan(GString *script, const VersionTable *table, const Plan *plan,
                         const OfflineOptions *options);

/* The same for a plan from plan_new_stamp(). */
void offline_append_stamp(GString *script, const VersionTable *table, const Plan *plan);

/* Appends the statements that make the tables if they are missing. */
void offline_append_state(GString *script, const VersionTable *table);
