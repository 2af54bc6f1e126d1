/* hash.c: SHA-256 through libcrypto. */
#include "base/hash.h"

#include <openssl/evp.h>

bool ms_sha256_hex(const ms_str *pieces, size_t n, char out[MS_SHA256_HEX + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    bool ok = false;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    out[0] = '\0';
    if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
        goto done;
    for (size_t i = 0; i < n; i++)
        if (pieces[i].n && !EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n))
            goto done;
    if (!EVP_DigestFinal_ex(ctx, digest, &size) || size * 2 != MS_SHA256_HEX)
        goto done;
    for (unsigned int i = 0; i < size; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[MS_SHA256_HEX] = '\0';
    ok = true;
done:
    EVP_MD_CTX_free(ctx);
    return ok;
}
