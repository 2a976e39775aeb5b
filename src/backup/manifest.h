/*
 * What a backup says of itself: manifest.json in its folder.
 *
 * It is written last, before the folder gets its final name, and never again. What is found out
 * later (that it was verified, that a drill passed) stands beside it: see backup/repository.h.
 */
#pragma once
#include "base/error.h"

#include <glib.h>
#include <stdint.h>

/* What else than the files of a dump is in a backup's folder: see backup/repository.h. */
#define MANIFEST_FILE "manifest.json"
#define VERIFIED_FILE "verified.json"
#define PROVEN_FILE "proven.json"
#define PINNED_FILE "pinned"
#define LOCK_FILE "lock"

/* Whether @name, below the folder, is one of those, or what an unfinished write left of one. */
bool manifest_is_own_file(const char *name);

/* One stored file, as it lies on the disk (compressed and encrypted, if it is). */
typedef struct ManifestFile {
    char *name; /* below the backup's folder: "dump/3021.dat.gz" */
    int64_t bytes;
    char *sha256; /* 64 hexadecimal digits */
} ManifestFile;

/* The content of one table in the dump's snapshot. */
typedef struct TableFingerprint {
    char *schema;
    char *name;
    int64_t rows;
    char *hash; /* decimal: the sum of the rows' 64-bit hashes */
} TableFingerprint;

/* All large objects together: how many, and the sum of the hashes of their pages with their places.
 */
typedef struct LargeObjectsFingerprint {
    int64_t objects;
    int64_t bytes;
    char *hash;
} LargeObjectsFingerprint;

typedef struct ManifestSequence {
    char *name; /* as SQL writes it, with its schema */
    int64_t value;
    bool called;
} ManifestSequence;

typedef struct ManifestExtension {
    char *name, *version, *schema;
} ManifestExtension;

/* All texts are UTF-8; those that may be missing say so. */
typedef struct Manifest {
    char *id;              /* 2026-11-22T183000Z-3f2a9c41b7de: the folder's name */
    char *engine;          /* "pg_dump"; physical backups will have their own */
    char *format;          /* "custom", "directory", "plain" */
    char *compression;     /* "zstd", "gzip", "none" */
    char *encryption;      /* (nullable): "age" */
    GPtrArray *recipients; /* (element-type utf8): public keys; empty if not encrypted */
    char *database;
    char *began, *ended; /* RFC 3339, UTC */
    double seconds;
    int server_version; /* 150018 */
    char *server_version_text;
    char *program; /* "pg_dump (PostgreSQL) 15.18 (Debian …)" */
    char *retort;  /* version of Retort */
    char *encoding, *locale_provider, *collate, *ctype;
    char *icu_locale;        /* (nullable) */
    char *collation_version; /* (nullable): of the database's default, where the server tells */
    char *timezone;          /* of the server's setting */
    GPtrArray *revisions;    /* (element-type utf8): heads; empty: none */
    char *schema_hash;       /* (nullable): of what retort inspect sees */
    int64_t database_bytes;  /* pg_database_size */
    int64_t stored_bytes;    /* of all files */
    GPtrArray *extensions;   /* (element-type ManifestExtension) */
    GPtrArray *roles;        /* (element-type utf8): that must be there: owners, grantees */
    GPtrArray *files;        /* (element-type ManifestFile) */
    GPtrArray *tables;       /* (element-type TableFingerprint), by schema and name */
    LargeObjectsFingerprint large_objects;
    GPtrArray *sequences; /* (element-type ManifestSequence), as the dump holds them */
} Manifest;

/* (transfer full): empty lists, no texts. */
Manifest *manifest_new(void);
void manifest_free(Manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

/* Rows of all tables. */
int64_t manifest_count_rows(const Manifest *manifest);

/* (transfer full): the ids of its revisions with ", " between. */
char *manifest_join_revisions(const Manifest *manifest);

/* (transfer full): as JSON, with "manifest": 2 (its version) first, the checksum of all before it
 * last, and an end of line. All texts that must be there are. */
char *manifest_format(const Manifest *manifest);

/**
 * manifest_parse:
 * @path: for messages
 *
 * Unknown members are passed over, so that later versions can add some.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT and the place: no JSON, a byte that is not
 * as it was written, a member missing or of the wrong kind, a version that is not known, a file's
 * name that leaves the folder or is there twice.
 */
Manifest *manifest_parse(const char *path, const char *text, GError **error);
