/*
 * The whole server: verified before it starts, run until it is told to stop.
 */
#pragma once
#include "base/environment.h"
#include "pg/settings.h"
#include "serve/access_log.h"
#include "serve/backup_watch.h"
#include "serve/serve_settings.h"

/* What is served, and how. All outlive the server. */
typedef struct ServerOptions {
    const Config *config;
    const Environment *environment;
    const ConnectionSettings *database;
    const ConnectionSettings *reads; /* (nullable): standbys for reads */
    const GPtrArray *handlers;       /* (nullable) (element-type Handler): endpoints in C */
    ServeSettings *settings;
    BackupSource backups;
    AccessLogLevel log_level;
    AccessLogFormat log_format; /* to stdout */
    bool allow_owner;           /* do not refuse a role that could change the schema */
    bool develop;  /* read the endpoints again when their files change; serve all but those that do
                      not fit the database, and look whether they do by now */
    unsigned wait; /* seconds to wait for the database */
} ServerOptions;

/**
 * server_run:
 *
 * Verifies the database, the role and all endpoints, serves, and returns when SIGTERM or SIGINT has
 * come and what ran has been answered. SIGHUP reads the endpoints again. Prints on stderr, once it
 * is ready: `serving on http://127.0.0.1:8000`.
 *
 * Returns: whether it has ended well; else APP_ERROR_CONNECT (no database), APP_ERROR_REFUSED (a
 *   role with too many rights, a revision that is not the expected one), APP_ERROR_INPUT (a broken
 *   endpoint or setting), APP_ERROR_PROGRAM (an address is taken).
 */
bool server_run(const ServerOptions *options, GError **error);
