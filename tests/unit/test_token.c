#include "access/token.h"
#include "access/token_key.h"
#include "tokens.h"

#define NOW INT64_C(1000000)
#define HS256 "{\"alg\":\"HS256\"}"

static void free_key(void *key)
{
    token_key_free(key);
}

static TokenRules *rules_new(GPtrArray *keys)
{
    TokenRules *rules = g_new0(TokenRules, 1);
    rules->keys = keys;
    rules->audiences = g_new0(char *, 1);
    rules->role_path = g_strsplit("role", ".", -1);
    return rules;
}

static TokenRules *rules_with_secret(void)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *keys = g_ptr_array_new_with_free_func(free_key);
    g_ptr_array_add(keys, token_key_secret(TEST_SECRET, strlen(TEST_SECRET), &error));
    g_assert_no_error(error);
    return rules_new(keys);
}

static TokenRules *rules_with_jwks(const char *jwks)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *keys = token_keys_parse("jwks.json", jwks, strlen(jwks), &error);
    g_assert_no_error(error);
    return rules_new(keys);
}

static void assert_refused_at(const TokenRules *rules, const char *token, size_t length,
                              int64_t now, const char *expected)
{
    const char *reason = NULL;
    /* In a block of its own, so that a sanitizer sees its end. */
    g_autofree char *copy = g_memdup2(token, MAX(length, 1));
    g_autoptr(Token) verified = token_verify(rules, copy, length, now, &reason);
    if (verified != NULL)
        g_error("taken: %s", token);
    g_assert_cmpstr(reason, ==, expected);
}

static void assert_refused(const TokenRules *rules, const char *token, const char *expected)
{
    assert_refused_at(rules, token, strlen(token), NOW, expected);
}

static Token *assert_taken_at(const TokenRules *rules, const char *token, int64_t now)
{
    const char *reason = NULL;
    Token *verified = token_verify(rules, token, strlen(token), now, &reason);
    if (verified == NULL)
        g_error("refused: %s: %s", reason, token);
    return verified;
}

static void assert_payload(const TokenRules *rules, const char *payload, const char *expected)
{
    g_autofree char *token = sign(HS256, payload);
    if (expected != NULL)
        assert_refused(rules, token, expected);
    else
        token_free(assert_taken_at(rules, token, NOW));
}

static void assert_header(const TokenRules *rules, const char *header, const char *expected)
{
    g_autofree char *token = sign(header, "{\"exp\":2000000}");
    if (expected != NULL)
        assert_refused(rules, token, expected);
    else
        token_free(assert_taken_at(rules, token, NOW));
}

static void examples_of_the_standards_are_taken(void)
{
    static const char *const tokens[] = {RFC_RS256, RFC_ES256};
    g_autoptr(TokenRules) rules = rules_with_jwks(RFC_JWKS);
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        g_autoptr(Token) token = assert_taken_at(rules, tokens[i], RFC_EXPIRY - 1);
        g_assert_cmpint(token->expires, ==, RFC_EXPIRY);
        g_assert_null(token->subject);
        g_assert_cmpstr(token->claims, ==,
                        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
                        "\"http://example.com/is_root\":true}");
        assert_refused_at(rules, tokens[i], strlen(tokens[i]), RFC_EXPIRY, "expired");
    }
    /* Its signature is good, and what it signs is no JSON. */
    assert_refused(rules, RFC_EDDSA, "malformed");
    assert_refused(rules, RFC_HS256, "unknown_key");
    assert_refused(rules, RFC_NONE, "malformed");
}

static void example_of_a_shared_secret_is_taken(void)
{
    unsigned char secret[BASE64_BYTES(sizeof(RFC_SECRET))];
    size_t length = 0;
    g_assert_true(base64_decode(BASE64_URL, RFC_SECRET, strlen(RFC_SECRET), secret, &length));
    GPtrArray *keys = g_ptr_array_new_with_free_func(free_key);
    g_ptr_array_add(keys, token_key_secret(secret, length, NULL));
    g_autoptr(TokenRules) rules = rules_new(keys);
    token_free(assert_taken_at(rules, RFC_HS256, RFC_EXPIRY - 1));
    assert_refused(rules, RFC_RS256, "unknown_key");
}

