#include "migrate/rehearsal.h"

#include "migrate/batch.h"
#include "migrate/send.h"
#include "sql/quote.h"

struct Rehearsal {
    const RehearsalOptions *options;
    Scratch *scratch;
};

Rehearsal *rehearsal_new(const RehearsalOptions *options, GError **error)
{
    g_autoptr(Scratch) scratch = scratch_new(&options->scratch, error);
    if (scratch == NULL)
        return NULL;
    Rehearsal *rehearsal = g_new0(Rehearsal, 1);
    rehearsal->options = options;
    rehearsal->scratch = g_steal_pointer(&scratch);
    return rehearsal;
}

void rehearsal_free(Rehearsal *rehearsal)
{
    if (rehearsal == NULL)
        return;
    scratch_free(rehearsal->scratch);
    g_free(rehearsal);
}

Database *rehearsal_database(Rehearsal *rehearsal)
{
    return scratch_database(rehearsal->scratch);
}

/* The path that every step begins with, whatever the step before it set. */
static char *set_path(const Rehearsal *rehearsal)
{
    const char *path = rehearsal->options->snapshot.catalog.search_path;
    return g_strdup_printf("SET LOCAL search_path TO %s", path == NULL ? "public" : path);
}

static bool run_in_transaction(Rehearsal *rehearsal, const Step *step, size_t *out_failed,
                               GError **error)
{
    g_autoptr(GPtrArray) batch = g_ptr_array_new();
    g_autofree char *path = set_path(rehearsal);
    g_ptr_array_add(batch, (char *)"BEGIN");
    g_ptr_array_add(batch, path);
    for (unsigned i = 0; i < step->statements->len; i++)
        g_ptr_array_add(batch, ((Statement *)g_ptr_array_index(step->statements, i))->text);
    g_ptr_array_add(batch, (char *)"COMMIT");
    Database *db = rehearsal_database(rehearsal);
    if (send_batch(db, batch, NULL, out_failed, error))
        return true;
    *out_failed = *out_failed < 2 ? step->statements->len : *out_failed - 2;
    return false;
}

static bool run_step(Rehearsal *rehearsal, const Revision *revision, const Step *step,
                     GError **error)
{
    Database *db = rehearsal_database(rehearsal);
    size_t failed = 0;
    bool done = step->in_transaction
                    ? run_in_transaction(rehearsal, step, &failed, error)
                    : send_alone(db, ((Statement *)g_ptr_array_index(step->statements, 0))->text,
                                 NULL, error);
    if (done)
        return true;
    if (failed < step->statements->len) {
        const Statement *statement = g_ptr_array_index(step->statements, failed);
        g_autofree char *place = batch_place(db, revision, statement);
        g_prefix_error(error, "%s: ", place);
    }
    g_autoptr(GError) ignored = NULL; /* the first error is the one to report */
    database_execute(db, "ROLLBACK", &ignored);
    return false;
}

static bool run_steps(Rehearsal *rehearsal, const Revision *revision, const GPtrArray *steps,
                      GError **error)
{
    for (unsigned i = 0; i < steps->len; i++)
        if (!run_step(rehearsal, revision, g_ptr_array_index(steps, i), error))
            return false;
    return true;
}

bool rehearsal_upgrade(Rehearsal *rehearsal, const Revision *revision, GError **error)
{
    return run_steps(rehearsal, revision, revision->upgrade, error);
}

bool rehearsal_downgrade(Rehearsal *rehearsal, const Revision *revision, GError **error)
{
    return run_steps(rehearsal, revision, revision->downgrade, error);
}

bool rehearsal_replay(Rehearsal *rehearsal, const GPtrArray *revisions, GError **error)
{
    for (unsigned i = 0; i < revisions->len; i++)
        if (!rehearsal_upgrade(rehearsal, g_ptr_array_index(revisions, i), error))
            return false;
    return true;
}

Snapshot *rehearsal_look(Rehearsal *rehearsal, GError **error)
{
    return snapshot_take(rehearsal_database(rehearsal), scratch_settings(rehearsal->scratch),
                         &rehearsal->options->snapshot, error);
}

Witness *rehearsal_dump(Rehearsal *rehearsal, GError **error)
{
    const SnapshotOptions *options = &rehearsal->options->snapshot;
    return witness_take(options->program, scratch_settings(rehearsal->scratch), &options->witness,
                        error);
}
