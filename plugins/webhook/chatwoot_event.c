/* Chatwoot, in the judge: a stored body as contacts, conversations and messages. */
#include "chatwoot.h"
#include <stdio.h>

/* A conversation comes with its last message; more than this is no payload of Chatwoot's. */
enum { MESSAGES_MAX = 100 };

typedef struct builder {
    const ms_host *host;
    ms_arena *arena;
    ms_error *err;
    ms_event_contact *contacts;
    ms_event_message *messages;
    ms_event *event;
} builder;

static ms_status no_memory(const builder *b)
{
    return ms_fail(b->err, MS_NOMEM, "out of memory");
}

/* ---- contacts ------------------------------------------------------------------------------- */

static int32_t find_contact(const builder *b, ms_str external_id)
{
    for (uint32_t i = 0; i < b->event->n_contacts; i++)
        if (ms_str_eq(b->contacts[i].external_id, external_id))
            return (int32_t)i;
    return -1;
}

static void fill(ms_str *field, ms_str value)
{
    if (!field->p)
        *field = value;
}

/* Adds a contact, or what it says beyond an earlier mention of the same one. MS_OK with *index -1:
 * it has no id. */
static ms_status add_contact(builder *b, const ms_value *contact, int32_t *index)
{
    *index = -1;
    if (!ms_hook_id(contact, "id"))
        return MS_OK;
    ms_str id = ms_hook_id_text(b->host, b->arena, contact, "id");
    if (!id.p)
        return no_memory(b);
    *index = find_contact(b, id);
    if (*index < 0) {
        *index = (int32_t)b->event->n_contacts++;
        b->contacts[*index] = (ms_event_contact){.external_id = id};
    }
    ms_event_contact *c = &b->contacts[*index];
    fill(&c->name, ms_hook_text(contact, "name"));
    fill(&c->email, ms_hook_text(contact, "email"));
    fill(&c->phone_number, ms_hook_text(contact, "phone_number"));
    fill(&c->identifier, ms_hook_text(contact, "identifier"));
    fill(&c->attributes, ms_hook_object(contact, "custom_attributes"));
    fill(&c->additional, ms_hook_object(contact, "additional_attributes"));
    return MS_OK;
}

/* ---- the conversation ----------------------------------------------------------------------- */

static ms_status add_conversation(builder *b, const ms_value *root, const ms_value *conversation,
                                  int32_t contact)
{
    static const char *const statuses[] = {"open", "resolved", "pending", "snoozed", NULL};
    ms_event_conversation *c = b->host->alloc(b->arena, sizeof *c);
    if (!c)
        return no_memory(b);
    int64_t inbox = ms_hook_id(conversation, "inbox_id");
    const ms_value *named = conversation == root ? NULL : ms_get(root, "inbox");
    *c = (ms_event_conversation){
        .external_id = ms_hook_id_text(b->host, b->arena, conversation, "id"),
        .contact = contact,
        .inbox_id = inbox ? inbox : ms_hook_id(named, "id"),
        .channel = ms_hook_text(conversation, "channel"),
        .status = ms_hook_word(conversation, "status", statuses),
        .additional = ms_hook_object(conversation, "additional_attributes"),
        .created_at = ms_hook_time(conversation, "created_at"),
        .last_activity_at = ms_hook_time(conversation, "last_activity_at"),
        .updated_at = ms_hook_time(conversation, "updated_at"),
    };
    if (!c->external_id.p)
        return no_memory(b);
    if (ms_hook_id(named, "id") == c->inbox_id)
        c->inbox_name = ms_hook_text(named, "name");
    b->event->conversations = c;
    b->event->n_conversations = 1;
    b->event->inbox_id = c->inbox_id;
    return MS_OK;
}

/* ---- messages ------------------------------------------------------------------------------- */

