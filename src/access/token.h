/*
 * Tokens: JSON Web Tokens (RFC 7519), who they are for and until when.
 *
 * A value in, a verdict out: no clock, and nothing is kept. See access/token_cache.h.
 */
#pragma once
#include "access/token_rules.h"

/* What a good one says. */
typedef struct Token {
    char *subject; /* (nullable): "sub" */
    char *claims;  /* its claims, as they were signed: a JSON object without NULs */
    char **roles;
    int64_t expires; /* seconds since 1970: from then on it is no good; the leeway is in it */
} Token;

/**
 * token_verify:
 * @now: seconds since 1970
 * @out_reason: why not, a constant
 *
 * "exp" must be there: what never expires is an API key. "nbf" and "iat" must not be in the future.
 *
 * Returns: (transfer full): %NULL with a reason.
 */
Token *token_verify(const TokenRules *rules, const char *text, size_t length, int64_t now,
                    const char **out_reason);
void token_free(Token *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Token, token_free)
