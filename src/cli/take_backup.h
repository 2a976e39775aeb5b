/*
 * Takes a backup with the settings of retort.ini: the one way for all commands that do.
 */
#pragma once
#include "backup/manifest.h"
#include "cli/project.h"

enum { TAKE_BACKUP_WAIT = 3600 /* seconds: how long a run of revisions is waited for */ };

/* How it is taken; NULL stands for what retort.ini says. A value. Borrowed. */
typedef struct TakeBackup {
    const char *format;            /* (nullable): "custom" … */
    const char *jobs;              /* (nullable) */
    const char *compress;          /* (nullable): "zstd:9" */
    const char *const *recipients; /* (nullable) (array zero-terminated=1): of age */
    const char *folder;            /* (nullable): of backups */
    unsigned wait;                 /* seconds to wait for a run of revisions */
    bool globals;                  /* also where retort.ini says no */
    bool quiet;                    /* show no progress */
} TakeBackup;

/**
 * take_backup:
 *
 * Takes one backup, with progress on stderr, and says when it waits for a run of revisions.
 *
 * Returns: (transfer full): what it says of itself, once it is whole in the folder of backups;
 *   %NULL as project_settings(), dump_into() or partial_commit(), or with APP_ERROR_USAGE or
 *   APP_ERROR_INPUT if an option or a setting is not understood.
 */
Manifest *take_backup(Project *project, const TakeBackup *how, GError **error);

/* Writes the database to @descriptor as plain SQL, and keeps nothing: dump_stream(). */
bool take_backup_stream(Project *project, const TakeBackup *how, int descriptor, GError **error);
