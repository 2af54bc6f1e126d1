/*
 * The webhook plugin: senders whose deliveries arrive by HTTP. One file a sender; what senders
 * share (secrets, tokens, tolerant reading of JSON) is here.
 */
#ifndef MS_WEBHOOK_H
#define MS_WEBHOOK_H

#include "signature.h"
#include <moonsift/cap/json.h>

struct ms_plugin {
    const ms_host *host;
    const ms_cap_json *json;
};

/* What the operator may choose per source: which of the sender's events are wanted. */
enum { MS_WEBHOOK_EVENTS = 32 };

struct ms_source {
    ms_plugin *plugin;
    const ms_hook_scheme *scheme;
    ms_hook_secrets secrets, tokens;
    int64_t tolerance; /* seconds */
    uint32_t wanted;   /* bit i: events[i] of the sender */
};

/* ---- source.c: what every sender's source has ----------------------------------------------- */

/* Reads secret, token, tolerance and events. `events` are the names the sender's file understands,
 * ended by NULL, at most MS_WEBHOOK_EVENTS. */
ms_status ms_webhook_open(ms_plugin *self, const char *name, const ms_hook_scheme *scheme,
                          const char *const *events, const ms_value *config, ms_source **out,
                          ms_error *err);
void ms_webhook_close(ms_source *source);
/* Token, if one is configured, then signature, if a secret is. */
ms_status ms_webhook_verify(ms_source *source, const ms_request *request, ms_error *err);

/* ---- read.c: payloads as they come, not as they should be ----------------------------------- */

/* Texts, else MS_NONE: numbers and objects in a text's place are not there. */
ms_str ms_hook_text(const ms_value *object, const char *key);
/* A positive whole number, else 0. */
int64_t ms_hook_id(const ms_value *object, const char *key);
/* The same as decimal text in the arena; p == NULL: no such number (or no memory). */
ms_str ms_hook_id_text(const ms_host *host, ms_arena *arena, const ms_value *object,
                       const char *key);
/* Source text of an object, else MS_NONE. */
ms_str ms_hook_object(const ms_value *object, const char *key);
/* Microseconds since 1970 from whole or broken epoch seconds or an ISO 8601 text; 0: none, or
 * outside the years 1970 to 9999. */
int64_t ms_hook_time(const ms_value *object, const char *key);
/* The text if it is one of `words` (ended by NULL), else MS_NONE. */
ms_str ms_hook_word(const ms_value *object, const char *key, const char *const *words);

/* ---- the senders ---------------------------------------------------------------------------- */

ms_status ms_chatwoot_open(ms_plugin *self, const char *name, const ms_value *config,
                           ms_source **out, ms_error *err);
ms_status ms_chatwoot_receive(ms_source *source, ms_arena *arena, const ms_request *request,
                              ms_receipt *out, ms_error *err);
ms_status ms_chatwoot_normalise(ms_plugin *self, ms_arena *arena, ms_str type, ms_str body,
                                ms_event *out, ms_error *err);

#endif
