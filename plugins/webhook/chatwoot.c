/* Chatwoot, in the receiver: who sent it, and just enough to store it. */
#include "chatwoot.h"
#include <openssl/evp.h>
#include <stdio.h>

/* HMAC-SHA256 over "timestamp.body", since 4.11.2. Signing the body alone is the usual mistake. */
static const ms_hook_scheme scheme = {"x-chatwoot-signature", "x-chatwoot-timestamp", "sha256="};

/* widget, typing and inbox events are left out on purpose: no rule can use them, and inbox events
 * carry the channel's passwords. */
static const char *const events[] = {
    "contact_created",
    "contact_updated",
    "conversation_created",
    "conversation_updated",
    "conversation_status_changed",
    "message_created",
    "message_updated",
    NULL,
};
static const ms_cw_shape shapes[] = {
    MS_CW_CONTACT,      MS_CW_CONTACT, MS_CW_CONVERSATION, MS_CW_CONVERSATION,
    MS_CW_CONVERSATION, MS_CW_MESSAGE, MS_CW_MESSAGE,
};

enum { NAME_MAX_BYTES = 100, DELIVERY_MAX_BYTES = 128 };

ms_status ms_chatwoot_open(ms_plugin *self, const char *name, const ms_value *config,
                           ms_source **out, ms_error *err)
{
    return ms_webhook_open(self, name, &scheme, events, config, out, err);
}

/* ---- the three shapes ----------------------------------------------------------------------- */

int ms_cw_event(ms_str name, ms_cw_shape *shape)
{
    *shape = MS_CW_NONE;
    for (int i = 0; events[i]; i++) {
        if (ms_str_eqz(name, events[i])) {
            *shape = shapes[i];
            return i;
        }
    }
    return -1;
}

bool ms_cw_is_contact(const ms_value *sender)
{
    const ms_value *type = ms_get(sender, "type");
    if (!ms_hook_id(sender, "id"))
        return false;
    if (type && type->kind != MS_NULL)
        return ms_str_eqz(ms_as_str(type), "contact");
    /* A message's sender has no type when it is a contact, and then it has attributes. */
    return ms_get(sender, "custom_attributes") != NULL;
}

const ms_value *ms_cw_conversation(const ms_value *root, ms_cw_shape shape)
{
    if (shape == MS_CW_CONVERSATION)
        return root;
    return shape == MS_CW_MESSAGE ? ms_get(root, "conversation") : NULL;
}

const ms_value *ms_cw_contact(const ms_value *root, ms_cw_shape shape)
{
    if (shape == MS_CW_CONTACT)
        return ms_hook_id(root, "id") ? root : NULL;
    const ms_value *sender = ms_get(ms_get(ms_cw_conversation(root, shape), "meta"), "sender");
    if (ms_cw_is_contact(sender))
        return sender;
    sender = shape == MS_CW_MESSAGE ? ms_get(root, "sender") : NULL;
    return ms_cw_is_contact(sender) ? sender : NULL;
}

const ms_value *ms_cw_twin(const ms_value *root)
{
    const ms_value *messages = ms_get(ms_get(root, "conversation"), "messages");
    int64_t id = ms_hook_id(root, "id");
    for (uint32_t i = 0; messages && messages->kind == MS_ARRAY && i < messages->count; i++)
        if (id && ms_hook_id(&messages->as.items[i], "id") == id)
            return &messages->as.items[i];
    return NULL;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A contact has no time of its own; [{"updated_at": {"current_value": ...}}, ...] has. */
static int64_t contact_time(const ms_value *root)
{
    const ms_value *changes = ms_get(root, "changed_attributes");
    int64_t t = 0;
    for (uint32_t i = 0; changes && changes->kind == MS_ARRAY && i < changes->count; i++)
        t = later(t, ms_hook_time(ms_get(&changes->as.items[i], "updated_at"), "current_value"));
    return t;
}

int64_t ms_cw_time(const ms_value *root, ms_cw_shape shape)
{
    if (shape == MS_CW_CONTACT)
        return contact_time(root);
    int64_t t = ms_hook_time(ms_cw_conversation(root, shape), "updated_at");
    if (shape == MS_CW_MESSAGE) {
        t = later(t, ms_hook_time(root, "created_at"));
        t = later(t, ms_hook_time(ms_cw_twin(root), "updated_at"));
    }
    return t;
}

/* ---- receive -------------------------------------------------------------------------------- */

/* The sender's id of the delivery, where it is one; else MS_NONE. */
static ms_str delivery_id(const ms_request *request)
{
    ms_str id;
    if (ms_hook_header(request, "x-chatwoot-delivery", &id) != 1 || !id.n ||
        id.n > DELIVERY_MAX_BYTES)
        return MS_NONE;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] <= ' ' || id.p[i] > '~')
            return MS_NONE;
    return id;
}

