/* Backups for tests: a manifest with all that it can hold, and folders with files. */
#pragma once
#include "backup/checksum.h"
#include "backup/manifest.h"

#include <glib/gstdio.h>

/* Texts of the manifest, all of which must be there. */
static inline void sample_texts(Manifest *manifest, const char *id)
{
    manifest->id = g_strdup(id);
    manifest->engine = g_strdup("pg_dump");
    manifest->format = g_strdup("directory");
    manifest->compression = g_strdup("zstd");
    manifest->database = g_strdup("shop \"ä\"\n");
    manifest->began = g_strdup("2026-11-22T18:30:00Z");
    manifest->ended = g_strdup("2026-11-22T18:31:05Z");
    manifest->server_version_text = g_strdup("15.18 (Debian 15.18-1)");
    manifest->program = g_strdup("pg_dump (PostgreSQL) 15.18");
    manifest->retort = g_strdup("0.1.0");
    manifest->encoding = g_strdup("UTF8");
    manifest->locale_provider = g_strdup("libc");
    manifest->collate = g_strdup("C");
    manifest->ctype = g_strdup("C");
    manifest->timezone = g_strdup("UTC");
    manifest->large_objects.hash = g_strdup("0");
    manifest->server_version = 150018;
    manifest->seconds = 65.125;
}

static inline void sample_file(Manifest *manifest, const char *name, const char *text)
{
    ManifestFile *file = g_new0(ManifestFile, 1);
    g_autoptr(EVP_MD_CTX) hash = checksum_begin();
    EVP_DigestUpdate(hash, text, strlen(text));
    file->name = g_strdup(name);
    file->bytes = (int64_t)strlen(text);
    file->sha256 = checksum_take(hash);
    manifest->stored_bytes += file->bytes;
    g_ptr_array_add(manifest->files, file);
}

/* (transfer full): with two files, which are not written. */
static inline Manifest *sample_manifest(const char *id)
{
    Manifest *manifest = manifest_new();
    sample_texts(manifest, id);
    sample_file(manifest, "dump/toc.dat", "contents");
    sample_file(manifest, "dump/1.dat.zst", "some rows\n");
    return manifest;
}

/* Writes the files of sample_manifest(). */
static inline void sample_write(const char *folder)
{
    g_autofree char *dump = g_build_filename(folder, "dump", NULL);
    g_autofree char *toc = g_build_filename(dump, "toc.dat", NULL);
    g_autofree char *rows = g_build_filename(dump, "1.dat.zst", NULL);
    g_assert_cmpint(g_mkdir(dump, 0700), ==, 0);
    g_assert_true(g_file_set_contents(toc, "contents", -1, NULL));
    g_assert_true(g_file_set_contents(rows, "some rows\n", -1, NULL));
}