/* Text at the top level, a number in a conversation. */
static ms_str message_type(const ms_value *message)
{
    static const char *const types[] = {"incoming", "outgoing", "activity", "template", NULL};
    ms_str word = ms_hook_word(message, "message_type", types);
    if (word.p)
        return word;
    int64_t number = ms_as_int(ms_get(message, "message_type"), -1);
    return number >= 0 && number <= 3 ? ms_str_z(types[number]) : MS_NONE;
}

static ms_str sender_type(const ms_value *copy, const ms_value *sender)
{
    static const char *const words[] = {"Contact", "User", "AgentBot", NULL};
    ms_str word = ms_hook_word(copy, "sender_type", words);
    if (word.p)
        return word;
    if (ms_cw_is_contact(sender))
        return MS_STR("Contact");
    ms_str type = ms_hook_text(sender, "type");
    if (ms_str_eqz(type, "user"))
        return MS_STR("User");
    return ms_str_eqz(type, "agent_bot") ? MS_STR("AgentBot") : MS_NONE;
}

/* Which contact wrote it: the sender object, or one already known by its number. */
static ms_status sender_contact(builder *b, ms_event_message *m, const ms_value *copy,
                                const ms_value *sender)
{
    m->sender_contact = -1;
    if (!ms_str_eqz(m->sender_type, "Contact"))
        return MS_OK;
    if (ms_cw_is_contact(sender))
        return add_contact(b, sender, &m->sender_contact);
    ms_str id = ms_hook_id_text(b->host, b->arena, copy, "sender_id");
    m->sender_contact = id.p ? find_contact(b, id) : -1;
    return MS_OK;
}

/* The schema has no column for it, and an internal note must not look like an answer. */
static ms_status mark_private(builder *b, ms_event_message *m)
{
    static const char mark[] = "{\"private\":true";
    ms_str rest = m->content_attributes.p ? m->content_attributes : MS_STR("{}");
    size_t blank = 1;
    while (blank < rest.n && strchr(" \t\r\n", rest.p[blank]))
        blank++;
    bool empty = blank + 1 >= rest.n;
    size_t n = sizeof mark - 1;
    char *text = b->host->alloc(b->arena, n + 1 + rest.n);
    if (!text)
        return no_memory(b);
    memcpy(text, mark, n);
    if (!empty)
        text[n++] = ',';
    memcpy(text + n, rest.p + 1, rest.n - 1);
    m->content_attributes = (ms_str){text, n + rest.n - 1};
    return MS_OK;
}

static ms_str either(ms_str a, ms_str b)
{
    return a.p ? a : b;
}

/* `message` is the main text of the event or one of a conversation; `copy` the one that knows
 * status, sender_type and updated_at (the same object in a conversation; may be NULL). */
static ms_status add_message(builder *b, const ms_value *message, const ms_value *copy)
{
    static const char *const statuses[] = {"sent", "delivered", "read", "failed", NULL};
    const ms_value *sender = ms_get(message, "sender");
    if (!sender || sender->kind != MS_OBJECT)
        sender = ms_get(copy, "sender");
    ms_str attributes = ms_hook_object(message, "content_attributes");
    int64_t created = ms_hook_time(message, "created_at");
    ms_event_message m = {
        .external_id = ms_hook_id_text(b->host, b->arena, message, "id"),
        .conversation = 0,
        .content = either(ms_hook_text(message, "content"), ms_hook_text(copy, "content")),
        .message_type = either(message_type(message), message_type(copy)),
        .content_type =
            either(ms_hook_text(message, "content_type"), ms_hook_text(copy, "content_type")),
        .content_attributes = either(attributes, ms_hook_object(copy, "content_attributes")),
        .sender_type = sender_type(copy, sender),
        .status = either(ms_hook_word(message, "status", statuses),
                         ms_hook_word(copy, "status", statuses)),
        .source_id = either(ms_hook_text(message, "source_id"), ms_hook_text(copy, "source_id")),
        .created_at = created ? created : ms_hook_time(copy, "created_at"),
        .updated_at = ms_hook_time(copy, "updated_at"),
    };
    if (!m.external_id.p)
        return no_memory(b);
    if (!m.message_type.p)
        return ms_fail(b->err, MS_INVALID, "message " MS_FMT " has no message_type that is known",
                       MS_ARG(m.external_id));
    ms_status status = sender_contact(b, &m, copy, sender);
    if (status == MS_OK && ms_as_bool(ms_get(message, "private"), false))
        status = mark_private(b, &m);
    if (status == MS_OK)
        b->messages[b->event->n_messages++] = m;
    return status;
}

