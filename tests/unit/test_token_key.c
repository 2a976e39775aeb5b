#include "access/token_key.h"
#include "tokens.h"

#define KEYS(text) "{\"keys\":[" text "]}"
#define EC_WITH(members)                                                                           \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"," members "}"

static GPtrArray *parse(const char *text, GError **error)
{
    return token_keys_parse("k.json", text, strlen(text), error);
}

static void assert_refused(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) keys = parse(text, &error);
    if (keys != NULL)
        g_error("taken: %s", text);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
}

static void assert_count(const char *text, unsigned count)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) keys = parse(text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(keys->len, ==, count);
}

static void keys_of_all_kinds_are_read(void)
{
    assert_count(RFC_JWKS, 3);
    assert_count(EC_JWK, 1);
    assert_count(KEYS(EC_WITH("\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]")), 1);
}

/* RFC 7517, 5: what is not understood is passed over. */
static void keys_for_others_are_passed_over(void)
{
    assert_count(KEYS(ED_JWK "," EC_WITH("\"use\":\"enc\"")), 1);
    assert_count(KEYS(ED_JWK "," EC_WITH("\"alg\":\"ECDH-ES\"")), 1);
    assert_count(KEYS(ED_JWK "," EC_WITH("\"alg\":\"RS256\"")), 1);
    assert_count(KEYS(ED_JWK "," EC_WITH("\"alg\":\"HS256\"")), 1);
    assert_count(KEYS(ED_JWK "," EC_WITH("\"key_ops\":[\"sign\"]")), 1);
    assert_count(KEYS(ED_JWK ",{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"\",\"y\":\"\"}"), 1);
    assert_count(KEYS(ED_JWK ",{\"kty\":\"EC\"}"), 1);
    assert_count(KEYS(ED_JWK ",{\"kty\":\"XX\"}"), 1);
    assert_count(KEYS(ED_JWK ",{}"), 1);
    assert_refused(KEYS("{\"kty\":\"XX\"}"),
                   "k.json: no key is for RS256, ES256 (P-256) or EdDSA (Ed25519)");
}

static void other_files_are_refused(void)
{
    assert_refused("", "k.json:1: this is no JSON");
    assert_refused("{\n\n", "k.json:3: this is no JSON");
    assert_refused("[]", "k.json: this is no JWKS: it has no array \"keys\"");
    assert_refused("{\"keys\":{}}", "k.json: this is no JWKS: it has no array \"keys\"");
    assert_refused("{\"keys\":[]}",
                   "k.json: no key is for RS256, ES256 (P-256) or EdDSA (Ed25519)");
    assert_refused("{\"keys\":[],\"keys\":[]}", "k.json:1: this is no JSON");
    assert_refused(KEYS("5"), "k.json: key 1 (\"\"): is no object");
    assert_refused(KEYS(EC_WITH("\"kid\":5")), "k.json: key 1 (\"\"): \"kid\" is no string");
}

static void secret_and_private_keys_are_refused(void)
{
    assert_refused(KEYS("{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"hunter2hunter2\"}"),
                   "k.json: key 1 (\"a\"): is a secret\n"
                   "hint: put it into JWT_SECRET or JWT_SECRET_FILE");
    assert_refused(KEYS(ED_JWK "," EC_WITH("\"kid\":\"b\",\"d\":\"hunter2\"")),
                   "k.json: key 2 (\"b\"): is a private key\n"
                   "hint: only who makes tokens may have it");
}

static void weak_and_malformed_keys_are_refused(void)
{
    assert_refused(KEYS("{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_w\","
                        "\"e\":\"AQAB\"}"),
                   "k.json: key 1 (\"\"): an RSA key must have 2048 to 8192 bits");
    assert_refused(KEYS("{\"kty\":\"RSA\",\"e\":\"AQAB\"}"),
                   "k.json: key 1 (\"\"): \"n\" or \"e\" is missing, malformed, or too long");
    static const char *const exponents[] = {"AQ", "Ag", "AA", "AQAA", "_________________w"};
    for (size_t i = 0; i < G_N_ELEMENTS(exponents); i++) {
        g_autofree char *text = g_strdup_printf(
            KEYS("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"%s\"}"), exponents[i]);
        assert_refused(text, "k.json: key 1 (\"\"): the exponent is not odd, 1, or longer than "
                             "64 bits");
    }
    g_autofree char *huge = g_strnfill(40000, 'A');
    g_autofree char *text =
        g_strdup_printf(KEYS("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}"), huge);
    assert_refused(text, "k.json: key 1 (\"\"): \"n\" or \"e\" is missing, malformed, or too long");
    /* The point is not on the curve: x twice. */
    assert_refused(KEYS("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_X "\"}"),
                   "k.json: key 1 (\"\"): this is no point of the curve P-256");
    assert_refused(KEYS("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"" EC_Y "\"}"),
                   "k.json: key 1 (\"\"): \"x\" and \"y\" must have 32 bytes each");
    assert_refused(KEYS("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "AA\"}"),
                   "k.json: key 1 (\"\"): \"x\" must have 32 bytes");
    assert_refused(KEYS(ED_JWK "," ED_JWK), "k.json: key 2 (\"\"): this \"kid\" comes twice");
}

static void key_is_found_by_algorithm_and_id(void)
{
    static const char text[] =
        KEYS(EC_WITH("\"kid\":\"one\"") "," EC_WITH("\"kid\":\"two\"") "," RSA_JWK);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) keys = parse(text, &error);
    g_assert_no_error(error);
    g_assert_true(token_keys_find(keys, TOKEN_ES256, "two") == keys->pdata[1]);
    g_assert_null(token_keys_find(keys, TOKEN_ES256, "three"));
    g_assert_null(token_keys_find(keys, TOKEN_ES256, NULL)); /* which of the two? */
    g_assert_null(token_keys_find(keys, TOKEN_EDDSA, "one"));
    g_assert_true(token_keys_find(keys, TOKEN_RS256, NULL) == keys->pdata[2]);
    g_assert_true(token_keys_find(keys, TOKEN_RS256, "any") == keys->pdata[2]);
    g_assert_null(token_keys_find(keys, TOKEN_HS256, NULL));
}

static void secret_has_a_least_length(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(token_key_secret("hunter2", 7, &error));
    g_assert_cmpstr(error->message, ==,
                    "the secret of tokens has 7 bytes, which is less than 32\n"
                    "hint: \"openssl rand -base64 48\" makes one");
    g_autoptr(TokenKey) key = token_key_secret(TEST_SECRET, 32, NULL);
    g_autoptr(TokenKey) copy = token_key_copy(key);
    g_assert_cmpmem(copy->secret->data, copy->secret->len, TEST_SECRET, 32);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token_key/kinds", keys_of_all_kinds_are_read);
    g_test_add_func("/token_key/others", keys_for_others_are_passed_over);
    g_test_add_func("/token_key/files", other_files_are_refused);
    g_test_add_func("/token_key/private", secret_and_private_keys_are_refused);
    g_test_add_func("/token_key/weak", weak_and_malformed_keys_are_refused);
    g_test_add_func("/token_key/find", key_is_found_by_algorithm_and_id);
    g_test_add_func("/token_key/secret", secret_has_a_least_length);
    return g_test_run();
}
