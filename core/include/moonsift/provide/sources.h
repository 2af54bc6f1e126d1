/*
 * Table "moonsift.sources/1": kinds of senders whose deliveries the host receives.
 *
 * A delivery passes three calls. `verify` and `receive` run in the *receive* role, before the
 * answer; `normalise` runs in the *judge* role, which holds no signing secret, and so gets none.
 * None of them may wait.
 */
#ifndef MOONSIFT_PROVIDE_SOURCES_H
#define MOONSIFT_PROVIDE_SOURCES_H

#include <moonsift/event.h>
#include <moonsift/plugin.h>

#define MS_TABLE_SOURCES "moonsift.sources/1"

typedef struct ms_header {
    ms_str name; /* lower case */
    ms_str value;
} ms_header;

/* One HTTP request, head and body complete. Borrowed for the call. */
typedef struct ms_request {
    ms_str method;
    ms_str path;   /* percent-decoded, without query */
    ms_str query;  /* raw, without '?' */
    ms_str token;  /* the path segment behind the source's name, p == NULL none */
    ms_str remote; /* peer address as text */
    const ms_header *headers;
    size_t n_headers;
    ms_str body;
    int64_t now; /* wall clock, seconds since 1970: signature windows are judged against it */
} ms_request;

/* What the receiver must know to store a delivery. */
typedef struct ms_receipt {
    int64_t account_id;  /* 0: the sender does not say; the source's configured account counts */
    ms_str event;        /* the sender's name for it */
    ms_str key;          /* makes duplicates recognisable; required */
    ms_str order_key;    /* deliveries with the same one are judged in order (the contact) */
    int64_t source_time; /* microseconds since 1970, 0 unknown */
    bool ignore;         /* of no use to any rule: its body is not kept */
} ms_receipt;

typedef struct ms_source ms_source; /* one configured source; opaque */

typedef struct ms_source_kind {
    const char *kind; /* "chatwoot" */
    const char *summary;
    bool retries; /* false: the sender never sends again, so a 503 loses the delivery */

    /* Reads the source's configuration; secrets arrive in `config` under the key without "_file"
     * as a string or a list of strings. A source without a usable secret or token is refused. */
    ms_status (*open)(ms_plugin *self, const char *name, const ms_value *config, ms_source **out,
                      ms_error *err);
    void (*close)(ms_source *source);

    /* MS_OK, or MS_UNAUTHORIZED with the true reason in err->text as one of the words
     * bad_signature, stale, future, missing_header, malformed, bad_token, bad_credentials. The
     * reason goes to the log; the sender sees one fixed body. Constant time in the secret. */
    ms_status (*verify)(ms_source *source, const ms_request *request, ms_error *err);

    /* Reads just enough of a verified request to store it. MS_INVALID: not a payload of this kind;
     * answered 400, not stored. */
    ms_status (*receive)(ms_source *source, ms_arena *arena, const ms_request *request,
                         ms_receipt *out, ms_error *err);

    /* Reads a stored body. MS_INVALID ends the delivery with err->text as its reason. */
    ms_status (*normalise)(ms_plugin *self, ms_arena *arena, ms_str type, ms_str body,
                           ms_event *out, ms_error *err);
} ms_source_kind;

typedef struct ms_sources {
    uint32_t size;
    const ms_source_kind *items; /* ended by one with kind == NULL */
} ms_sources;

#endif
