#include "access/digest.h"

#include <glib.h>
#include <openssl/evp.h>
#include <stdbool.h>

struct Digest {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

/* Without SHA-256 there is no OpenSSL: its default provider is a part of libcrypto. */
Digest *digest_new(void)
{
    Digest *digest = g_new0(Digest, 1);
    digest->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->context = EVP_MD_CTX_new();
    g_assert(digest->algorithm != NULL && digest->context != NULL);
    return digest;
}

void digest_free(Digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    EVP_MD_free(digest->algorithm);
    g_free(digest);
}

void digest_sha256(Digest *digest, const void *data, size_t length, unsigned char *out)
{
    bool done = EVP_DigestInit_ex2(digest->context, digest->algorithm, NULL) == 1 &&
                EVP_DigestUpdate(digest->context, data, length) == 1 &&
                EVP_DigestFinal_ex(digest->context, out, NULL) == 1;
    g_assert(done);
}
