/*
 * Which database the server serves, and as whom.
 */
#pragma once
#include "cli/project.h"

/**
 * serve_database:
 *
 * SERVE_DATABASE_URL, else what names the project's database; the private server as its app role,
 * if it is asked for with --private or named. Nothing else: a forgotten DATABASE_URL must not serve
 * an empty database.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_CONNECT, APP_ERROR_USAGE or APP_ERROR_PROGRAM.
 */
ConnectionSettings *serve_database(Project *project, const Options *options, GError **error);

/* (transfer full): the private server of the project as its app role, started where it does not
 * run. %NULL with APP_ERROR_PROGRAM. */
ConnectionSettings *serve_private_database(Project *project, GError **error);

/**
 * serve_as_app:
 * @named: (transfer full)
 *
 * Who named the owner of the project's own private server, for migrations, has named the app role
 * for the server, too.
 *
 * Returns: (transfer full): @named, or what serve_private_database() gives; its errors.
 */
ConnectionSettings *serve_as_app(Project *project, ConnectionSettings *named, GError **error);
