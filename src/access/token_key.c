#include "access/token_key.h"

#include "access/strict_json.h"
#include "base/base64.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#define KEYS_MOST 100
#define RSA_LEAST 2048
#define RSA_MOST 8192
#define NUMBER_MOST (RSA_MOST / 8)
#define COORDINATE 32 /* bytes of a coordinate of P-256 and of an Ed25519 key */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OSSL_PARAM, OSSL_PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)

/* Which key of a JWKS is read. */
typedef struct Reader {
    const char *path;
    size_t index;
    const json_t *jwk;
} Reader;

/* A key type of JWK that is ours: what it is called, and how it is read. */
typedef struct KeyType {
    const char *kty;
    const char *curve; /* (nullable): "crv" */
    TokenAlgorithm algorithm;
    EVP_PKEY *(*read)(const Reader *reader, GError **error);
} KeyType;

bool token_algorithm_find(const char *name, TokenAlgorithm *out_algorithm)
{
    static const struct {
        const char *name;
        TokenAlgorithm algorithm;
    } known[] = {{"HS256", TOKEN_HS256},
                 {"RS256", TOKEN_RS256},
                 {"ES256", TOKEN_ES256},
                 {"EdDSA", TOKEN_EDDSA},
                 {"Ed25519", TOKEN_EDDSA}}; /* RFC 9864 */
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(known[i].name, name)) {
            *out_algorithm = known[i].algorithm;
            return true;
        }
    return false;
}

void token_key_free(TokenKey *key)
{
    if (key == NULL)
        return;
    g_free(key->id);
    EVP_PKEY_free(key->public);
    if (key->secret != NULL) {
        OPENSSL_cleanse(key->secret->data, key->secret->len);
        g_byte_array_free(key->secret, TRUE);
    }
    g_free(key);
}

TokenKey *token_key_copy(const TokenKey *key)
{
    TokenKey *copy = g_new0(TokenKey, 1);
    copy->algorithm = key->algorithm;
    copy->id = g_strdup(key->id);
    copy->public = key->public;
    if (key->public != NULL)
        EVP_PKEY_up_ref(key->public);
    if (key->secret != NULL) {
        copy->secret = g_byte_array_sized_new(key->secret->len);
        g_byte_array_append(copy->secret, key->secret->data, key->secret->len);
    }
    return copy;
}

TokenKey *token_key_secret(const void *secret, size_t length, GError **error)
{
    if (length < TOKEN_SECRET_LEAST || length > G_MAXINT / 2) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "the secret of tokens has %zu bytes, which is %s\n"
                    "hint: \"openssl rand -base64 48\" makes one",
                    length, length < TOKEN_SECRET_LEAST ? "less than 32" : "too many");
        return NULL;
    }
    TokenKey *key = g_new0(TokenKey, 1);
    key->algorithm = TOKEN_HS256;
    key->secret = g_byte_array_sized_new((unsigned)length);
    g_byte_array_append(key->secret, secret, (unsigned)length);
    return key;
}

static void *refuse(const Reader *reader, const char *fault, GError **error)
{
    ERR_clear_error();
    const char *id = json_string_value(json_object_get(reader->jwk, "kid"));
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: key %zu (\"%s\"): %s", reader->path,
                reader->index + 1, id != NULL ? id : "", fault);
    return NULL;
}

static bool read_bytes(const Reader *reader, const char *name, unsigned char *out, size_t most,
                       size_t *out_length)
{
    const json_t *value = json_object_get(reader->jwk, name);
    size_t length = json_string_length(value);
    return json_is_string(value) && length > 0 && BASE64_BYTES(length) <= most &&
           base64_decode(BASE64_URL, json_string_value(value), length, out, out_length);
}

/* The key that @bld describes, if it is one. */
static EVP_PKEY *build_key(const char *type, OSSL_PARAM_BLD *bld)
{
    g_autoptr(OSSL_PARAM) params = OSSL_PARAM_BLD_to_param(bld);
    g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    g_autoptr(EVP_PKEY) key = NULL;
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    g_autoptr(EVP_PKEY_CTX) check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return check != NULL && EVP_PKEY_public_check(check) == 1 ? g_steal_pointer(&key) : NULL;
}

