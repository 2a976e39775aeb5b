/*
 * Any bytes as what comes from outside: a header with a token, an API key, an Origin; and as what
 * an operator may write: a JWKS, a file of keys, a claim's path, a rate.
 *
 * The first line, if it is "KEYS", chooses the operator's side. Else the bytes are a token, taken
 * as they are; and, so that more than its signature is reached, its claims as JSON signed with the
 * key that is known here.
 */
#include "access/access.h"
#include "access/claim_path.h"
#include "access/cors.h"
#include "access/jws.h"
#include "access/key.h"
#include "access/rate_limit.h"
#include "access/token.h"
#include "fuzz.h"

#include "../unit/tokens.h"

#define NOW INT64_C(1000000)

static TokenRules *make_rules(void)
{
    TokenRules *rules = g_new0(TokenRules, 1);
    rules->keys = token_keys_parse("k", RFC_JWKS, strlen(RFC_JWKS), NULL);
    g_ptr_array_add(rules->keys, token_key_secret(TEST_SECRET, strlen(TEST_SECRET), NULL));
    rules->audiences = g_new0(char *, 1);
    rules->role_path = claim_path_parse("realm_access.roles");
    return rules;
}

/* What is taken is JSON without NULs, has not expired, and each of its parts is the one way to
 * write it. */
static void check_token(const TokenRules *rules, const char *text, size_t length)
{
    const char *reason = NULL;
    g_autoptr(Token) token = token_verify(rules, text, length, NOW, &reason);
    g_assert_true((token == NULL) == (reason != NULL));
    if (token == NULL)
        return;
    g_assert_cmpint(token->expires, >, NOW);
    g_assert_cmpuint(g_strv_length(token->roles), <=, ROLES_MOST);
    json_t *claims = json_loads(token->claims, JSON_REJECT_DUPLICATES, NULL);
    g_assert_true(json_is_object(claims));
    json_decref(claims);
}

static void check_signed(const TokenRules *rules, const char *text, size_t size)
{
    static const char header[] = "{\"alg\":\"HS256\"}";
    g_autofree char *claims = sign_bytes(TEST_SECRET, header, strlen(header), text, size);
    g_autofree char *headed = sign_bytes(TEST_SECRET, text, size, "{\"exp\":2000000}", 15);
    check_token(rules, claims, strlen(claims));
    check_token(rules, headed, strlen(headed));
}

static void check_headers(const char *text, size_t size)
{
    static Access *access;
    static AccessScratch *scratch;
    static Cors *cors;
    g_autoptr(GString) lines = g_string_new(NULL);
    if (access == NULL) {
        g_autoptr(Config) config = config_parse(
            "r.ini", "[access]\nkey_table = k\ncors_origins = https://a.example\n", NULL);
        g_autoptr(Environment) environment =
            environment_parse(".env", "JWT_SECRET=" TEST_SECRET, NULL);
        access = access_load(config, environment, NULL);
        scratch = access_scratch_new();
        cors = cors_load(config, NULL);
    }
    Identity identity = {0};
    const char *reason = NULL;
    g_assert_cmpint(access_identify(access, scratch, NULL, 0, text, size, NOW, &identity, &reason),
                    ==, ACCESS_UNKNOWN);
    access_identify(access, scratch, text, size, NULL, 0, NOW, &identity, &reason);
    bool is_known = size == 17 && memcmp(text, "https://a.example", 17) == 0;
    g_assert_true(cors_append(cors, text, size, lines) == is_known);
    CorsQuestion question = {.origin = "https://a.example",
                             .origin_length = 17,
                             .method = text,
                             .method_length = size,
                             .methods = CORS_METHOD(HTTP_GET)};
    bool is_get = size == 3 && memcmp(text, "GET", 3) == 0;
    g_assert_true(cors_append_preflight(cors, &question, lines) == is_get);
}

/* What an operator writes is taken, or refused with an error. */
static void check_settings(const char *text, size_t size)
{
    g_autoptr(GError) jwks_error = NULL;
    g_autoptr(GError) file_error = NULL;
    g_autoptr(GPtrArray) keys = token_keys_parse("k", text, size, &jwks_error);
    g_assert_true((keys == NULL) == (jwks_error != NULL));
    g_autoptr(KeySet) set = key_set_new();
    g_assert_true(key_set_parse(set, "keys", text, &file_error) == (file_error == NULL));
    g_auto(GStrv) path = claim_path_parse(text);
    g_assert_true(path == NULL || path[0] != NULL);
    RateRule rule = {0};
    if (rate_rule_parse(text, &rule, NULL))
        g_assert_true(rule.count > 0 && rule.seconds > 0 && rule.burst > 0);
    RateAddress address = rate_address(text);
    g_assert_true(address.length == 4 || address.length == 8 || address.length == 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static TokenRules *rules;
    if (rules == NULL)
        rules = make_rules();
    g_autofree char *text = fuzz_copy(data, size);
    if (g_str_has_prefix(text, "KEYS\n")) {
        check_settings(text + 5, size - 5);
        return 0;
    }
    check_token(rules, text, size);
    check_headers(text, size);
    if (size < TOKEN_LONGEST / 2)
        check_signed(rules, text, size);
    return 0;
}
