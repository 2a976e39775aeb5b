/*
 * Positions of sequences, as pg_dump writes them: SELECT pg_catalog.setval('public.t_id_seq', 7,
 * true);
 *
 * The name is read as a string under standard_conforming_strings, which pg_dump's own statements
 * switch on unless the database's setting is off.
 */
#pragma once
#include "base/error.h"

#include <glib.h>
#include <stdint.h>

/* A plain value, freed by sequence_set_free(). */
typedef struct SequenceSet {
    char *name; /* as SQL writes it, with its schema: public."Order_id_seq" */
    int64_t value;
    bool called; /* the next one is behind @value */
} SequenceSet;

/* (transfer full) (nullable): %NULL if @statement is not one of those, with or without its
 * semicolon. */
SequenceSet *sequence_set_parse(const char *statement);
void sequence_set_free(SequenceSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceSet, sequence_set_free)