static BIGNUM *read_number(const Reader *reader, const char *name)
{
    unsigned char bytes[NUMBER_MOST + 3];
    size_t length = 0;
    return read_bytes(reader, name, bytes, sizeof(bytes), &length)
               ? BN_bin2bn(bytes, (int)length, NULL)
               : NULL;
}

static EVP_PKEY *read_rsa(const Reader *reader, GError **error)
{
    g_autoptr(BIGNUM) modulus = read_number(reader, "n");
    g_autoptr(BIGNUM) exponent = read_number(reader, "e");
    if (modulus == NULL || exponent == NULL)
        return refuse(reader, "\"n\" or \"e\" is missing, malformed, or too long", error);
    if (BN_num_bits(modulus) < RSA_LEAST || BN_num_bits(modulus) > RSA_MOST)
        return refuse(reader, "an RSA key must have 2048 to 8192 bits", error);
    if (!BN_is_odd(exponent) || BN_is_one(exponent) || BN_num_bits(exponent) > 64)
        return refuse(reader, "the exponent is not odd, 1, or longer than 64 bits", error);
    g_autoptr(OSSL_PARAM_BLD) bld = OSSL_PARAM_BLD_new();
    g_autoptr(EVP_PKEY) key = NULL;
    if (bld != NULL && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = build_key("RSA", bld);
    return key != NULL ? g_steal_pointer(&key) : refuse(reader, "this is no RSA key", error);
}

static bool read_coordinate(const Reader *reader, const char *name, unsigned char *out)
{
    unsigned char bytes[BASE64_BYTES(44)];
    size_t length = 0;
    if (!read_bytes(reader, name, bytes, sizeof(bytes), &length) || length != COORDINATE)
        return false;
    memcpy(out, bytes, COORDINATE);
    return true;
}

static EVP_PKEY *read_p256(const Reader *reader, GError **error)
{
    unsigned char point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
    if (!read_coordinate(reader, "x", point + 1) ||
        !read_coordinate(reader, "y", point + 1 + COORDINATE))
        return refuse(reader, "\"x\" and \"y\" must have 32 bytes each", error);
    g_autoptr(OSSL_PARAM_BLD) bld = OSSL_PARAM_BLD_new();
    g_autoptr(EVP_PKEY) key = NULL;
    if (bld != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1)
        key = build_key("EC", bld);
    return key != NULL ? g_steal_pointer(&key)
                       : refuse(reader, "this is no point of the curve P-256", error);
}

static EVP_PKEY *read_ed25519(const Reader *reader, GError **error)
{
    unsigned char bytes[COORDINATE];
    if (!read_coordinate(reader, "x", bytes))
        return refuse(reader, "\"x\" must have 32 bytes", error);
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, bytes, sizeof(bytes));
    return key != NULL ? key : refuse(reader, "this is no Ed25519 key", error);
}

static const KeyType key_types[] = {
    {"RSA", NULL, TOKEN_RS256, read_rsa},
    {"EC", "P-256", TOKEN_ES256, read_p256},
    {"OKP", "Ed25519", TOKEN_EDDSA, read_ed25519},
};

/* Whether a member is absent, or the string @expected. */
static bool may_be(const json_t *jwk, const char *name, const char *expected)
{
    const json_t *value = json_object_get(jwk, name);
    return value == NULL ||
           (json_is_string(value) && g_str_equal(json_string_value(value), expected));
}

static bool has_curve(const json_t *jwk, const char *curve)
{
    return curve == NULL || (json_object_get(jwk, "crv") != NULL && may_be(jwk, "crv", curve));
}

/* Whether "key_ops" is absent, or has "verify". */
static bool may_verify(const json_t *jwk)
{
    const json_t *operations = json_object_get(jwk, "key_ops");
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *name = json_string_value(json_array_get(operations, i));
        if (name != NULL && g_str_equal(name, "verify"))
            return true;
    }
    return operations == NULL;
}

/* Whether "alg" is absent, or that of the key's type: a key is for one algorithm. */
static bool may_have_algorithm(const json_t *jwk, TokenAlgorithm expected)
{
    const json_t *value = json_object_get(jwk, "alg");
    TokenAlgorithm algorithm = TOKEN_HS256;
    return value == NULL ||
           (json_is_string(value) && token_algorithm_find(json_string_value(value), &algorithm) &&
            algorithm == expected);
}

