/*
 * One revision: a header, the steps of its upgrade, the steps of its downgrade.
 *
 * A plain value, made by revision_parse() (revision/parse.h) from the text of a file or by the
 * commands that write one. It knows neither files nor the database.
 */
#pragma once
#include "sql/statement.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Step {
    GPtrArray *statements; /* (element-type Statement): at least one */
    bool in_transaction;   /* false: exactly one statement, which no transaction may hold */
} Step;

typedef struct Revision {
    char *id;
    char *message;        /* first comment line; "" if none */
    char **parents;       /* ids, sorted; empty for a root */
    char **depends_on;    /* ids or labels; empty if none */
    char **labels;        /* branch labels; empty if none */
    char *created;        /* as in the header: 2026-11-22 18:30:00 UTC; (nullable) */
    char *irreversible;   /* (nullable): why there is no way back */
    char *proof;          /* (nullable): as in the header, with the checksum it was made for */
    char *checksum;       /* 64 hex digits, over tokens, header keys and markers; not the proof */
    char *path;           /* (nullable): file it came from, as messages name it */
    bool has_body;        /* whether the steps and the checksum were read, not only the header */
    GPtrArray *upgrade;   /* (element-type Step) */
    GPtrArray *downgrade; /* (element-type Step) */
} Revision;

/* (transfer full): a root without id and steps: texts and lists are empty, nullable ones NULL. */
Revision *revision_new(void);
void revision_free(Revision *revision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Revision, revision_free)

/* (transfer full): a step without statements. */
Step *step_new(bool in_transaction);
void step_free(Step *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Step, step_free)

/* How far a revision's proof can be trusted. */
typedef enum ProofState {
    PROOF_NONE,  /* the header has none */
    PROOF_STALE, /* made for another content: the file was edited since */
    PROOF_GOOD,
} ProofState;

/* The state of the proof of a revision that was read with its body. */
ProofState revision_proof_state(const Revision *revision);

/* "none", "stale" or "proven". */
const char *proof_state_name(ProofState state);

/**
 * revision_checksum:
 * Returns: (transfer full): the checksum of what @revision holds now: its header keys, markers and
 *   the tokens of its statements; not the proof, the date or the message.
 */
char *revision_checksum(const Revision *revision);

/**
 * revision_proof:
 * @facts: what was proven: "upgrade, downgrade; witness pg_dump 15.20"
 *
 * Returns: (transfer full): the value of the header key "proof": @facts and the checksum's start.
 */
char *revision_proof(const Revision *revision, const char *facts);
