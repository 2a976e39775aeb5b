#include "access/access.h"

#include "access/db_roles.h"
#include "access/jws.h"
#include "access/key_file.h"
#include "access/token.h"
#include "access/token_cache.h"

#include <string.h>

#define KEY_LONGEST 256 /* of X-API-Key, in bytes */

struct Access {
    KeySet *keys;       /* of the file and of the table */
    char *key_table;    /* (nullable) */
    bool has_key_file;  /* configured, if it holds keys or not */
    bool is_required;   /* nobody may call without a key or token */
    TokenRules *tokens; /* (nullable): no token is good */
    DbRoles *db_roles;
};

struct AccessScratch {
    Digest *digest;
    TokenCache *tokens;
};

static const char *const no_roles[] = {NULL};

void access_free(Access *access)
{
    if (access == NULL)
        return;
    key_set_free(access->keys);
    g_free(access->key_table);
    token_rules_free(access->tokens);
    db_roles_free(access->db_roles);
    g_free(access);
}

/* A database role that a key names must be one of those that are listed. */
static bool check_db_role(const Access *access, const char *name, const char *db_role,
                          GError **error)
{
    if (db_role == NULL || *db_role == '\0' || db_roles_allow(access->db_roles, db_role) != NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "key \"%s\": database role \"%s\" is not in \"db_roles\" of [access]", name,
                db_role);
    return false;
}

static bool load_key_file(const Config *config, Access *access, GError **error)
{
    if (*config_get(config, "access", "keys") == '\0')
        return true;
    g_autofree char *path = config_path(config, "access", "keys");
    if (!key_file_load(path, access->keys, error))
        return false;
    const Key *key = NULL;
    for (unsigned i = 0; (key = key_set_get(access->keys, i)) != NULL; i++)
        if (!check_db_role(access, key->name, key->db_role, error)) {
            g_prefix_error(error, "%s: ", path);
            return false;
        }
    access->has_key_file = true;
    return true;
}

/* What the settings mean only together. */
static bool check_together(const Config *config, const Access *access, GError **error)
{
    bool has_keys = access->has_key_file || access->key_table != NULL || access->tokens != NULL;
    if (access->is_required && !has_keys)
        return config_refuse(config, "access", "required",
                             "is yes, but there is neither a key nor a key of tokens\n"
                             "hint: set keys, key_table, jwks, or JWT_SECRET",
                             error);
    if (db_roles_is_used(access->db_roles) && !access->is_required &&
        db_roles_anonymous(access->db_roles) == NULL)
        return config_refuse(config, "access", "db_roles",
                             "is set, so those without any of them need a role, too\n"
                             "hint: set anonymous_role, or required = yes",
                             error);
    return true;
}

Access *access_load(const Config *config, const Environment *environment, GError **error)
{
    g_autoptr(Access) access = g_new0(Access, 1);
    const char *table = config_get(config, "access", "key_table");
    access->keys = key_set_new();
    access->key_table = *table != '\0' ? g_strdup(table) : NULL;
    access->db_roles = db_roles_load(config, error);
    if (access->db_roles == NULL ||
        !config_flag(config, "access", "required", &access->is_required, error) ||
        !load_key_file(config, access, error) ||
        !token_rules_load(config, environment, &access->tokens, error) ||
        !check_together(config, access, error))
        return NULL;
    return g_steal_pointer(&access);
}

bool access_is_required(const Access *access)
{
    return access->is_required;
}

bool access_uses_db_roles(const Access *access)
{
    return db_roles_is_used(access->db_roles) || db_roles_anonymous(access->db_roles) != NULL;
}

char **access_db_roles(const Access *access)
{
    return db_roles_list(access->db_roles);
}

const char *access_key_table(const Access *access)
{
    return access->key_table;
}

static bool add_row(Access *access, const AccessKeyRow *row, GError **error)
{
    KeyText text = {
        .name = row->name, .hash = row->hash, .roles = row->roles, .db_role = row->db_role};
    if (row->name == NULL || row->hash == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "a key has no name or no hash");
        return false;
    }
    return (!key_name_is_good(row->name) ||
            check_db_role(access, row->name, row->db_role, error)) &&
           key_set_add(access->keys, &text, true, error) != NULL;
}

Access *access_with_keys(const Access *access, const AccessKeyRow *rows, size_t count,
                         char ***out_faults)
{
    Access *copy = g_new0(Access, 1);
    copy->keys = key_set_copy_file(access->keys);
    copy->key_table = g_strdup(access->key_table);
    copy->has_key_file = access->has_key_file;
    copy->is_required = access->is_required;
    copy->tokens = access->tokens != NULL ? token_rules_copy(access->tokens) : NULL;
    copy->db_roles = db_roles_copy(access->db_roles);
    g_autoptr(GStrvBuilder) faults = g_strv_builder_new();
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        if (add_row(copy, &rows[i], &error))
            continue;
        if (rows[i].name != NULL)
            g_prefix_error(&error, "row \"%s\": ", rows[i].name);
        g_strv_builder_add(faults, error->message);
    }
    *out_faults = g_strv_builder_end(faults);
    return copy;
}

AccessScratch *access_scratch_new(void)
{
    AccessScratch *scratch = g_new0(AccessScratch, 1);
    scratch->digest = digest_new();
    scratch->tokens = token_cache_new();
    return scratch;
}