/* (nullable): the type of a key that is for us. */
static const KeyType *find_type(const json_t *jwk)
{
    const char *kty = json_string_value(json_object_get(jwk, "kty"));
    for (size_t i = 0; kty != NULL && i < G_N_ELEMENTS(key_types); i++) {
        const KeyType *type = &key_types[i];
        if (g_str_equal(type->kty, kty) && has_curve(jwk, type->curve) &&
            may_be(jwk, "use", "sig") && may_verify(jwk) &&
            may_have_algorithm(jwk, type->algorithm))
            return type;
    }
    return NULL;
}

static bool has_key(const GPtrArray *keys, TokenAlgorithm algorithm, const char *id)
{
    for (unsigned i = 0; i < keys->len; i++) {
        const TokenKey *key = keys->pdata[i];
        if (key->algorithm == algorithm && g_strcmp0(key->id, id) == 0)
            return true;
    }
    return false;
}

/* Adds a key, unless it is not for us. */
static bool read_key(const Reader *reader, GPtrArray *keys, GError **error)
{
    if (!json_is_object(reader->jwk))
        return refuse(reader, "is no object", error) != NULL;
    const json_t *id = json_object_get(reader->jwk, "kid");
    if (id != NULL && !json_is_string(id))
        return refuse(reader, "\"kid\" is no string", error) != NULL;
    if (json_object_get(reader->jwk, "k") != NULL)
        return refuse(reader, "is a secret\nhint: put it into JWT_SECRET or JWT_SECRET_FILE",
                      error) != NULL;
    if (json_object_get(reader->jwk, "d") != NULL)
        return refuse(reader, "is a private key\nhint: only who makes tokens may have it", error) !=
               NULL;
    const KeyType *type = find_type(reader->jwk);
    if (type == NULL)
        return true;
    g_autoptr(EVP_PKEY) public = type->read(reader, error);
    if (public == NULL)
        return false;
    if (has_key(keys, type->algorithm, json_string_value(id)))
        return refuse(reader, "this \"kid\" comes twice", error) != NULL;
    TokenKey *key = g_new0(TokenKey, 1);
    key->algorithm = type->algorithm;
    key->id = g_strdup(json_string_value(id));
    key->public = g_steal_pointer(&public);
    g_ptr_array_add(keys, key);
    return true;
}

static void *refuse_file(const char *path, const char *fault, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: %s", path, fault);
    return NULL;
}

static bool read_keys(const char *path, const json_t *list, GPtrArray *keys, GError **error)
{
    if (json_array_size(list) > KEYS_MOST)
        return refuse_file(path, "has more than 100 keys", error) != NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        Reader reader = {.path = path, .index = i, .jwk = json_array_get(list, i)};
        if (!read_key(&reader, keys, error))
            return false;
    }
    return true;
}

static void free_key(void *key)
{
    token_key_free(key);
}

GPtrArray *token_keys_parse(const char *path, const char *text, size_t length, GError **error)
{
    int line = 0;
    g_autoptr(json_t) root = strict_json_parse(text, length, &line);
    if (root == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%d: this is no JSON", path, line);
        return NULL;
    }
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(free_key);
    const json_t *list = json_object_get(root, "keys");
    Reader single = {.path = path, .jwk = root};
    bool is_single = list == NULL && json_object_get(root, "kty") != NULL;
    if (!is_single && !json_is_array(list))
        return refuse_file(path, "this is no JWKS: it has no array \"keys\"", error);
    if (is_single ? !read_key(&single, keys, error) : !read_keys(path, list, keys, error))
        return NULL;
    if (keys->len == 0)
        return refuse_file(path, "no key is for RS256, ES256 (P-256) or EdDSA (Ed25519)", error);
    return g_steal_pointer(&keys);
}

const TokenKey *token_keys_find(const GPtrArray *keys, TokenAlgorithm algorithm, const char *id)
{
    const TokenKey *found = NULL;
    unsigned count = 0;
    for (unsigned i = 0; i < keys->len; i++) {
        const TokenKey *key = keys->pdata[i];
        if (key->algorithm != algorithm)
            continue;
        if (id != NULL && key->id != NULL && g_str_equal(key->id, id))
            return key;
        if (id == NULL || key->id == NULL) {
            found = key;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}
