/*
 * Tokens for tests: the examples of the standards, and new ones signed by HMAC.
 */
#pragma once
#include "base/base64.h"

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* RFC 7515, A.1 to A.3, and RFC 8037, A.4. All but the last have the claims of RFC 7519, 3.1. */
#define RFC_PAYLOAD                                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"  \
    "lfQ"
#define RFC_EXPIRY INT64_C(1300819380)
#define RFC_SECRET                                                                                 \
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC_HS256                                                                                  \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_PAYLOAD                                        \
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RFC_RS256_SIGNATURE                                                                        \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5" \
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb" \
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO" \
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define RFC_RS256 "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD "." RFC_RS256_SIGNATURE
#define RFC_ES256                                                                                  \
    "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD                                                            \
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define RFC_EDDSA                                                                                  \
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"                                     \
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
/* RFC 7519, 6.1: signed by nobody. */
#define RFC_NONE "eyJhbGciOiJub25lIn0." RFC_PAYLOAD "."

#define RSA_N                                                                                      \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4" \
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re" \
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX" \
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define RSA_JWK "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"
#define EC_JWK "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}"
#define ED_JWK "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"}"
#define RFC_JWKS "{\"keys\":[" RSA_JWK "," EC_JWK "," ED_JWK "]}"

#define TEST_SECRET "0123456789abcdef0123456789abcdef"

static inline void append_base64url(GString *text, const void *data, size_t length)
{
    g_autofree char *part = g_malloc((length * 4 + 2) / 3 + 1);
    base64_encode_url(data, length, part);
    g_string_append(text, part);
}

/* (transfer full): a token of these bytes, signed by HMAC-SHA-256. */
static inline char *sign_bytes(const char *secret, const void *header, size_t header_length,
                               const void *payload, size_t payload_length)
{
    GString *token = g_string_new(NULL);
    append_base64url(token, header, header_length);
    g_string_append_c(token, '.');
    append_base64url(token, payload, payload_length);
    unsigned char signature[32];
    unsigned length = 0;
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)token->str, token->len,
         signature, &length);
    g_string_append_c(token, '.');
    append_base64url(token, signature, length);
    return g_string_free(token, FALSE);
}

static inline char *sign(const char *header, const char *payload)
{
    return sign_bytes(TEST_SECRET, header, strlen(header), payload, strlen(payload));
}
