/*
 * Keys that tokens are signed with: a JWKS (RFC 7517), and the secret of HS256.
 *
 * Each key is for one algorithm, whatever a token says about itself. So a public key is never
 * taken for a secret, and "none" is no algorithm at all.
 */
#pragma once
#include "base/error.h"

#include <openssl/evp.h>

typedef enum TokenAlgorithm {
    TOKEN_HS256, /* HMAC with SHA-256: a shared secret */
    TOKEN_RS256, /* RSA, PKCS #1 v1.5, with SHA-256; 2,048 to 8,192 bits */
    TOKEN_ES256, /* ECDSA on P-256 with SHA-256 */
    TOKEN_EDDSA, /* Ed25519 */
} TokenAlgorithm;

/* The algorithm that is called @name in a token or key. False: none of ours. */
bool token_algorithm_find(const char *name, TokenAlgorithm *out_algorithm);

typedef struct TokenKey {
    TokenAlgorithm algorithm;
    char *id;           /* (nullable): "kid" */
    EVP_PKEY *public;   /* %NULL for TOKEN_HS256 */
    GByteArray *secret; /* %NULL but for TOKEN_HS256 */
} TokenKey;

void token_key_free(TokenKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TokenKey, token_key_free)

/* (transfer full): shares the key proper with @key, which neither changes. */
TokenKey *token_key_copy(const TokenKey *key);

/* At least as long as the digest: RFC 7518, 3.2. */
#define TOKEN_SECRET_LEAST 32

/* (transfer full): the key of HS256; %NULL with APP_ERROR_INPUT if @secret is too short. */
TokenKey *token_key_secret(const void *secret, size_t length, GError **error);

/**
 * token_keys_parse:
 * @path: name of the file in messages
 * @text: a JWKS, or a single JWK
 *
 * Keys of kinds and for uses that are not ours are passed over, as RFC 7517, 5 wants it.
 *
 * Returns: (transfer full) (element-type TokenKey): at least one; %NULL with APP_ERROR_INPUT if
 *   the text is none, a key is malformed, weak, private or a secret, or an id and algorithm come
 *   twice.
 */
GPtrArray *token_keys_parse(const char *path, const char *text, size_t length, GError **error);

/**
 * token_keys_find:
 * @id: (nullable): "kid" of the token
 *
 * Returns: (nullable) (transfer none): the key of @algorithm with that id, else the only one
 * without an id; for a token without one, the only one of @algorithm.
 */
const TokenKey *token_keys_find(const GPtrArray *keys, TokenAlgorithm algorithm, const char *id);
