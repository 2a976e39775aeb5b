/*
 * What a token must be: by whom it is signed, from whom and for whom it is, where its roles are.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"

#include <stdint.h>

typedef struct TokenRules {
    GPtrArray *keys;  /* (element-type TokenKey) */
    char *issuer;     /* (nullable): "iss" must be this */
    char **audiences; /* "aud" must have one of these; empty: there must be none */
    char **role_path; /* where the roles are: access/claim_path.h */
    int64_t leeway;   /* seconds that clocks may differ */
    uint64_t id;      /* random: copies have the same, others another */
} TokenRules;

/**
 * token_rules_load:
 * @out_rules: (transfer full): %NULL if neither a JWKS nor a secret is given: no token is good
 *
 * Reads [access] and the JWKS that it names, and JWT_SECRET or JWT_SECRET_FILE.
 *
 * Returns: false with APP_ERROR_INPUT with the place.
 */
bool token_rules_load(const Config *config, const Environment *environment, TokenRules **out_rules,
                      GError **error);

/* (transfer full) */
TokenRules *token_rules_copy(const TokenRules *rules);
void token_rules_free(TokenRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TokenRules, token_rules_free)
