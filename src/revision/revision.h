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
    GPtrArray *upgrade;   /* (element-type Step) */
    GPtrArray *downgrade; /* (element-type Step) */
} Revision;

Revision *revision_new(void);
void revision_free(Revision *revision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Revision, revision_free)

Step *step_new(bool in_transaction);
void step_free(Step *step);
