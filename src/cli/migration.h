/*
 * What upgrade, downgrade, stamp, current and ensure_version have in common: the project with
 * its revisions, the table of the version, the database, and how a run talks to the user.
 */
#pragma once
#include "cli/project.h"
#include "migrate/runner.h"
#include "revision/parse.h"

/* A command at work. A value: begin with {0}. */
typedef struct Migration {
    Project *project;
    VersionTable *table;
    RevisionGraph *graph; /* NULL until migration_load_graph() */
    Database *db;         /* NULL until migration_connect() */
    char *name;           /* who runs */
    bool quiet;
    bool line; /* whether a line about the statement at work is on the terminal */
} Migration;

void migration_clear(Migration *migration);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Migration, migration_clear)

/* The words of a command that runs revisions. */
typedef struct RunOptions {
    gboolean sql;
    gboolean dry_run;
    gboolean json;
    gboolean single_transaction;
    gboolean allow_data_loss;
    gboolean no_row_check;
    gboolean backup;
    gboolean no_backup;
    char *tag; /* accepted and not used: there is no environment script that could read it */
    char *lock_timeout;
    int lock_retries;
    int wait; /* seconds */
} RunOptions;

#define RUN_OPTIONS_DEFAULT                                                                        \
    {                                                                                              \
        .lock_retries = 5, .wait = 60                                                              \
    }

void run_options_clear(RunOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunOptions, run_options_clear)

/* Opens the project and reads its settings; connects to nothing. */
bool migration_open(Migration *migration, const Options *options, GError **error);

/* Loads the revisions: @part of each. */
bool migration_load_graph(Migration *migration, RevisionPart part, GError **error);

bool migration_connect(Migration *migration, GError **error);

/**
 * migration_runner:
 * @out_runner: borrows from @migration and @options
 *
 * Returns: whether the settings are fit for a run; else APP_ERROR_INPUT or APP_ERROR_USAGE.
 */
bool migration_runner(Migration *migration, const RunOptions *options, Runner *out_runner,
                      GError **error);
