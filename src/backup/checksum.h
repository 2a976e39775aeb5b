/*
 * Checksums of files: SHA-256, as `sha256sum` prints it.
 */
#pragma once
#include "backup/manifest.h"

#include <openssl/evp.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

/* (transfer full): for EVP_DigestUpdate(). */
EVP_MD_CTX *checksum_begin(void);

/* (transfer full): 64 hexadecimal digits; @hash can only be freed then. */
char *checksum_take(EVP_MD_CTX *hash);

/**
 * checksum_file:
 * @path: a file, no link
 *
 * Fills size and checksum of @file, which has its name. Returns: whether it could be read; else
 * APP_ERROR_INPUT.
 */
bool checksum_file(const char *path, ManifestFile *file, GError **error);

/**
 * checksum_folder:
 * @folder: that the names are relative to
 * @below: a folder in it
 * @files: (element-type ManifestFile): gets one for each file in @below, by name
 */
bool checksum_folder(const char *folder, const char *below, GPtrArray *files, GError **error);
