/*
 * The project that a command works on: its folder, settings and database.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"
#include "cli/options.h"
#include "pg/database.h"
#include "pg/private_server.h"

typedef struct Project Project;

/**
 * project_open:
 * @options: the words of the command line
 *
 * Reads retort.ini (--config, RETORT_CONFIG, or the nearest above the current folder) and .env.
 * Connects to nothing.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT if there is no retort.ini or a file is
 *   malformed.
 */
Project *project_open(const Options *options, GError **error);

/* As project_open(), but where there is no retort.ini the defaults hold for the current folder. */
Project *project_open_anywhere(const Options *options, GError **error);
void project_free(Project *project);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Project, project_free)

/* All (transfer none). */
const Config *project_config(const Project *project);
const Environment *project_environment(const Project *project);
const char *project_folder(const Project *project);

/**
 * project_settings:
 *
 * Finds the database (pg/find.h), by direct_url where the main URL is not of the command line.
 * Where none is named, the private server is started and said
 * so; but not where CI or a container is detected, unless --private is given.
 *
 * Returns: (transfer none): %NULL with APP_ERROR_CONNECT, APP_ERROR_USAGE or APP_ERROR_PROGRAM.
 */
const ConnectionSettings *project_settings(Project *project, GError **error);

/* From now on a database must be named, or the private server with --private: one that was made for
 * want of another is not what somebody means to back up, or to replace. */
void project_expect_named(Project *project);

/* Makes @settings (transfer full) the database, where none is named. */
void project_offer_settings(Project *project, ConnectionSettings *settings);

/*
 * Where a database is named, begins to connect to it while the caller reads files: whatever is
 * wrong with it project_open_database() tells.
 */
void project_begin_connection(Project *project);

/* (transfer full): a connection; %NULL as project_settings(), database_open(), direct_verify(). */
Database *project_open_database(Project *project, GError **error);

/* (transfer full): the private server of the project, running or not; %NULL with an error. */
PrivateServer *project_private_server(const Project *project, GError **error);
