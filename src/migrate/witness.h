/*
 * The independent witness: what pg_dump says of a database's schema.
 *
 * The dump is cut into objects and normalised, so that two databases with the same schema give
 * equal witnesses: the order of objects and of columns, the owner and the settings at the top
 * do not matter. Nothing here shares code with the catalog reader.
 */
#pragma once
#include "base/error.h"
#include "pg/settings.h"

typedef struct WitnessOptions {
    const char *const *excluded; /* (nullable): patterns over schema.name, left out */
    const char *version_table;   /* (nullable): schema.table of the version; left out */
    bool everything;             /* also kinds that the catalog reader does not manage */
    char **environment;          /* (nullable): for the program, which gets more; NULL: our own */
} WitnessOptions;

typedef struct Witness Witness;

/**
 * witness_find_program:
 * @server_version: 150004
 *
 * Returns: (transfer full) (nullable): path of the newest installed pg_dump that can read that
 *   server, or %NULL if there is none.
 */
char *witness_find_program(int server_version);

/**
 * witness_take:
 * @program: from witness_find_program()
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_PROGRAM and what the program said.
 */
Witness *witness_take(const char *program, const ConnectionSettings *settings,
                      const WitnessOptions *options, GError **error);
void witness_free(Witness *witness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Witness, witness_free)

/* (transfer none): the program's name and version: pg_dump 15.20 */
const char *witness_program(const Witness *witness);

/*
 * (transfer none) (array zero-terminated=1): pg_dump's types of objects that were left out
 * because they are not managed, sorted, each once.
 */
const char *const *witness_left_out(const Witness *witness);

/* (transfer full): to be kept in a cache; witness_parse() reads it. */
char *witness_format(const Witness *witness);

/* (transfer full) (nullable): %NULL if @text is not what witness_format() gave. */
Witness *witness_parse(const char *text);

/**
 * witness_compare:
 * @except: (nullable) (array zero-terminated=1): schema.name of objects that are not looked at, as
 *   the catalog has the names; of a function with its argument types: public.f(integer)
 *
 * Returns: (transfer full) (nullable): %NULL if equal; else a readable list of the objects that
 *   are in one only, and of the lines that differ in objects of the same name.
 */
char *witness_compare(const Witness *wanted, const Witness *found, const char *const *except);
