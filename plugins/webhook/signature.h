/*
 * Checks of who sent a request: HMAC signatures over a timestamp and the body, and path tokens.
 *
 * Each failure is MS_UNAUTHORIZED with one word as its reason (see provide/sources.h). All secrets
 * of a source are tried, whichever matched, and digests are compared in constant time, so the time
 * an answer takes says nothing about them. [any]
 */
#ifndef MS_WEBHOOK_SIGNATURE_H
#define MS_WEBHOOK_SIGNATURE_H

#include <moonsift/provide/sources.h>

/* Secrets of one source: the current one and those that are being replaced. */
typedef struct ms_hook_secrets {
    ms_str *items; /* own copies, wiped when freed */
    size_t n;
} ms_hook_secrets;

/* Copies a string or a list of strings; absent or null: none. MS_INVALID names `key`: empty or not
 * a text. */
ms_status ms_hook_secrets_read(const ms_value *value, const char *key, ms_hook_secrets *out,
                               ms_error *err);
void ms_hook_secrets_wipe(ms_hook_secrets *secrets);

/* Header names are lower case. The signed text is TIMESTAMP "." BODY, the digest HMAC-SHA256 with
 * the secret's bytes as they are, written in hex behind `prefix`. */
typedef struct ms_hook_scheme {
    const char *signature_header, *timestamp_header, *prefix;
} ms_hook_scheme;

/* `tolerance`: seconds that the timestamp may be off, either way. */
ms_status ms_hook_scheme_verify(const ms_hook_scheme *scheme, const ms_hook_secrets *secrets,
                                int64_t tolerance, const ms_request *request, ms_error *err);

/* Compares digests, so that neither content nor length of a token can be measured. */
ms_status ms_hook_token_verify(const ms_hook_secrets *tokens, ms_str presented, ms_error *err);

/* How often the header is there; its first value in `out` (p == NULL when it is not). */
size_t ms_hook_header(const ms_request *request, const char *name, ms_str *out);

/* "1768473000": 1 to 12 digits and nothing else. False: it is not that. */
bool ms_hook_timestamp(ms_str text, int64_t *out);

#endif
