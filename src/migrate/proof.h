/*
 * The proof of a revision: it leads where it should, and its downgrade leads back.
 */
#pragma once
#include "migrate/rehearsal.h"

typedef struct Proof {
    bool upgraded;   /* the upgrade ran and gave what was wanted */
    bool downgraded; /* the downgrade ran, gave back what was before, and the upgrade ran
                        again; false without a problem if the revision is irreversible */
    char *problem;   /* (nullable): what did not hold, in lines */
    char *witness;   /* (nullable): the program that was the witness: pg_dump 15.20 */
} Proof;

void proof_clear(Proof *proof);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Proof, proof_clear)

/**
 * proof_run:
 * @rehearsal: at the state before @revision
 * @before: that state
 * @wanted: (nullable): what the upgrade shall give
 * @out_proof: what came out; a revision that does not hold is no error
 * @out_after: (out) (transfer full) (nullable): the state after the upgrade; %NULL if that failed
 *
 * The rehearsal is left at the state after the revision if proof->problem is %NULL, else at
 * an unknown one.
 *
 * Returns: whether the proof could be made; else APP_ERROR_CONNECT or APP_ERROR_PROGRAM.
 */
bool proof_run(Rehearsal *rehearsal, const Revision *revision, const Snapshot *before,
               const Snapshot *wanted, Proof *out_proof, Snapshot **out_after, GError **error);

/**
 * proof_format:
 *
 * Returns: (transfer full): the line of the header: upgrade, downgrade; witness pg_dump 15.20;
 *   5f0c2d9e, ending with the beginning of @revision's checksum; %NULL if there is no proof.
 */
char *proof_format(const Proof *proof, const Revision *revision);
