#include "migrate/proof.h"

#include "sql/statement.h"

void proof_clear(Proof *proof)
{
    g_clear_pointer(&proof->problem, g_free);
    g_clear_pointer(&proof->witness, g_free);
}

/* What one run of steps came to. */
typedef enum Outcome {
    RAN,
    FAILED,     /* the server refused a statement: the revision's fault */
    IMPOSSIBLE, /* anything else: ours, or the server's */
} Outcome;

/* Runs the revision one way; the server's refusal is written to @out_problem. */
static Outcome rehearse(Rehearsal *rehearsal, const Revision *revision, bool up, char **out_problem,
                        GError **error)
{
    g_autoptr(GError) refusal = NULL; /* of the server: a finding, not an error of ours */
    bool ran = up ? rehearsal_upgrade(rehearsal, revision, &refusal)
                  : rehearsal_downgrade(rehearsal, revision, &refusal);
    if (ran)
        return RAN;
    if (!g_error_matches(refusal, APP_ERROR, APP_ERROR_CONNECT)) {
        *out_problem =
            g_strdup_printf("the %s fails: %s", up ? "upgrade" : "downgrade", refusal->message);
        return FAILED;
    }
    g_propagate_error(error, g_steal_pointer(&refusal));
    return IMPOSSIBLE;
}

/* What the rehearsal shall look like. */
typedef struct Claim {
    const Snapshot *wanted; /* (nullable): anything will do */
    bool managed;           /* as far as it can be made: see snapshot_compare() */
    const char *otherwise;  /* what is wrong if it does not */
} Claim;

/* Looks at the rehearsal and says what differs from the claim, if anything. */
static bool look(Rehearsal *rehearsal, Claim claim, Snapshot **out_seen, char **out_problem,
                 GError **error)
{
    g_autoptr(Snapshot) seen = rehearsal_look(rehearsal, error);
    if (seen == NULL)
        return false;
    g_autofree char *difference =
        claim.wanted == NULL ? NULL : snapshot_compare(claim.wanted, seen, claim.managed);
    if (difference != NULL)
        *out_problem = g_strdup_printf("%s:\n%s", claim.otherwise, difference);
    if (out_seen != NULL)
        *out_seen = g_steal_pointer(&seen);
    return true;
}

/* The way back, and the way forth once more. */
static bool prove_downgrade(Rehearsal *rehearsal, const Revision *revision, const Snapshot *before,
                            const Snapshot *after, Proof *proof, GError **error)
{
    Claim restored = {before, false, "the downgrade does not restore what was before"};
    Claim repeated = {after, false, "the second upgrade gives something else than the first"};
    Outcome outcome = rehearse(rehearsal, revision, false, &proof->problem, error);
    if (outcome != RAN)
        return outcome == FAILED;
    if (!look(rehearsal, restored, NULL, &proof->problem, error))
        return false;
    if (proof->problem != NULL)
        return true;
    outcome = rehearse(rehearsal, revision, true, &proof->problem, error);
    if (outcome != RAN)
        return outcome == FAILED;
    if (!look(rehearsal, repeated, NULL, &proof->problem, error))
        return false;
    proof->downgraded = proof->problem == NULL;
    return true;
}

bool proof_run(Rehearsal *rehearsal, const Revision *revision, const Snapshot *before,
               const Snapshot *wanted, Proof *out_proof, Snapshot **out_after, GError **error)
{
    *out_proof = (Proof){0};
    *out_after = NULL;
    if (before->witness != NULL)
        out_proof->witness = g_strdup(witness_program(before->witness));
    Claim claim = {wanted, true, "the upgrade does not give what the models say"};
    Outcome outcome = rehearse(rehearsal, revision, true, &out_proof->problem, error);
    if (outcome != RAN)
        return outcome == FAILED;
    if (!look(rehearsal, claim, out_after, &out_proof->problem, error))
        return false;
    out_proof->upgraded = out_proof->problem == NULL;
    if (!out_proof->upgraded || revision->irreversible != NULL)
        return true;
    return prove_downgrade(rehearsal, revision, before, *out_after, out_proof, error);
}

char *proof_format(const Proof *proof, const Revision *revision)
{
    if (!proof->upgraded || proof->problem != NULL)
        return NULL;
    return g_strdup_printf("%s; witness %s; %.8s",
                           proof->downgraded ? "upgrade, downgrade" : "upgrade",
                           proof->witness == NULL ? "none" : proof->witness, revision->checksum);
}
