/*
 * What the transaction of a step consists of: settings, guards, statements, version and record.
 */
#pragma once
#include "migrate/apply.h"
#include "migrate/batch.h"

/* What is the same for all steps of a run. Borrowed. */
typedef struct StepContext {
    int server_version;
    const VersionTable *table;
    const char *fence; /* of the lease */
    const ApplyOptions *options;
    bool prepared;    /* whether the session has what step_batch_prepare() prepares */
    bool more_follow; /* whether a later transaction of the run makes this one durable too */
} StepContext;

/* BEGIN; with @reset, also clears what the step before may have left in the session. */
void step_batch_begin(Batch *batch, bool reset);

/* Clears what statements may have left: roles, settings, temporary tables. */
void step_batch_reset(Batch *batch);

/**
 * step_batch_settings:
 * @since: (nullable): SQL of when the step began, as text of seconds since 1970; %NULL for now
 *
 * Adds the settings of a transaction and the guard of the lease.
 */
void step_batch_settings(Batch *batch, const StepContext *context, const char *since);

/* Adds a record: @outcome with the first @done steps of @item done; @message is nullable. */
void step_batch_record(Batch *batch, const StepContext *context, const PlanItem *item,
                       const char *outcome, unsigned done, const char *message);

/* Adds what goes with step @index when it is done: the version, after the last, and the record. */
void step_batch_end(Batch *batch, const StepContext *context, const PlanItem *item, unsigned index);

/*
 * Prepares what each step sends besides its own statements, in a session that belongs to the run,
 * so that the server parses and plans it once; forgets whatever else was prepared.
 */
void step_batch_prepare(Batch *batch, const StepContext *context);

/* Adds COMMIT and BEGIN between two steps for which that is prepared. */
void step_batch_next(Batch *batch);

/* Adds all of step @index between BEGIN and COMMIT; an item without steps has one, empty. */
void step_batch_add(Batch *batch, const StepContext *context, const PlanItem *item, unsigned index);

/* Adds what a stamp writes. */
void step_batch_stamp(Batch *batch, const StepContext *context, const Plan *plan);
