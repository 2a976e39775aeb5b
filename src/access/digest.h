/*
 * SHA-256 again and again, without what OpenSSL looks up and allocates each time.
 */
#pragma once
#include <stddef.h>

#define DIGEST_SIZE 32

/* For one thread. */
typedef struct Digest Digest;

Digest *digest_new(void);
void digest_free(Digest *digest);

/* @out: DIGEST_SIZE bytes */
void digest_sha256(Digest *digest, const void *data, size_t length, unsigned char *out);
