#include "access/jws.h"

#include "access/strict_json.h"
#include "base/base64.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <string.h>

#define SHA256_SIZE 32
#define P256_SIZE 32 /* bytes of each half of a signature of ES256 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ECDSA_SIG, ECDSA_SIG_free)

/* Bytes, not ended by NUL. */
typedef struct Part {
    const char *data;
    size_t length;
} Part;

typedef struct Parts {
    Part header;
    Part payload;
    Part signature;
    Part input; /* header and payload with the dot: what is signed */
} Parts;

static bool refuse(const char *reason, const char **out_reason)
{
    *out_reason = reason;
    return false;
}

static bool split(const char *token, size_t length, Parts *out_parts)
{
    const char *first = memchr(token, '.', length);
    if (first == NULL)
        return false;
    const char *end = token + length;
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL)
        return false;
    *out_parts = (Parts){
        .header = {token, (size_t)(first - token)},
        .payload = {first + 1, (size_t)(second - first - 1)},
        .signature = {second + 1, (size_t)(end - second - 1)},
        .input = {token, (size_t)(second - token)},
    };
    return out_parts->header.length > 0 && out_parts->payload.length > 0 &&
           out_parts->signature.length > 0;
}

/* (transfer full) (nullable): the bytes that a part stands for, and a NUL. */
static char *decode(Part part, size_t *out_length)
{
    g_autofree char *bytes = g_malloc(BASE64_BYTES(part.length) + 1);
    if (!base64_decode(BASE64_URL, part.data, part.length, (unsigned char *)bytes, out_length))
        return NULL;
    bytes[*out_length] = '\0';
    return g_steal_pointer(&bytes);
}

/* "JWT" and "at+jwt" (RFC 9068), with "application/" or without: others are not for access. */
static bool is_access_type(const json_t *type)
{
    if (type == NULL)
        return true;
    const char *name = json_string_value(type);
    if (name == NULL)
        return false;
    if (g_ascii_strncasecmp(name, "application/", strlen("application/")) == 0)
        name += strlen("application/");
    return g_ascii_strcasecmp(name, "jwt") == 0 || g_ascii_strcasecmp(name, "at+jwt") == 0;
}

/* The key that the header chooses. */
static const TokenKey *choose_key(const GPtrArray *keys, const json_t *header,
                                  const char **out_reason)
{
    const char *name = json_string_value(json_object_get(header, "alg"));
    const json_t *id = json_object_get(header, "kid");
    TokenAlgorithm algorithm = TOKEN_HS256;
    const TokenKey *key = NULL;
    if (name == NULL || (id != NULL && !json_is_string(id)))
        *out_reason = "malformed";
    else if (!token_algorithm_find(name, &algorithm))
        *out_reason = "unsupported_algorithm";
    else if (json_object_get(header, "crit") != NULL)
        *out_reason = "unsupported_extension";
    else if (!is_access_type(json_object_get(header, "typ")))
        *out_reason = "unsupported_type";
    else if ((key = token_keys_find(keys, algorithm, json_string_value(id))) == NULL)
        *out_reason = "unknown_key";
    return key;
}

static bool verify_secret(const TokenKey *key, Part input, const unsigned char *signature,
                          size_t length)
{
    unsigned char expected[SHA256_SIZE];
    unsigned expected_length = 0;
    return length == SHA256_SIZE &&
           HMAC(EVP_sha256(), key->secret->data, (int)key->secret->len,
                (const unsigned char *)input.data, input.length, expected,
                &expected_length) != NULL &&
           expected_length == SHA256_SIZE && CRYPTO_memcmp(expected, signature, SHA256_SIZE) == 0;
}

static bool verify_public(const TokenKey *key, const EVP_MD *digest, Part input,
                          const unsigned char *signature, size_t length)
{
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    return context != NULL && EVP_DigestVerifyInit(context, NULL, digest, NULL, key->public) == 1 &&
           EVP_DigestVerify(context, signature, length, (const unsigned char *)input.data,
                            input.length) == 1;
}

/* A signature of ES256 is two numbers of 32 bytes; OpenSSL wants them as ASN.1. */
static bool verify_p256(const TokenKey *key, Part input, const unsigned char *signature,
                        size_t length)
{
    if (length != 2 * P256_SIZE)
        return false;
    g_autoptr(ECDSA_SIG) pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, P256_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(signature + P256_SIZE, P256_SIZE, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return false;
    }
    unsigned char *der = NULL;
    int der_length = i2d_ECDSA_SIG(pair, &der);
    bool good = der_length > 0 && verify_public(key, EVP_sha256(), input, der, (size_t)der_length);
    OPENSSL_free(der);
    return good;
}

static bool verify(const TokenKey *key, const Parts *parts)
{
    size_t length = 0;
    g_autofree char *bytes = decode(parts->signature, &length);
    if (bytes == NULL)
        return false;
    const unsigned char *signature = (const unsigned char *)bytes;
    bool good = false;
    switch (key->algorithm) {
    case TOKEN_HS256:
        good = verify_secret(key, parts->input, signature, length);
        break;
    case TOKEN_RS256:
        good = verify_public(key, EVP_sha256(), parts->input, signature, length);
        break;
    case TOKEN_ES256:
        good = verify_p256(key, parts->input, signature, length);
        break;
    case TOKEN_EDDSA:
        good = verify_public(key, NULL, parts->input, signature, length);
        break;
    }
    ERR_clear_error(); /* libpq's TLS of this thread reads the same queue */
    return good;
}

bool jws_verify(const GPtrArray *keys, const char *token, size_t length, char **out_payload,
                size_t *out_length, const char **out_reason)
{
    Parts parts;
    if (length > TOKEN_LONGEST)
        return refuse("too_long", out_reason);
    if (!split(token, length, &parts))
        return refuse("malformed", out_reason);
    size_t header_length = 0;
    g_autofree char *text = decode(parts.header, &header_length);
    g_autoptr(json_t) header = text != NULL ? strict_json_parse(text, header_length, NULL) : NULL;
    if (!json_is_object(header))
        return refuse("malformed", out_reason);
    const TokenKey *key = choose_key(keys, header, out_reason);
    if (key == NULL)
        return false;
    if (!verify(key, &parts))
        return refuse("bad_signature", out_reason);
    *out_payload = decode(parts.payload, out_length);
    return *out_payload != NULL || refuse("malformed", out_reason);
}