/* Whichever character of an example changes, and wherever it is cut off, it is refused. */
static void every_change_is_refused(void)
{
    static const char *const tokens[] = {RFC_RS256, RFC_ES256, RFC_EDDSA};
    g_autoptr(TokenRules) rules = rules_with_jwks(RFC_JWKS);
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        size_t length = strlen(tokens[i]);
        g_autofree char *token = g_strdup(tokens[i]);
        for (size_t at = 0; at < length; at++) {
            const char *reason = NULL;
            char kept = token[at];
            token[at] = kept == 'A' ? 'B' : 'A';
            g_assert_null(token_verify(rules, token, length, RFC_EXPIRY - 1, &reason));
            g_assert_cmpstr(reason, !=, "expired");
            token[at] = kept;
            g_autofree char *cut = g_strndup(token, at);
            g_assert_null(token_verify(rules, cut, at, RFC_EXPIRY - 1, &reason));
        }
    }
}

static void signature_must_be_the_one(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    g_autofree char *good = sign(HS256, "{\"exp\":2000000}");
    g_autofree char *other = sign_bytes("another secret that is long enough", HS256, strlen(HS256),
                                        "{\"exp\":2000000}", 15);
    token_free(assert_taken_at(rules, good, NOW));
    assert_refused(rules, other, "bad_signature");
    size_t length = strlen(good);
    for (size_t cut = 1; cut < 44; cut++)
        assert_refused_at(rules, good, length - cut, NOW,
                          cut == 43 ? "malformed" : "bad_signature");
    g_autofree char *longer = g_strconcat(good, "AAAA", NULL);
    assert_refused(rules, longer, "bad_signature");
    g_autofree char *padded = g_strconcat(good, "=", NULL);
    assert_refused(rules, padded, "bad_signature");
    g_autofree char *fourth = g_strconcat(good, ".e30", NULL);
    assert_refused(rules, fourth, "bad_signature");
}

static void algorithm_is_the_keys(void)
{
    g_autoptr(TokenRules) public = rules_with_jwks(RFC_JWKS);
    g_autoptr(TokenRules) secret = rules_with_secret();
    /* The oldest trick: a public key, as its file has it, taken for a secret. */
    g_autofree char *confused = sign_bytes(RSA_JWK, HS256, strlen(HS256), "{\"exp\":2000000}", 15);
    assert_refused(public, confused, "unknown_key");
    g_autofree char *modulus = sign_bytes(RSA_N, HS256, strlen(HS256), "{\"exp\":2000000}", 15);
    assert_refused(public, modulus, "unknown_key");
    static const char *const others[] = {"none",  "None",   "NONE",  "nOnE",  "",      "hs256",
                                         "HS384", "HS512",  "RS384", "RS512", "PS256", "ES384",
                                         "ES512", "ES256K", "Ed448", "HS256 "};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *header = g_strdup_printf("{\"alg\":\"%s\"}", others[i]);
        assert_header(secret, header, "unsupported_algorithm");
        assert_header(public, header, "unsupported_algorithm");
    }
    assert_header(secret, "{\"alg\":\"RS256\"}", "unknown_key");
    assert_header(secret, "{\"alg\":\"ES256\"}", "unknown_key");
    assert_header(secret, "{\"alg\":\"EdDSA\"}", "unknown_key");
}

/* The signature of one algorithm under the name of another. */
static void signatures_of_other_algorithms_are_refused(void)
{
    static const char *const headers[] = {"eyJhbGciOiJFUzI1NiJ9", "eyJhbGciOiJFZERTQSJ9"};
    g_autoptr(TokenRules) rules = rules_with_jwks(RFC_JWKS);
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autofree char *token =
            g_strconcat(headers[i], "." RFC_PAYLOAD "." RFC_RS256_SIGNATURE, NULL);
        assert_refused_at(rules, token, strlen(token), RFC_EXPIRY - 1, "bad_signature");
    }
}

