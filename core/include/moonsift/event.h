/*
 * moonsift/event.h: what a source's payload says, in one shape for all sources.
 *
 * A source plugin turns a stored payload into one ms_event. Everything is borrowed from the arena
 * or the payload handed to `normalise`. A text with p == NULL was not in the payload or was null;
 * an empty text ("") was there and empty. Times are microseconds since 1970-01-01 UTC, 0 = unknown.
 */
#ifndef MOONSIFT_EVENT_H
#define MOONSIFT_EVENT_H

#include <moonsift/value.h>

/* A person, as the sender knows them. */
typedef struct ms_event_contact {
    ms_str external_id; /* the sender's own id, as text; required */
    ms_str name, email, phone_number, identifier;
    ms_str attributes; /* custom attributes: source text of one JSON object; p == NULL: none sent */
    ms_str additional; /* additional attributes, the same way */
} ms_event_contact;

typedef struct ms_event_conversation {
    ms_str external_id;         /* the number people see; required */
    int32_t contact;            /* index into ms_event.contacts, -1 unknown */
    int64_t inbox_id;           /* 0 unknown */
    ms_str inbox_name, channel; /* "WhatsApp NL", "Channel::Whatsapp" */
    ms_str status;              /* open | resolved | pending | snoozed; p == NULL unknown */
    ms_str additional;          /* JSON object */
    int64_t created_at, last_activity_at, updated_at;
} ms_event_conversation;

typedef struct ms_event_message {
    ms_str external_id;                      /* required */
    int32_t conversation;                    /* index into ms_event.conversations; required */
    ms_str content;                          /* p == NULL: no text (an attachment, a story) */
    ms_str message_type;                     /* incoming | outgoing | activity | template */
    ms_str content_type, content_attributes; /* the latter a JSON object */
    ms_str sender_type;                      /* Contact | User | AgentBot; p == NULL unknown */
    int32_t sender_contact; /* index into ms_event.contacts when the sender is a contact, else -1 */
    ms_str status;          /* sent | delivered | read | failed; p == NULL unknown */
    ms_str source_id;       /* the channel's own id (wamid...) */
    int64_t created_at, updated_at;
} ms_event_message;

typedef struct ms_event {
    ms_str type; /* contact_created, message_created ... */
    int64_t account_id;
    int64_t inbox_id;    /* inbox the event belongs to, 0 none: decides the vertical */
    int64_t source_time; /* when the sender says it happened */
    const ms_event_contact *contacts;
    const ms_event_conversation *conversations;
    const ms_event_message *messages;
    uint32_t n_contacts, n_conversations, n_messages;
} ms_event;

#endif
