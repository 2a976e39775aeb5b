#include "access/token_rules.h"

#include "access/claim_path.h"
#include "access/seeded_hash.h"
#include "access/token_key.h"
#include "access/word_list.h"
#include "base/file.h"

#include <openssl/crypto.h>
#include <string.h>

#define LEEWAY_MOST 3600

static void free_key(void *key)
{
    token_key_free(key);
}

void token_rules_free(TokenRules *rules)
{
    if (rules == NULL)
        return;
    g_ptr_array_unref(rules->keys);
    g_free(rules->issuer);
    g_strfreev(rules->audiences);
    g_strfreev(rules->role_path);
    g_free(rules);
}

TokenRules *token_rules_copy(const TokenRules *rules)
{
    TokenRules *copy = g_new0(TokenRules, 1);
    copy->keys = g_ptr_array_new_with_free_func(free_key);
    for (unsigned i = 0; i < rules->keys->len; i++)
        g_ptr_array_add(copy->keys, token_key_copy(rules->keys->pdata[i]));
    copy->issuer = g_strdup(rules->issuer);
    copy->audiences = g_strdupv(rules->audiences);
    copy->role_path = g_strdupv(rules->role_path);
    copy->leeway = rules->leeway;
    copy->id = rules->id;
    return copy;
}

static bool load_jwks(const Config *config, TokenRules *rules, GError **error)
{
    if (*config_get(config, "access", "jwks") == '\0')
        return true;
    g_autofree char *path = config_path(config, "access", "jwks");
    g_autofree char *text = file_read_text(path, error);
    g_autoptr(GPtrArray) keys =
        text != NULL ? token_keys_parse(path, text, strlen(text), error) : NULL;
    if (keys == NULL)
        return false;
    g_ptr_array_extend_and_steal(rules->keys, g_steal_pointer(&keys));
    return true;
}

/* A variable that is set and not empty. */
static const char *find_variable(const Environment *environment, const char *name)
{
    const char *value = environment_get(environment, name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static bool add_secret(TokenRules *rules, const char *place, const char *secret, size_t length,
                       GError **error)
{
    TokenKey *key = token_key_secret(secret, length, error);
    if (key == NULL) {
        g_prefix_error(error, "%s: ", place);
        return false;
    }
    g_ptr_array_add(rules->keys, key);
    return true;
}

/* The bytes of a file, but for a line end behind them. */
static bool load_secret_file(const Config *config, const char *name, TokenRules *rules,
                             GError **error)
{
    g_autofree char *path = g_canonicalize_filename(name, config_folder(config));
    size_t length = 0;
    g_autofree char *secret = file_read(path, &length, error);
    if (secret == NULL)
        return false;
    size_t kept = length;
    if (kept > 0 && secret[kept - 1] == '\n')
        kept--;
    if (kept > 0 && secret[kept - 1] == '\r')
        kept--;
    bool good = add_secret(rules, path, secret, kept, error);
    OPENSSL_cleanse(secret, length);
    return good;
}

static bool load_secret(const Config *config, const Environment *environment, TokenRules *rules,
                        GError **error)
{
    const char *secret = find_variable(environment, "JWT_SECRET");
    const char *file = find_variable(environment, "JWT_SECRET_FILE");
    if (secret != NULL && file != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "both JWT_SECRET and JWT_SECRET_FILE are set\nhint: unset one of them");
        return false;
    }
    if (secret != NULL)
        return add_secret(rules, "JWT_SECRET", secret, strlen(secret), error);
    return file == NULL || load_secret_file(config, file, rules, error);
}

static bool load_claims(const Config *config, TokenRules *rules, GError **error)
{
    const char *issuer = config_get(config, "access", "jwt_issuer");
    long leeway = 0;
    rules->issuer = *issuer != '\0' ? g_strdup(issuer) : NULL;
    rules->audiences = word_list(config_get(config, "access", "jwt_audience"));
    rules->role_path = claim_path_parse(config_get(config, "access", "role_claim"));
    if (rules->role_path == NULL)
        return config_refuse(config, "access", "role_claim",
                             "is no path\nhint: names with dots between, as in "
                             "realm_access.roles; a name that has a dot in double quotes",
                             error);
    if (!config_number(config, "access", "leeway", 0, LEEWAY_MOST, &leeway, error))
        return false;
    rules->leeway = leeway;
    return true;
}

/* Whoever says what tokens must be means to take some. */
static bool check_use(const Config *config, const TokenRules *rules, GError **error)
{
    static const char *const settings[] = {"jwt_issuer", "jwt_audience"};
    for (size_t i = 0; rules->keys->len == 0 && i < G_N_ELEMENTS(settings); i++)
        if (*config_get(config, "access", settings[i]) != '\0')
            return config_refuse(config, "access", settings[i],
                                 "is set, but no key of tokens is\n"
                                 "hint: set jwks, or JWT_SECRET in the environment or .env",
                                 error);
    return true;
}

bool token_rules_load(const Config *config, const Environment *environment, TokenRules **out_rules,
                      GError **error)
{
    g_autoptr(TokenRules) rules = g_new0(TokenRules, 1);
    rules->keys = g_ptr_array_new_with_free_func(free_key);
    if (!load_claims(config, rules, error) || !load_jwks(config, rules, error) ||
        !load_secret(config, environment, rules, error) || !check_use(config, rules, error))
        return false;
    rules->id = seeded_hash_seed();
    *out_rules = rules->keys->len > 0 ? g_steal_pointer(&rules) : NULL;
    return true;
}
