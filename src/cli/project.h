/*
 * The project that a command works in: its settings and its database.
 *
 * retort.ini is the one of --config, of RETORT_CONFIG, or of the current folder or the nearest
 * above; without one the current folder is the project and all settings have their defaults.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"
#include "cli/options.h"
#include "pg/database.h"

/* A plain value, freed by project_close(). */
typedef struct Project {
    Config *config;
    Environment *environment;
} Project;

/* (transfer full): %NULL with APP_ERROR_INPUT if a file is missing or malformed. */
Project *project_open(const Options *options, GError **error);
void project_close(Project *project);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Project, project_close)

/**
 * project_settings:
 *
 * The database of the project for a command that may use the private server: starts that if no
 * database is named, and says so on stderr.
 *
 * Returns: (transfer full): %NULL with an error as target_find() (pg/target.h).
 */
ConnectionSettings *project_settings(const Project *project, const Options *options,
                                     GError **error);

/* (transfer full): a connection to it, with the project's search_path. */
Database *project_connect(const Project *project, const Options *options, GError **error);
