#include "signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { DIGEST = 32 };

/* ---- secrets -------------------------------------------------------------------------------- */

void ms_hook_secrets_wipe(ms_hook_secrets *secrets)
{
    for (size_t i = 0; i < secrets->n; i++)
        OPENSSL_clear_free((char *)secrets->items[i].p, secrets->items[i].n);
    free(secrets->items);
    *secrets = (ms_hook_secrets){0};
}

static ms_status add_secret(ms_hook_secrets *secrets, const ms_value *value, const char *key,
                            ms_error *err)
{
    ms_str text = ms_as_str(value);
    if (!text.n)
        return ms_fail(err, MS_INVALID, "%s: a secret is empty or not a text", key);
    char *copy = OPENSSL_malloc(text.n);
    if (!copy)
        return ms_fail(err, MS_NOMEM, "out of memory");
    memcpy(copy, text.p, text.n);
    secrets->items[secrets->n++] = (ms_str){copy, text.n};
    return MS_OK;
}

ms_status ms_hook_secrets_read(const ms_value *value, const char *key, ms_hook_secrets *out,
                               ms_error *err)
{
    *out = (ms_hook_secrets){0};
    if (!value || value->kind == MS_NULL)
        return MS_OK;
    bool list = value->kind == MS_ARRAY;
    const ms_value *items = list ? value->as.items : value;
    size_t n = list ? value->count : 1;
    out->items = calloc(n + 1, sizeof *out->items);
    if (!out->items)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        ms_status status = add_secret(out, &items[i], key, err);
        if (status != MS_OK) {
            ms_hook_secrets_wipe(out);
            return status;
        }
    }
    return MS_OK;
}

/* ---- reading the request -------------------------------------------------------------------- */

size_t ms_hook_header(const ms_request *request, const char *name, ms_str *out)
{
    size_t found = 0;
    *out = MS_NONE;
    for (size_t i = 0; i < request->n_headers; i++)
        if (ms_str_eqz(request->headers[i].name, name) && found++ == 0)
            *out = request->headers[i].value;
    return found;
}

bool ms_hook_timestamp(ms_str text, int64_t *out)
{
    int64_t t = 0;
    if (text.n < 1 || text.n > 12)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        t = t * 10 + (text.p[i] - '0');
    }
    *out = t;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool read_digest(ms_str text, const char *prefix, unsigned char out[DIGEST])
{
    size_t skip = strlen(prefix);
    if (text.n != skip + 2 * DIGEST || memcmp(text.p, prefix, skip) != 0)
        return false;
    for (size_t i = 0; i < DIGEST; i++) {
        int high = hex_digit(text.p[skip + 2 * i]);
        int low = hex_digit(text.p[skip + 2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

/* ---- digests -------------------------------------------------------------------------------- */

/* HMAC-SHA256 over the pieces, one after the other. */
static bool hmac(EVP_MAC_CTX *ctx, ms_str secret, const ms_str *pieces, size_t n,
                 unsigned char out[DIGEST])
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t size = 0;
    if (EVP_MAC_init(ctx, (const unsigned char *)secret.p, secret.n, params) != 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if (EVP_MAC_update(ctx, (const unsigned char *)pieces[i].p, pieces[i].n) != 1)
            return false;
    return EVP_MAC_final(ctx, out, &size, DIGEST) == 1 && size == DIGEST;
}

/* MS_OK: one of the secrets gives this digest. */
static ms_status match_digest(const ms_hook_secrets *secrets, const ms_str *pieces, size_t n,
                              const unsigned char presented[DIGEST], ms_error *err)
{
    ms_status status = MS_OK;
    unsigned char expected[DIGEST];
    unsigned matches = 0;
    EVP_MAC_CTX *ctx = NULL;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (!mac || !(ctx = EVP_MAC_CTX_new(mac))) {
        status = ms_fail(err, MS_INTERNAL, "libcrypto has no HMAC");
        goto done;
    }
    for (size_t i = 0; i < secrets->n; i++) {
        if (!hmac(ctx, secrets->items[i], pieces, n, expected)) {
            status = ms_fail(err, MS_INTERNAL, "libcrypto could not compute an HMAC");
            goto done;
        }
        matches |= CRYPTO_memcmp(expected, presented, DIGEST) == 0;
    }
    if (!matches)
        status = ms_fail(err, MS_UNAUTHORIZED, "bad_signature");
done:
    OPENSSL_cleanse(expected, sizeof expected);
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return status;
}

ms_status ms_hook_scheme_verify(const ms_hook_scheme *scheme, const ms_hook_secrets *secrets,
                                int64_t tolerance, const ms_request *request, ms_error *err)
{
    ms_str signature, timestamp;
    unsigned char presented[DIGEST];
    int64_t t = 0;
    size_t signatures = ms_hook_header(request, scheme->signature_header, &signature);
    size_t timestamps = ms_hook_header(request, scheme->timestamp_header, &timestamp);

    if (!signatures || !timestamps)
        return ms_fail(err, MS_UNAUTHORIZED, "missing_header");
    if (signatures > 1 || timestamps > 1 || !ms_hook_timestamp(timestamp, &t) ||
        !read_digest(signature, scheme->prefix, presented))
        return ms_fail(err, MS_UNAUTHORIZED, "malformed");
    if (request->now - t > tolerance)
        return ms_fail(err, MS_UNAUTHORIZED, "stale");
    if (t - request->now > tolerance)
        return ms_fail(err, MS_UNAUTHORIZED, "future");
    return match_digest(secrets, (ms_str[]){timestamp, MS_STR("."), request->body}, 3, presented,
                        err);
}

ms_status ms_hook_token_verify(const ms_hook_secrets *tokens, ms_str presented, ms_error *err)
{
    unsigned char given[DIGEST], own[DIGEST];
    unsigned matches = 0;
    if (!presented.n)
        return ms_fail(err, MS_UNAUTHORIZED, "bad_token");
    if (EVP_Digest(presented.p, presented.n, given, NULL, EVP_sha256(), NULL) != 1)
        return ms_fail(err, MS_INTERNAL, "libcrypto could not compute a digest");
    for (size_t i = 0; i < tokens->n; i++) {
        if (EVP_Digest(tokens->items[i].p, tokens->items[i].n, own, NULL, EVP_sha256(), NULL) != 1)
            return ms_fail(err, MS_INTERNAL, "libcrypto could not compute a digest");
        matches |= CRYPTO_memcmp(given, own, DIGEST) == 0;
    }
    return matches ? MS_OK : ms_fail(err, MS_UNAUTHORIZED, "bad_token");
}
