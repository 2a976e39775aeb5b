#include "migrate/prove.h"

typedef struct Proving {
    const RehearsalOptions *options;
    const GPtrArray *ordered;
    Rehearsal *rehearsal;
    Snapshot *now; /* (nullable): the state of the rehearsal, if known */
} Proving;

static void proving_clear(Proving *proving)
{
    rehearsal_free(proving->rehearsal);
    snapshot_free(proving->now);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Proving, proving_clear)

/* A fresh scratch database, at the state behind the first @count revisions. */
static bool restart(Proving *proving, unsigned count, GError **error)
{
    g_clear_pointer(&proving->now, snapshot_free);
    g_clear_pointer(&proving->rehearsal, rehearsal_free);
    proving->rehearsal = rehearsal_new(proving->options, error);
    for (unsigned i = 0; proving->rehearsal != NULL && i < count; i++)
        if (!rehearsal_upgrade(proving->rehearsal, g_ptr_array_index(proving->ordered, i), error))
            return false;
    return proving->rehearsal != NULL;
}

static bool pass_over(Proving *proving, const Revision *revision, GError **error)
{
    g_clear_pointer(&proving->now, snapshot_free);
    return rehearsal_upgrade(proving->rehearsal, revision, error);
}

static bool prove_one(Proving *proving, unsigned index, ProveReport *report, void *data,
                      GError **error)
{
    const Revision *revision = g_ptr_array_index(proving->ordered, index);
    if (proving->now == NULL)
        proving->now = rehearsal_look(proving->rehearsal, error);
    if (proving->now == NULL)
        return false;
    g_auto(Proof) proof = {0};
    g_autoptr(Snapshot) after = NULL;
    if (!proof_run(proving->rehearsal, revision, proving->now, NULL, &proof, &after, error) ||
        !report(revision, &proof, data, error))
        return false;
    if (after == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                    "revision \"%s\" does not run, and those after it are not tried", revision->id);
        return false;
    }
    if (proof.problem != NULL && !restart(proving, index + 1, error))
        return false;
    g_clear_pointer(&proving->now, snapshot_free);
    proving->now = g_steal_pointer(&after);
    return true;
}

bool prove_revisions(const RehearsalOptions *options, const GPtrArray *ordered,
                     const GPtrArray *wanted, ProveReport *report, void *data, GError **error)
{
    g_auto(Proving) proving = {.options = options, .ordered = ordered};
    if (!restart(&proving, 0, error))
        return false;
    unsigned left = wanted->len;
    for (unsigned i = 0; i < ordered->len && left > 0; i++) {
        Revision *revision = g_ptr_array_index(ordered, i);
        bool is_wanted = g_ptr_array_find((GPtrArray *)wanted, revision, NULL);
        left -= is_wanted;
        if (is_wanted ? !prove_one(&proving, i, report, data, error)
                      : !pass_over(&proving, revision, error))
            return false;
    }
    return true;
}
