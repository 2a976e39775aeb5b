/*
 * Takes a dump: pg_dump, the fingerprint beside it, and what both are of, all in one snapshot.
 *
 * pg_dump is a child process with pipes of ours: no shell, no terminal, its status always checked.
 * What it writes is compressed and encrypted here on its way to the disk.
 */
#pragma once
#include "backup/sink.h"
#include "base/environment.h"
#include "migrate/meeting.h"
#include "migrate/version_table.h"

typedef enum DumpFormat {
    DUMP_CUSTOM,    /* one file; pg_restore chooses what to restore */
    DUMP_DIRECTORY, /* a file a table, written by several connections; cannot be encrypted */
    DUMP_PLAIN,     /* SQL */
} DumpFormat;

/* "custom", "directory", "plain" */
const char *dump_format_name(DumpFormat format);

/* Whether what is the whole server's (roles, their memberships and settings, tablespaces) is kept
 * beside the dump. */
typedef enum DumpGlobals {
    GLOBALS_NONE,
    GLOBALS_WITHOUT_PASSWORDS,
    GLOBALS_WITH_PASSWORDS, /* their hashes: a superuser's right, and only where it is encrypted */
} DumpGlobals;

/* How far it is: bytes that came from pg_dump (0 for a directory), and bytes of tables that the
 * fingerprint has done, of all. */
typedef struct DumpStanding {
    int64_t dumped;
    int64_t fingerprinted, whole;
} DumpStanding;

/* (transfer full): a hash of the database's schema, for the manifest; called while all tables are
 * locked against changes. It must not wait for locks for long. */
typedef char *DumpHash(void *data, GError **error);

typedef void DumpProgress(const DumpStanding *standing, void *data);

/* A value: begin with {0}. */
typedef struct DumpOptions {
    const ConnectionSettings *settings; /* of the server itself, not of a pooler */
    const Environment *environment;
    const VersionTable *version_table;
    DumpHash *hash_schema; /* (nullable) */
    void *hash_data;
    DumpFormat format;
    unsigned jobs; /* connections of pg_dump for a directory, and of the fingerprint; from 1 */
    Compression compression;
    int level;                     /* 0: the usual one */
    const char *const *recipients; /* (nullable) (array zero-terminated=1): of age */
    DumpGlobals globals;
    MeetingOptions meeting; /* how a run of revisions is waited for; told, too: whose lock is */
    DumpProgress *progress; /* (nullable): several times a second */
    void *data;
} DumpOptions;

/**
 * dump_into:
 * @folder: empty; gets the dump's files, synced
 * @id: for the manifest
 *
 * Returns: (transfer full): all that is to be said of it; %NULL with APP_ERROR_CONNECT,
 * APP_ERROR_SQL, APP_ERROR_PROGRAM (a program is missing or failed), APP_ERROR_LOCKED (another
 * session holds a lock that pg_dump needs: whose it is, is said), APP_ERROR_INPUT (the disk),
 * APP_ERROR_USAGE (what does not go together).
 */
Manifest *dump_into(const DumpOptions *options, const char *folder, const char *id, GError **error);

/**
 * dump_stream:
 * @descriptor: gets plain SQL as it comes, neither compressed nor encrypted
 *
 * As `pg_dump` alone, with its output checked to be whole.
 */
bool dump_stream(const DumpOptions *options, int descriptor, GError **error);