/* CVE-2022-21449: numbers that are 0, or the curve's order. */
static void empty_numbers_are_no_signature(void)
{
    g_autoptr(TokenRules) rules = rules_with_jwks(RFC_JWKS);
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                            0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    for (unsigned kind = 0; kind < 3; kind++) {
        unsigned char signature[64] = {0};
        if (kind > 0)
            memcpy(signature, order, 32);
        if (kind > 1)
            memcpy(signature + 32, order, 32);
        GString *token = g_string_new("eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD ".");
        append_base64url(token, signature, sizeof(signature));
        assert_refused_at(rules, token->str, token->len, RFC_EXPIRY - 1, "bad_signature");
        g_string_free(token, TRUE);
    }
}

static void header_is_read_strictly(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    assert_header(rules, HS256, NULL);
    assert_header(rules, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", NULL);
    assert_header(rules, "{\"alg\":\"HS256\",\"typ\":\"at+JWT\"}", NULL);
    assert_header(rules, "{\"alg\":\"HS256\",\"typ\":\"application/at+jwt\"}", NULL);
    assert_header(rules, "{\"alg\":\"HS256\",\"kid\":\"any\"}", NULL);
    assert_header(rules, "{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", "unsupported_type");
    assert_header(rules, "{\"alg\":\"HS256\",\"typ\":5}", "unsupported_type");
    assert_header(rules, "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
                  "unsupported_extension");
    assert_header(rules, "{\"alg\":\"HS256\",\"crit\":[]}", "unsupported_extension");
    assert_header(rules, "{\"alg\":\"HS256\",\"kid\":5}", "malformed");
    assert_header(rules, "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "malformed");
    assert_header(rules, "{\"alg\":[\"HS256\"]}", "malformed");
    assert_header(rules, "{}", "malformed");
    assert_header(rules, "[\"HS256\"]", "malformed");
    assert_header(rules, "\"HS256\"", "malformed");
    assert_header(rules, "{\"alg\":\"HS256\"} x", "malformed");
    assert_header(rules, "{\"alg\":\"HS256\"", "malformed");
    assert_header(rules, "{\"alg\":\"HS256\xff\"}", "malformed");
    assert_header(rules, "{\"alg\":\"HS256\\u0000\"}", "malformed");
    /* Keys that a token brings along are not looked at. */
    assert_header(rules, "{\"alg\":\"RS256\",\"jwk\":" RSA_JWK "}", "unknown_key");
}

static void shape_is_three_parts(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    static const char *const shapes[] = {"",       ".",        "..",     "...",
                                         "a",      "a.b",      "a.",     ".b",
                                         "e30..x", "e30.e30.", ".e30.x", "\xff.\xff.\xff"};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        assert_refused(rules, shapes[i], "malformed");
    g_autofree char *good = sign(HS256, "{\"exp\":2000000}");
    g_autofree char *blank = g_strconcat(" ", good, NULL);
    assert_refused(rules, blank, "malformed");
    size_t length = strlen(good);
    assert_refused_at(rules, good, length + 1, NOW, "bad_signature"); /* with its NUL */
    g_autofree char *long_claim = g_strnfill(9000, 'x');
    g_autofree char *payload = g_strdup_printf("{\"exp\":2000000,\"x\":\"%s\"}", long_claim);
    assert_payload(rules, payload, "too_long");
}

static void claims_are_read_strictly(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    assert_payload(rules, "{\"exp\":2000000,\"exp\":2000000}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"a\":{\"b\":1,\"b\":2}}", "malformed");
    assert_payload(rules, "[]", "malformed");
    assert_payload(rules, "5", "malformed");
    assert_payload(rules, "{\"exp\":2000000", "malformed");
    assert_payload(rules, "{\"exp\":2000000}}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"x\":\"\\u0000\"}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"x\":\"\\ud800\"}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"x\":\"\xff\"}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"x\":1e999}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"sub\":5}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"role\":5}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"role\":[5]}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"role\":null}", NULL);
    static const char with_nul[] = "{\"exp\":2000000}\0";
    g_autofree char *nul =
        sign_bytes(TEST_SECRET, HS256, strlen(HS256), with_nul, sizeof(with_nul) - 1);
    assert_refused(rules, nul, "malformed");
    g_autoptr(GString) deep = g_string_new("{\"exp\":2000000,\"x\":");
    for (unsigned i = 0; i < 2500; i++)
        g_string_append_c(deep, '[');
    assert_payload(rules, deep->str, "malformed");
}

static void dates_are_checked(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    assert_payload(rules, "{}", "no_expiry");
    assert_payload(rules, "{\"exp\":null}", "malformed");
    assert_payload(rules, "{\"exp\":\"2000000\"}", "malformed");
    assert_payload(rules, "{\"exp\":1e300}", "malformed");
    assert_payload(rules, "{\"exp\":-1e300}", "malformed");
    assert_payload(rules, "{\"exp\":9223372036854775807}", "malformed");
    assert_payload(rules, "{\"exp\":9223372036854775808}", "malformed");
    assert_payload(rules, "{\"exp\":-5}", "expired");
    assert_payload(rules, "{\"exp\":1000000}", "expired");
    assert_payload(rules, "{\"exp\":1000000.5}", NULL);
    assert_payload(rules, "{\"exp\":1000001}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"nbf\":1000001}", "not_yet_valid");
    assert_payload(rules, "{\"exp\":2000000,\"nbf\":1000000}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"nbf\":\"x\"}", "malformed");
    assert_payload(rules, "{\"exp\":2000000,\"iat\":1000001}", "not_yet_valid");
    assert_payload(rules, "{\"exp\":2000000,\"iat\":true}", "malformed");
    rules->leeway = 30;
    assert_payload(rules, "{\"exp\":999970}", "expired");
    assert_payload(rules, "{\"exp\":999971}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"nbf\":1000030,\"iat\":1000030}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"nbf\":1000031}", "not_yet_valid");
    g_autofree char *text = sign(HS256, "{\"exp\":2000000}");
    g_autoptr(Token) token = assert_taken_at(rules, text, NOW);
    g_assert_cmpint(token->expires, ==, 2000030);
}

static void issuer_and_audience_are_checked(void)
{
    g_autoptr(TokenRules) rules = rules_with_secret();
    assert_payload(rules, "{\"exp\":2000000,\"iss\":\"anybody\"}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"aud\":\"others\"}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":[]}", "wrong_audience");
    rules->issuer = g_strdup("https://id.example");
    assert_payload(rules, "{\"exp\":2000000}", "wrong_issuer");
    assert_payload(rules, "{\"exp\":2000000,\"iss\":\"https://id.example/\"}", "wrong_issuer");
    assert_payload(rules, "{\"exp\":2000000,\"iss\":[\"https://id.example\"]}", "wrong_issuer");
    assert_payload(rules, "{\"exp\":2000000,\"iss\":\"https://id.example\"}", NULL);
    g_clear_pointer(&rules->issuer, g_free);
    g_strfreev(rules->audiences);
    rules->audiences = g_strsplit("shop admin", " ", -1);
    assert_payload(rules, "{\"exp\":2000000}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":\"sho\"}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":\"shop admin\"}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":[\"x\",5,null]}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":{\"shop\":1}}", "wrong_audience");
    assert_payload(rules, "{\"exp\":2000000,\"aud\":\"shop\"}", NULL);
    assert_payload(rules, "{\"exp\":2000000,\"aud\":[\"x\",\"admin\"]}", NULL);
}

static void subject_roles_and_claims_come_out(void)
{
    static const char payload[] = "{ \"sub\":\"42\", \"exp\":2000000, \"role\":\"a b  a\", "
                                  "\"n\":12345678901234567 }";
    g_autoptr(TokenRules) rules = rules_with_secret();
    g_autofree char *text = sign(HS256, payload);
    g_autoptr(Token) token = assert_taken_at(rules, text, NOW);
    g_assert_cmpstr(token->subject, ==, "42");
    g_assert_cmpstr(token->claims, ==, payload);
    g_autofree char *roles = g_strjoinv("|", token->roles);
    g_assert_cmpstr(roles, ==, "a|b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/examples", examples_of_the_standards_are_taken);
    g_test_add_func("/token/secret", example_of_a_shared_secret_is_taken);
    g_test_add_func("/token/changes", every_change_is_refused);
    g_test_add_func("/token/signature", signature_must_be_the_one);
    g_test_add_func("/token/algorithm", algorithm_is_the_keys);
    g_test_add_func("/token/other_algorithms", signatures_of_other_algorithms_are_refused);
    g_test_add_func("/token/empty_numbers", empty_numbers_are_no_signature);
    g_test_add_func("/token/header", header_is_read_strictly);
    g_test_add_func("/token/shape", shape_is_three_parts);
    g_test_add_func("/token/claims", claims_are_read_strictly);
    g_test_add_func("/token/dates", dates_are_checked);
    g_test_add_func("/token/audience", issuer_and_audience_are_checked);
    g_test_add_func("/token/result", subject_roles_and_claims_come_out);
    return g_test_run();
}
