/*
 * Which database a command works on: the first that is named, in this order.
 *
 *   1. --database-url
 *   2. DATABASE_URL, DATABASE_URL_FILE (of the environment, then of .env)
 *   3. url of [database] in retort.ini
 *   4. libpq's PGHOST, PGHOSTADDR, PGDATABASE, PGSERVICE
 *   5. the private server, where the command allows it
 *
 * An empty variable names nothing. What the first leaves out, libpq's variables fill in, those of
 * .env too: PGUSER and PGPASSWORD alone name no database.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"
#include "pg/settings.h"

/* What a command line asks for. A value: begin with {0}. */
typedef struct TargetOptions {
    const char *database_url; /* (nullable): --database-url */
    bool use_private;         /* --private: the private server, whatever is named */
    bool allow_private;       /* the command may fall back on it where a developer sits */
} TargetOptions;

/**
 * target_find_named:
 *
 * Steps 1 to 4. Returns: whether nothing was wrong; then @out_settings (transfer full) is %NULL
 *   if no database is named. Else APP_ERROR_USAGE (a password on the command line, a malformed
 *   URL) or APP_ERROR_INPUT (a file). No message shows a password.
 */
bool target_find_named(const Config *config, const Environment *environment,
                       const char *database_url, ConnectionSettings **out_settings, GError **error);

/**
 * target_find:
 *
 * All steps; starts the private server if it is the one. settings_source() of the result tells
 * which it was: "private server" for that.
 *
 * Returns: (transfer full): %NULL with an error as target_find_named(), as
 *   private_server_start(), or APP_ERROR_USAGE if no database is named and the private server is
 *   not allowed: never for CI and containers, unless --private is given.
 */
ConnectionSettings *target_find(const Config *config, const Environment *environment,
                                const TargetOptions *options, GError **error);

/**
 * target_find_configured:
 * @key: "direct_url" or "scratch_url" of [database]; an environment variable of that name in
 *   upper case goes before
 *
 * Returns: whether nothing was wrong; @out_settings (transfer full) is %NULL if it is not set.
 */
bool target_find_configured(const Config *config, const Environment *environment, const char *key,
                            ConnectionSettings **out_settings, GError **error);

/**
 * target_describe_private:
 *
 * Returns: (transfer full): the message of a command that uses the private server, for stderr.
 */
char *target_describe_private(const ConnectionSettings *settings);
