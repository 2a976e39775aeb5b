/*
 * Who asks: API keys, tokens, the role that they map to; and how often one may ask.
 *
 * It is loaded once and then only read, by all threads, but for the counters of rate_limit.h.
 */
#pragma once
#include "base/config.h"
#include "base/environment.h"

/* Who asks. Texts are valid until access_identify() is called with the same scratch again, or the
 * Access is freed. */
typedef struct Identity {
    bool is_known;       /* by a key or token; false: nobody */
    bool is_key;         /* @subject is the name of a key, which is never the person of that name */
    const char *subject; /* (nullable): name of the key, "sub" of the token, which may have none */
    const char *role;    /* (nullable): the database role to work as */
    const char *claims;  /* (nullable): JSON for request.jwt.claims */
    /* What the token or key may do, against Endpoint.roles; ended by NULL, never NULL. */
    const char *const *roles;
} Identity;

typedef enum AccessVerdict {
    ACCESS_OK,      /* known, or nobody where nobody is asked for a key */
    ACCESS_UNKNOWN, /* 401: a key or token that is wrong, expired, or missing where needed */
} AccessVerdict;

typedef struct Access Access;

/**
 * access_load:
 *
 * Reads [access] of the configuration and the files that it names: keys, JWKS; secrets from the
 * environment alone (JWT_SECRET, JWT_SECRET_FILE).
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT with the place. No message repeats a
 *   value that may be a secret.
 */
Access *access_load(const Config *config, const Environment *environment, GError **error);
void access_free(Access *access);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Access, access_free)

/* Whether nobody may call without a key or token. */
bool access_is_required(const Access *access);

/* Whether requests may work as other roles of the database than the server's own. */
bool access_uses_db_roles(const Access *access);

/* (transfer full): those roles, each once; empty if there are none. */
char **access_db_roles(const Access *access);

/* (nullable) (transfer none): the table of `key_table`, as it is written there. */
const char *access_key_table(const Access *access);

/* A row of that table. */
typedef struct AccessKeyRow {
    const char *name;
    const char *hash;    /* "sha256:" and 64 hexadecimal digits, as `retort key` prints it */
    const char *roles;   /* (nullable): words with blanks or commas between */
    const char *db_role; /* (nullable) */
} AccessKeyRow;

/**
 * access_with_keys:
 * @rows: (array length=count): the whole table
 * @out_faults: (transfer full): what is wrong with rows that were left out, for the log; a bad
 *   row takes nothing but itself away, so that it cannot keep a revoked key alive. Empty if
 *   there are none.
 *
 * Returns: (transfer full): the same rules and keys of the file, with these keys of the table in
 *   place of those that @access has of it. Tokens that a thread has verified stay so.
 */
Access *access_with_keys(const Access *access, const AccessKeyRow *rows, size_t count,
                         char ***out_faults);

/* What one thread keeps between requests: verified tokens until they expire. */
typedef struct AccessScratch AccessScratch;
AccessScratch *access_scratch_new(void);
void access_scratch_free(AccessScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessScratch, access_scratch_free)

/**
 * access_identify:
 * @authorization: (nullable): value of the header, @authorization_length bytes
 * @key: (nullable): value of X-API-Key, @key_length bytes
 * @now: seconds since 1970
 * @out_identity: changed by ACCESS_OK alone
 * @out_reason: why not, for WWW-Authenticate and the log: "expired", "bad_signature" …; a
 *   constant that holds nothing of the request
 *
 * A header of a kind that is not configured is not looked at. Both at once are refused.
 */
AccessVerdict access_identify(const Access *access, AccessScratch *scratch,
                              const char *authorization, size_t authorization_length,
                              const char *key, size_t key_length, int64_t now,
                              Identity *out_identity, const char **out_reason);

/* Appends the value of WWW-Authenticate to a 401: the schemes, and @reason; nothing where no
 * scheme is configured. */
void access_append_challenge(const Access *access, const char *reason, GString *value);

/* Whether @identity may call what asks for one of @roles (nullable: anybody may). */
bool access_allows(const Identity *identity, char **roles);

/* Whether anybody can be known at all: for OpenAPI. */
bool access_takes_keys(const Access *access);
bool access_takes_tokens(const Access *access);
