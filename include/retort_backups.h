/*
 * Backups from a program: what `retort backup`, `backups`, `verify`, `drill`, `prune`, `pin`,
 * `unpin` and `restore` do, with the same settings, locks and checks.
 *
 *     RetortKeeper *keeper = retort_keeper_new("/srv/shop/retort.ini", NULL);
 *     RetortBackup taken;
 *     if (!retort_backup(keeper, NULL, &taken) ||
 *         !retort_drill(keeper, taken.id, NULL, NULL, NULL))
 *         fprintf(stderr, "%s\n", retort_keeper_error(keeper));
 *     retort_keeper_free(keeper);
 *
 * A keeper stands for a project: its retort.ini, its .env, its database. Each function reads them
 * anew. One thread at a time may use a keeper; several keepers may work at once. What takes long
 * says nothing meanwhile but messages and warnings to GLib's log (domain NULL). SIGPIPE is ignored
 * from the first backup or restore on, in the whole process.
 *
 * Functions return whether it was done; if not, retort_keeper_error() says why. Texts are UTF-8;
 * what is given out lives until the keeper's next function, or during the callback.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RETORT_API __attribute__((visibility("default")))

typedef struct RetortKeeper RetortKeeper;

/* One backup as it is now. */
typedef struct RetortBackup {
    const char *id;     /* "2026-11-22T183000Z-3f2a9c41b7de" */
    const char *folder; /* path */
    const char *state;  /* "stored", "verified", "proven", "broken" */
    const char *fault;  /* why it is broken; else NULL */
    const char *pinned; /* why it is never pruned, may be ""; NULL if it may be */
    int64_t time;       /* when it began: seconds since 1970 */

    /* Of one whose manifest can be read; else NULL and 0. */
    const char *database;
    const char *revisions; /* ids with ", " between; "" for none */
    int64_t bytes;         /* stored */
    int64_t rows;          /* of all tables */
    double seconds;        /* how long it took */
} RetortBackup;

typedef void RetortSeeBackup(const RetortBackup *backup, void *data);

/* Is told a line about something that is wrong. */
typedef void RetortSay(const char *line, void *data);

/**
 * retort_keeper_new:
 * @config: (nullable): path of retort.ini; NULL: RETORT_CONFIG, or the nearest above the current
 *   folder
 * @database_url: (nullable): NULL: DATABASE_URL, .env, retort.ini
 *
 * Reads nothing yet.
 */
RETORT_API RetortKeeper *retort_keeper_new(const char *config, const char *database_url);
RETORT_API void retort_keeper_free(RetortKeeper *keeper);

/* Why the last function failed, hints in lines of their own; "" if it did not. */
RETORT_API const char *retort_keeper_error(const RetortKeeper *keeper);

/* The exit status that its command would have had. */
RETORT_API int retort_keeper_status(const RetortKeeper *keeper);

/* NULL and 0 stand for what retort.ini says. Begin with {0}. */
typedef struct RetortBackupOptions {
    const char *format;            /* "custom", "directory", "plain" */
    const char *compress;          /* "zstd:9", "gzip", "none" */
    unsigned jobs;                 /* connections that read at once */
    const char *const *recipients; /* ended by NULL: public keys of age */
    const char *folder;            /* of backups */
} RetortBackupOptions;

/* Takes one. @options and @out_backup may be NULL. */
RETORT_API bool retort_backup(RetortKeeper *keeper, const RetortBackupOptions *options,
                              RetortBackup *out_backup);

/* Writes plain SQL to the descriptor of a file or pipe, and keeps nothing. */
RETORT_API bool retort_backup_stream(RetortKeeper *keeper, int descriptor);

/* Shows all, oldest first. */
RETORT_API bool retort_backups(RetortKeeper *keeper, RetortSeeBackup *see, void *data);

/* Whether the files of a backup are as they were written. @id: also its beginning; NULL: the
 * newest, even if it is known to be broken.
 * @say, may be NULL, is told what is wrong with them: then it is false, with status 11. */
RETORT_API bool retort_verify(RetortKeeper *keeper, const char *id, RetortSay *say, void *data);

/* Restores a backup on a scratch database, and compares, as retort_verify(). @identities: file of
 * age's private key; NULL: RETORT_IDENTITY. */
RETORT_API bool retort_drill(RetortKeeper *keeper, const char *id, const char *identities,
                             RetortSay *say, void *data);

/* Removes what @keep ("7 daily, 4 weekly"; NULL: as retort.ini says) does not ask for; @see, may be
 * NULL, is shown each. With @dry_run it only shows them. */
RETORT_API bool retort_prune(RetortKeeper *keeper, const char *keep, bool dry_run,
                             RetortSeeBackup *see, void *data);

/* @why NULL: it may be pruned again. */
RETORT_API bool retort_pin(RetortKeeper *keeper, const char *id, const char *why);

/* Begin with {0}. */
typedef struct RetortRestoreOptions {
    const char *database;   /* the name of the database that may be replaced: the consent */
    const char *folder;     /* of backups; NULL: of retort.ini */
    const char *identities; /* file of age's private key; NULL: RETORT_IDENTITY */
    unsigned jobs;          /* connections at once, for the format directory; 0: one */
    bool without_owners;    /* all belongs to the session's role; rights are left out */
    bool may_be_empty;      /* a dump without any row may replace the database */
} RetortRestoreOptions;

/* Puts a backup (its id, "latest"), or the dump in a file or folder, into the place of the
 * database. @out_aside, may be NULL: what the old one is called now; NULL if there was none. */
RETORT_API bool retort_restore(RetortKeeper *keeper, const char *what,
                               const RetortRestoreOptions *options, const char **out_aside);

/* Drops the databases that restores put aside; the name is the consent, as above. */
RETORT_API bool retort_restore_forget(RetortKeeper *keeper, const char *database);

#ifdef __cplusplus
}
#endif
