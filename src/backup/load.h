/*
 * Puts a dump into an empty database.
 *
 * Custom, directory and tar go through pg_restore, which ends at the first error; plain SQL is run
 * here, each statement's error being the end, so that no program acts on what a dump says but a
 * server (CVE-2025-8714).
 */
#pragma once
#include "backup/repository.h"
#include "backup/source.h"
#include "base/environment.h"
#include "pg/database.h"

/* How far a dump is loaded. */
typedef struct LoadStanding {
    int64_t bytes;        /* of the dump, given to the server or pg_restore so far; of a directory,
                             the size that the database has */
    int64_t taken, whole; /* what tells how far that is: bytes of the stored file, or the size of
                             the database; whole is 0 if it is not known */
} LoadStanding;

typedef void LoadProgress(const LoadStanding *standing, void *data);

/* A value: begin with {0}. */
typedef struct LoadOptions {
    const ConnectionSettings *settings; /* of the empty database, not through a pooler */
    const Environment *environment;
    const char *identities;    /* (nullable): file of age's private keys */
    unsigned jobs;             /* connections of pg_restore, where the format allows; from 1 */
    bool without_owners;       /* all belongs to the session's role, and rights are left out */
    const char *const *tables; /* (nullable): of an archive only what is needed for the rows of
                                  these: see backup/archive_list.h */
    GPtrArray *about;       /* (nullable) (element-type utf8): gets the dump's statements about the
                               database as a whole, which are not run: see about_database.h */
    LoadProgress *progress; /* (nullable): several times a second */
    void *data;
} LoadOptions;

/**
 * load_backup:
 *
 * The backup's files are compared with their checksums as they are read (those of a directory
 * before).
 *
 * Returns: whether all of it is in the database; else an error of backup/source.h, APP_ERROR_VERIFY
 * (another checksum), APP_ERROR_SQL with what pg_restore said or with the dump's line, or
 * APP_ERROR_PROGRAM: pg_restore is missing, or was killed.
 */
bool load_backup(const LoadOptions *options, const Backup *backup, GError **error);

/* What is restored: one of the three. */
typedef struct RestoreFrom {
    const Backup *backup;
    Source *source;        /* a dump that is no backup of ours, of any format but directory: its
                              first bytes tell which */
    const char *directory; /* the same in pg_dump's directory format */
} RestoreFrom;

/* Loads what @from is. Returns: as load_backup(). */
bool load_from(const LoadOptions *options, const RestoreFrom *from, GError **error);
