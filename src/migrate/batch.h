/*
 * The statements that transactions of a run consist of, and what each of them is for, so that an
 * error can be told from where it came. After one that fails none of the batch runs.
 *
 * What is added goes to the server at once, which works on it while more is added.
 */
#pragma once
#include "migrate/plan.h"
#include "migrate/send.h"

typedef enum BatchPurpose {
    BATCH_BEGIN,
    BATCH_LEASE,     /* settings of the step, and the guard of the lease */
    BATCH_KEEP,      /* refuses to lose rows: see data_loss_guard() */
    BATCH_STATEMENT, /* of the revision */
    BATCH_VERSION,   /* changes a row of the version */
    BATCH_RECORD,    /* adds to the history */
    BATCH_COMMIT,
} BatchPurpose;

typedef struct BatchEntry {
    BatchPurpose purpose;
    const Statement *statement; /* (nullable): that it is, or stands before */
    const PlanItem *item;       /* (nullable) */
    unsigned step;              /* of the item, from 0 */
} BatchEntry;

typedef struct Batch Batch;

/* (transfer full): on @db, on which nothing else may be done until batch_finish(). */
Batch *batch_new(Database *db);
void batch_free(Batch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Batch, batch_free)

/* Of which item and step what is added from now on is. */
void batch_enter(Batch *batch, const PlanItem *item, unsigned step);

/* Adds @sql, of which it makes a copy. */
void batch_add(Batch *batch, BatchPurpose purpose, const char *sql, const Statement *statement);

/* Called with each entry that succeeded, in their order, while batch_finish() waits. */
typedef void BatchListener(const BatchEntry *entry, void *data);

void batch_set_listener(Batch *batch, BatchListener *listener, void *data);

/* Prepares @sql as @name. */
void batch_add_prepare(Batch *batch, const char *name, const char *sql);

/* Executes what is prepared as @name. @values: (nullable) (element-type utf8): its parameters */
void batch_add_execute(Batch *batch, BatchPurpose purpose, const char *name,
                       const GPtrArray *values);

/**
 * batch_finish:
 * @waiting: what to do besides; its own listener is not called
 * @out_failed: (out) (nullable): on failure the entry that failed, owned by the batch; %NULL if
 *   it was none of them
 *
 * Returns: whether all succeeded; else the error of send_finish(), with what it means here and
 *   where in which file it is: see batch_explain() in the code.
 */
bool batch_finish(Batch *batch, const VersionTable *table, const Waiting *waiting,
                  const BatchEntry **out_failed, GError **error);

/* (transfer full): path:line of the statement that the last error of @db is about, as far as known.
 */
char *batch_place(const Database *db, const Revision *revision, const Statement *statement);
