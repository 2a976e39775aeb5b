/*
 * Where the bytes of a dump come from: a chain of sources, each of which undoes what a sink did.
 *
 * file → decryption → decompression → dump. What is read is nowhere else on the way.
 */
#pragma once
#include "backup/sink.h"

typedef struct Source Source;

/* How a kind of source works; each embeds a Source as its first member. */
typedef struct SourceKind {
    ssize_t (*read)(Source *source, void *bytes, size_t size, GError **error);
    void (*free)(Source *source);
} SourceKind;

struct Source {
    const SourceKind *kind;
    Source *next;          /* (nullable): that it reads from */
    _Atomic int64_t taken; /* bytes that were read of it */
    int64_t whole;         /* all of a file; else 0 */
};

/**
 * source_read:
 * @size: at least 1
 *
 * Returns: how many bytes came, 0 at the end, and then all was whole; -1 with APP_ERROR_INPUT
 * (cannot be read, damaged, cut off), APP_ERROR_PROGRAM (age), or APP_ERROR_VERIFY (another
 * checksum).
 */
ssize_t source_read(Source *source, void *bytes, size_t size, GError **error);

/* How much of what is stored was read, of how much: 0 if that is not known. */
void source_progress(const Source *source, int64_t *out_taken, int64_t *out_whole);

/* Frees it and all that it reads from. */
void source_free(Source *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

/**
 * source_file_new:
 * @wanted: (nullable): size and checksum that it must have; they are compared when its end is read,
 * and what is longer is not read on
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT.
 */
Source *source_file_new(const char *path, const ManifestFile *wanted, GError **error);

/* (transfer full): reads @descriptor, which is not closed. */
Source *source_descriptor_new(int descriptor);

/* (transfer full): gives @head (transfer full), which was read of @next (transfer full), once more,
 * and then what follows. */
Source *source_again_new(GByteArray *head, Source *next);

/* (transfer full): decompresses @next (transfer full), also where it has several members. */
Source *source_decompress_new(Compression compression, Source *next);

/**
 * source_age_new:
 * @program: the path of age
 * @identities: file of private keys
 * @next: (transfer full): taken also on error
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM.
 */
Source *source_age_new(const char *program, const char *identities, Source *next, GError **error);

/**
 * source_open:
 * @source: (transfer full): what may be encrypted or compressed: its first bytes tell; taken also
 * on error
 * @identities: (nullable): file of private keys, for what is encrypted
 *
 * Returns: (transfer full): the dump itself; %NULL with APP_ERROR_USAGE if it is encrypted and
 * there is no key, or an error of the above.
 */
Source *source_open(Source *source, const char *identities, GError **error);
