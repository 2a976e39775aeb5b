/*
 * Tokens that a thread has verified, until they expire: checking a signature costs from 20 to 400
 * times what finding one here costs.
 *
 * One is found by a hash with a random seed, and is the one only if each byte of it is the same. It
 * holds TOKEN_CACHE_SETS × TOKEN_CACHE_WAYS at most; in a full set the one that was not used for
 * longest makes way. Tokens that are not good are not kept.
 *
 * A SHA-256 in place of the bytes would take 10 to 20 times as long where processors have no
 * instruction for it.
 */
#pragma once
#include "access/token.h"

#define TOKEN_CACHE_SETS 512
#define TOKEN_CACHE_WAYS 4

typedef struct TokenCache TokenCache;
TokenCache *token_cache_new(void);
void token_cache_free(TokenCache *cache);

/* Forgets all tokens, unless they were verified by the same @rules: a number for each. */
void token_cache_follow(TokenCache *cache, uint64_t rules);

/* (nullable) (transfer none): what @text was verified to be, if it has not expired; until the next
 * call. */
const Token *token_cache_find(TokenCache *cache, const char *text, size_t length, int64_t now);

/* Keeps @token (transfer full), which @text is and which is good at @now; valid until the next
 * call. */
const Token *token_cache_add(TokenCache *cache, const char *text, size_t length, Token *token,
                             int64_t now);
