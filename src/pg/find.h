/*
 * Which database is meant: the first of the places that name one.
 *
 * In order: --database-url, DATABASE_URL, DATABASE_URL_FILE, [database] url of retort.ini, and
 * libpq's own PGHOST, PGHOSTADDR, PGDATABASE, PGSERVICE. PGUSER, PGPASSWORD and .pgpass add to
 * what is named, but name no database themselves. An empty variable names nothing.
 *
 * What the first place leaves out, libpq's variables fill in, those of .env too.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"
#include "pg/settings.h"

typedef struct FindOptions {
    const char *database_url; /* (nullable): of the command line */
    const Environment *environment;
    const Config *config;
} FindOptions;

/**
 * settings_find:
 * @out_settings: (out) (transfer full) (nullable): %NULL if no place names a database
 *
 * Returns: whether all places could be read; else APP_ERROR_USAGE if the command line holds a
 *   password, or APP_ERROR_INPUT with the place. No message repeats a secret.
 */
bool settings_find(const FindOptions *options, ConnectionSettings **out_settings, GError **error);

/**
 * settings_find_configured:
 * @key: "direct_url" or "scratch_url" of [database]; an environment variable of that name in
 *   upper case goes before
 *
 * Returns: as settings_find(); @out_settings is %NULL if it is not set.
 */
bool settings_find_configured(const FindOptions *options, const char *key,
                              ConnectionSettings **out_settings, GError **error);

/* The same for a key of @section. */
bool settings_find_in(const FindOptions *options, const char *section, const char *key,
                      ConnectionSettings **out_settings, GError **error);
