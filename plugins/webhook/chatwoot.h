/*
 * Chatwoot's payloads (v4.15): three shapes, told apart by the event. A conversation carries its
 * contact in meta.sender and up to one message; a message carries its conversation, and is in there
 * a second time.
 */
#ifndef MS_WEBHOOK_CHATWOOT_H
#define MS_WEBHOOK_CHATWOOT_H

#include "webhook.h"

typedef enum ms_cw_shape {
    MS_CW_NONE,
    MS_CW_CONTACT,
    MS_CW_CONVERSATION,
    MS_CW_MESSAGE
} ms_cw_shape;

/* Index into the known events, or -1: an event that no rule can use. */
int ms_cw_event(ms_str name, ms_cw_shape *shape);

/* A contact and not somebody else: users, bots and contacts are numbered apart, so that user 7
 * must never be taken for contact 7. */
bool ms_cw_is_contact(const ms_value *sender);

/* The conversation object of a payload; NULL in contact events. */
const ms_value *ms_cw_conversation(const ms_value *root, ms_cw_shape shape);
/* The contact that a payload is about; NULL when it names none. */
const ms_value *ms_cw_contact(const ms_value *root, ms_cw_shape shape);
/* The newest time the payload gives for what it tells; 0 none. */
int64_t ms_cw_time(const ms_value *root, ms_cw_shape shape);
/* The copy of a message event's message that its conversation holds; NULL none. */
const ms_value *ms_cw_twin(const ms_value *root);

#endif
