/*
 * What the models ask for: their schema, from the cache or from a scratch database.
 */
#pragma once
#include "migrate/models.h"
#include "migrate/rehearsal.h"

typedef struct Wanted Wanted;

/**
 * wanted_new:
 * @models: to run on an empty scratch database, unless the cache knows what they give
 * @options: how; both outlive the result
 * @cache: (nullable): a folder for files of the cache; made if missing, and safe to delete
 * @server_version: of the target: another version may print another text
 */
Wanted *wanted_new(const Models *models, const RehearsalOptions *options, const char *cache,
                   int server_version);
void wanted_free(Wanted *wanted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wanted, wanted_free)

/**
 * wanted_schema:
 *
 * Returns: (transfer none): or %NULL with APP_ERROR_INPUT and file:line, or as rehearsal_new().
 */
const Schema *wanted_schema(Wanted *wanted, GError **error);

/* (transfer full): the same, taken away: it is made anew when it is asked for again. */
Schema *wanted_take_schema(Wanted *wanted, GError **error);

/* (transfer none): the schema with its witness, if there is a program to be one; as above. */
const Snapshot *wanted_snapshot(Wanted *wanted, GError **error);

/**
 * wanted_database:
 *
 * Runs the models on scratch, also where the cache knows their schema.
 *
 * Returns: (transfer none): a connection to a database that is what the models say; %NULL as
 *   wanted_schema().
 */
Database *wanted_database(Wanted *wanted, GError **error);