static bool has_message(const builder *b, int64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    for (uint32_t i = 0; i < b->event->n_messages; i++)
        if (ms_str_eqz(b->messages[i].external_id, text))
            return true;
    return false;
}

/* The messages inside a conversation; one that is the event itself is there already. */
static ms_status add_nested(builder *b, const ms_value *conversation)
{
    const ms_value *list = ms_get(conversation, "messages");
    uint32_t n = list && list->kind == MS_ARRAY ? list->count : 0;
    for (uint32_t i = 0; i < n && i < MESSAGES_MAX; i++) {
        const ms_value *m = &list->as.items[i];
        int64_t id = ms_hook_id(m, "id");
        if (!id || !message_type(m).p || has_message(b, id))
            continue;
        ms_status status = add_message(b, m, m);
        if (status != MS_OK)
            return status;
    }
    return MS_OK;
}

/* ---- the event ------------------------------------------------------------------------------ */

static ms_status build(builder *b, const ms_value *root, ms_cw_shape shape)
{
    const ms_value *conversation = ms_cw_conversation(root, shape);
    const char *kind = shape == MS_CW_CONTACT ? "contact" : "conversation";
    int32_t contact = -1;
    ms_status status;

    if (!ms_hook_id(shape == MS_CW_CONTACT ? root : conversation, "id"))
        return ms_fail(b->err, MS_INVALID, "the %s's id is missing or no positive whole number",
                       kind);
    if (shape == MS_CW_MESSAGE && !ms_hook_id(root, "id"))
        return ms_fail(b->err, MS_INVALID, "the message's id is missing or no positive number");
    if ((status = add_contact(b, ms_cw_contact(root, shape), &contact)) != MS_OK)
        return status;
    if (shape == MS_CW_CONTACT)
        return MS_OK;
    if ((status = add_conversation(b, root, conversation, contact)) != MS_OK)
        return status;
    if (shape == MS_CW_MESSAGE && (status = add_message(b, root, ms_cw_twin(root))) != MS_OK)
        return status;
    return add_nested(b, conversation);
}

ms_status ms_chatwoot_normalise(ms_plugin *self, ms_arena *arena, ms_str type, ms_str body,
                                ms_event *out, ms_error *err)
{
    ms_cw_shape shape;
    ms_value root;
    builder b = {self->host, arena, err, NULL, NULL, out};

    *out = (ms_event){.type = type};
    if (ms_cw_event(type, &shape) < 0)
        return ms_fail(err, MS_INVALID, "\"" MS_FMT "\" is no event that can be used",
                       MS_ARG(type));
    ms_status status = self->json->parse(self->host, arena, body, &root, err);
    if (status != MS_OK)
        return status;
    if (root.kind != MS_OBJECT)
        return ms_fail(err, MS_INVALID, "the body is no JSON object");
    /* Room for the contact, and for each message and its sender. */
    b.contacts = self->host->alloc(arena, (MESSAGES_MAX + 2) * sizeof *b.contacts);
    b.messages = self->host->alloc(arena, (MESSAGES_MAX + 1) * sizeof *b.messages);
    if (!b.contacts || !b.messages)
        return no_memory(&b);

    out->contacts = b.contacts;
    out->messages = b.messages;
    out->account_id = ms_hook_id(ms_get(&root, "account"), "id");
    out->source_time = ms_cw_time(&root, shape);
    status = build(&b, &root, shape);
    if (status != MS_OK)
        *out = (ms_event){.type = type};
    return status;
}