/* For senders without delivery ids: event, object and the whole body. Times stay in: a state that
 * comes back (open, resolved, open) differs in nothing else, and losing it would be worse than
 * working twice on what was sent twice. */
static ms_str body_key(const ms_host *host, ms_arena *arena, const ms_value *root, ms_str event,
                       ms_str body)
{
    enum { SIZE = NAME_MAX_BYTES + 24 + 64 + 1 };
    unsigned char digest[32];
    char *text = host->alloc(arena, SIZE);
    if (!text || EVP_Digest(body.p, body.n, digest, NULL, EVP_sha256(), NULL) != 1)
        return MS_NONE;
    int n = snprintf(text, SIZE, MS_FMT ":%lld:", MS_ARG(event), (long long)ms_hook_id(root, "id"));
    for (size_t i = 0; i < sizeof digest; i++)
        n += snprintf(text + n, SIZE - (size_t)n, "%02x", digest[i]);
    return (ms_str){text, (size_t)n};
}

/* Everything about one contact is judged in order; without one, the conversation's order counts. */
static ms_str order_key(const ms_host *host, ms_arena *arena, const ms_value *root,
                        ms_cw_shape shape)
{
    enum { SIZE = 48 };
    const ms_value *contact = ms_cw_contact(root, shape);
    if (contact)
        return ms_hook_id_text(host, arena, contact, "id");
    int64_t id = ms_hook_id(ms_cw_conversation(root, shape), "id");
    char *text = id ? host->alloc(arena, SIZE) : NULL;
    if (!text)
        return MS_STR("");
    return (ms_str){text, (size_t)snprintf(text, SIZE, "conversation:%lld", (long long)id)};
}

/* When the body has no time, the signed time of sending is the next best. */
static int64_t sent_time(const ms_source *source, const ms_request *request)
{
    ms_str text;
    int64_t t = 0;
    if (!source->secrets.n || ms_hook_header(request, scheme.timestamp_header, &text) != 1 ||
        !ms_hook_timestamp(text, &t))
        return 0;
    return t * 1000000;
}

/* At the top; typing events and some widget events have it a level deeper. */
static int64_t account_id(const ms_value *root)
{
    static const char *const inside[] = {"conversation", "contact", "sender", "user"};
    int64_t id = ms_hook_id(ms_get(root, "account"), "id");
    for (size_t i = 0; !id && i < sizeof inside / sizeof *inside; i++)
        id = ms_hook_id(ms_get(ms_get(root, inside[i]), "account"), "id");
    return id;
}

ms_status ms_chatwoot_receive(ms_source *source, ms_arena *arena, const ms_request *request,
                              ms_receipt *out, ms_error *err)
{
    const ms_host *host = source->plugin->host;
    ms_cw_shape shape;
    ms_value root;
    *out = (ms_receipt){0};

    ms_status status = source->plugin->json->parse(host, arena, request->body, &root, err);
    if (status != MS_OK)
        return status;
    ms_str event = ms_hook_text(&root, "event");
    if (!event.n || event.n > NAME_MAX_BYTES)
        return ms_fail(err, MS_INVALID, "the body is no JSON object with the name of an \"event\"");
    int index = ms_cw_event(event, &shape);

    out->event = event;
    out->account_id = account_id(&root);
    out->ignore = index < 0 || !(source->wanted & (1u << index));
    out->order_key = order_key(host, arena, &root, shape);
    out->source_time = shape ? ms_cw_time(&root, shape) : 0;
    if (!out->source_time)
        out->source_time = sent_time(source, request);
    out->key = delivery_id(request);
    if (!out->key.p)
        out->key = body_key(host, arena, &root, event, request->body);
    if (!out->key.p || !out->order_key.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    return MS_OK;
}