void access_scratch_free(AccessScratch *scratch)
{
    if (scratch == NULL)
        return;
    digest_free(scratch->digest);
    token_cache_free(scratch->tokens);
    g_free(scratch);
}

static AccessVerdict refuse(const char *reason, const char **out_reason)
{
    *out_reason = reason;
    return ACCESS_UNKNOWN;
}

/* The role to work as; %NULL with @out_good false where those without one may not call. */
static const char *choose_role(const Access *access, char **roles, const char *own, bool *out_good)
{
    const char *role = own != NULL ? db_roles_allow(access->db_roles, own)
                                   : db_roles_find(access->db_roles, roles);
    if (role == NULL && own == NULL)
        role = db_roles_anonymous(access->db_roles);
    *out_good = role != NULL || !access_uses_db_roles(access);
    return role;
}

static AccessVerdict identify_key(const Access *access, AccessScratch *scratch, const char *key,
                                  size_t length, Identity *out_identity, const char **out_reason)
{
    unsigned char hash[DIGEST_SIZE];
    if (length > KEY_LONGEST)
        return refuse("too_long", out_reason);
    digest_sha256(scratch->digest, key, length, hash);
    const Key *known = key_set_find(access->keys, hash);
    if (known == NULL)
        return refuse("unknown_api_key", out_reason);
    bool good = false;
    const char *role = choose_role(access, known->roles, known->db_role, &good);
    if (!good)
        return refuse("no_role", out_reason);
    *out_identity = (Identity){.is_known = true,
                               .is_key = true,
                               .subject = known->name,
                               .role = role,
                               .claims = known->claims,
                               .roles = (const char *const *)known->roles};
    return ACCESS_OK;
}

/* The token of "Bearer TOKEN"; %NULL if the scheme is another. */
static const char *find_token(const char *value, size_t length, size_t *out_length)
{
    static const char scheme[] = "Bearer ";
    size_t start = strlen(scheme);
    if (length < start || g_ascii_strncasecmp(value, scheme, start) != 0)
        return NULL;
    while (start < length && value[start] == ' ')
        start++;
    *out_length = length - start;
    return value + start;
}

static const Token *verify_token(const Access *access, AccessScratch *scratch, const char *text,
                                 size_t length, int64_t now, const char **out_reason)
{
    if (length == 0 || length > TOKEN_LONGEST) {
        *out_reason = length == 0 ? "malformed" : "too_long";
        return NULL;
    }
    token_cache_follow(scratch->tokens, access->tokens->id);
    const Token *known = token_cache_find(scratch->tokens, text, length, now);
    if (known != NULL)
        return known;
    Token *token = token_verify(access->tokens, text, length, now, out_reason);
    return token != NULL ? token_cache_add(scratch->tokens, text, length, token, now) : NULL;
}

static AccessVerdict identify_token(const Access *access, AccessScratch *scratch, const char *value,
                                    size_t length, int64_t now, Identity *out_identity,
                                    const char **out_reason)
{
    size_t token_length = 0;
    const char *text = find_token(value, length, &token_length);
    if (text == NULL)
        return refuse("unsupported_scheme", out_reason);
    const Token *token = verify_token(access, scratch, text, token_length, now, out_reason);
    if (token == NULL)
        return ACCESS_UNKNOWN;
    bool good = false;
    const char *role = choose_role(access, token->roles, NULL, &good);
    if (!good)
        return refuse("no_role", out_reason);
    *out_identity = (Identity){.is_known = true,
                               .subject = token->subject,
                               .role = role,
                               .claims = token->claims,
                               .roles = (const char *const *)token->roles};
    return ACCESS_OK;
}

AccessVerdict access_identify(const Access *access, AccessScratch *scratch,
                              const char *authorization, size_t authorization_length,
                              const char *key, size_t key_length, int64_t now,
                              Identity *out_identity, const char **out_reason)
{
    bool has_token = authorization != NULL && access_takes_tokens(access);
    bool has_key = key != NULL && access_takes_keys(access);
    if (has_token && has_key)
        return refuse("two_identities", out_reason);
    if (has_key)
        return identify_key(access, scratch, key, key_length, out_identity, out_reason);
    if (has_token)
        return identify_token(access, scratch, authorization, authorization_length, now,
                              out_identity, out_reason);
    if (access->is_required)
        return refuse("missing", out_reason);
    *out_identity = (Identity){.role = db_roles_anonymous(access->db_roles), .roles = no_roles};
    return ACCESS_OK;
}

void access_append_challenge(const Access *access, const char *reason, GString *value)
{
    bool is_missing = g_str_equal(reason, "missing");
    bool both = access_takes_tokens(access) && access_takes_keys(access);
    if (access_takes_tokens(access)) {
        g_string_append(value, "Bearer realm=\"api\"");
        if (!is_missing) {
            g_string_append(value, ", error=\"invalid_token\", error_description=\"");
            g_string_append(value, reason);
            g_string_append_c(value, '"');
        }
    }
    if (access_takes_keys(access))
        g_string_append(value, both ? ", ApiKey realm=\"api\"" : "ApiKey realm=\"api\"");
}

bool access_allows(const Identity *identity, char **roles)
{
    if (roles == NULL)
        return true;
    for (char **role = roles; *role != NULL; role++)
        if (g_strv_contains(identity->roles, *role))
            return true;
    return false;
}

bool access_takes_keys(const Access *access)
{
    return access->has_key_file || access->key_table != NULL;
}

bool access_takes_tokens(const Access *access)
{
    return access->tokens != NULL;
}
