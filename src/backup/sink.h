/*
 * Where the bytes of a dump go: a chain of sinks, each of which changes them and hands them on.
 *
 * dump → compression → encryption → file. What is written is nowhere else on the way.
 */
#pragma once
#include "backup/manifest.h"

typedef struct Sink Sink;

/* How a kind of sink works; each embeds a Sink as its first member. */
typedef struct SinkKind {
    bool (*write)(Sink *sink, const void *bytes, size_t length, GError **error);
    bool (*end)(Sink *sink, GError **error); /* all was written; the next one is ended after it */
    void (*free)(Sink *sink);
} SinkKind;

struct Sink {
    const SinkKind *kind;
    Sink *next; /* (nullable) */
};

/* Errors of all are APP_ERROR_PROGRAM or, for what the disk or its rights do, APP_ERROR_INPUT. */
bool sink_write(Sink *sink, const void *bytes, size_t length, GError **error);

/* Ends it and all behind it: nothing may be written after. Returns: whether all has arrived. */
bool sink_end(Sink *sink, GError **error);

/* Frees it and all behind it; what was not ended is lost. */
void sink_free(Sink *sink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sink, sink_free)

/**
 * sink_file_new:
 * @folder: that has @name, which is made and may not be there
 * @file: (nullable): filled with name, size and SHA-256 when it is ended; outlives the sink
 *
 * Returns: (transfer full): a new file of mode 0600; %NULL with APP_ERROR_INPUT.
 */
Sink *sink_file_new(const char *folder, const char *name, ManifestFile *file, GError **error);

/* (transfer full): what is written to @descriptor, which is not closed. */
Sink *sink_descriptor_new(int descriptor);

/* How bytes are made smaller. */
typedef enum Compression {
    COMPRESSION_NONE,
    COMPRESSION_GZIP,
    COMPRESSION_ZSTD,
} Compression;

/* "none", "gzip", "zstd"; and what it adds to a file's name: "", ".gz", ".zst". */
const char *compression_name(Compression compression);
const char *compression_suffix(Compression compression);

/**
 * sink_compress_new:
 * @compression: not none
 * @level: 0: its usual one
 * @next: (transfer full)
 *
 * Returns: (transfer full).
 */
Sink *sink_compress_new(Compression compression, int level, Sink *next);

/**
 * sink_age_new:
 * @program: the path of age
 * @recipients: (array zero-terminated=1): public keys ("age1…", "ssh-ed25519 …")
 * @next: (transfer full): taken also on error
 *
 * Encrypts by the program age, so that a key opens a backup without Retort, too.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM.
 */
Sink *sink_age_new(const char *program, const char *const *recipients, Sink *next, GError **error);
