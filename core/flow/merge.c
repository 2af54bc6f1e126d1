/*
 * What the deliveries of a batch change about their contacts.
 *
 * A sender repeats all it knows with every delivery, old values of ours included. So only what
 * differs from what the same sender said last (contact_ref.seen) is news; the rest is an echo.
 */
#include "flow/batch.h"

#include "base/text.h"

/* ---- the vertical --------------------------------------------------------------------------- */

static void assign(ms_batch *b, const ms_item *item)
{
    ms_card *card = item->main->card;
    bool fixed = false;
    if (card->has_state || card->assigned)
        return;
    ms_str vertical =
        ms_routes_vertical(b->routes, item->source, item->account_id, item->event.inbox_id, &fixed);
    if (fixed || !card->vertical.p)
        card->vertical = vertical;
    card->assigned = fixed;
}

/* ---- name, e-mail, phone, identifier -------------------------------------------------------- */

static ms_str quoted(ms_arena *arena, ms_str s)
{
    ms_buf buf = {0};
    ms_json_string(&buf, s);
    ms_str text = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text;
}

/* Takes over one field if it is news. An empty or missing text never blanks a known one. */
static bool take_field(ms_batch *b, ms_person *p, const char *key, ms_str said, ms_str value,
                       ms_str *field)
{
    if (!said.p)
        return true;
    ms_str raw = quoted(b->arena, said);
    const ms_attr *seen = ms_attrs_find(&p->seen_fields, ms_str_z(key));
    if (!raw.p)
        return false;
    if (seen && ms_str_eq(seen->raw, raw))
        return true;
    p->seen_changed = true;
    if (!ms_attrs_set(b->arena, &p->seen_fields, ms_str_z(key), raw))
        return false;
    if (value.p && (value.n || !field->p) && !(field->p && ms_str_eq(*field, value))) {
        *field = value;
        p->card->touched = true;
    }
    return true;
}

static bool take_fields(ms_batch *b, ms_person *p, const ms_event_contact *c)
{
    ms_card *card = p->card;
    ms_str email = c->email.n ? ms_email_normal(b->arena, c->email) : MS_NONE;
    ms_str phone = c->phone_number.n ? ms_phone_normal(b->arena, c->phone_number) : MS_NONE;
    ms_str identifier = c->identifier.n ? c->identifier : MS_NONE;
    return take_field(b, p, "name", c->name, c->name, &card->name) &&
           take_field(b, p, "email", c->email, email, &card->email) &&
           take_field(b, p, "phone_number", c->phone_number, phone, &card->phone_number) &&
           take_field(b, p, "identifier", c->identifier, identifier, &card->identifier);
}

/* ---- attributes ----------------------------------------------------------------------------- */

static bool take_attribute(ms_batch *b, ms_person *p, const ms_attr *said)
{
    ms_card *card = p->card;
    const ms_attr *seen = ms_attrs_find(&p->seen, said->key);
    if (seen && ms_raw_equal(b->arena, seen->raw, said->raw))
        return true;
    p->seen_changed = true;
    if (!ms_attrs_set(b->arena, &p->seen, said->key, said->raw))
        return false;
    const ms_attr *known = ms_attrs_find(&card->attributes, said->key);
    if (known && ms_raw_equal(b->arena, known->raw, said->raw))
        return true;
    card->touched = card->changed = true;
    return ms_attrs_set(b->arena, &card->attributes, said->key, said->raw);
}

/* What the sender knew and does not know any more was removed there; it goes here too, unless it
 * has changed here since. */
static void drop_attributes(ms_batch *b, ms_person *p, const ms_attrs *said)
{
    for (size_t i = p->seen.n; i-- > 0;) {
        ms_attr gone = p->seen.items[i];
        if (!gone.raw.p || ms_attrs_find(said, gone.key))
            continue;
        const ms_attr *known = ms_attrs_find(&p->card->attributes, gone.key);
        p->seen_changed = true;
        ms_attrs_remove(&p->seen, gone.key);
        if (known && ms_raw_equal(b->arena, known->raw, gone.raw)) {
            ms_attrs_remove(&p->card->attributes, gone.key);
            p->card->touched = p->card->changed = true;
        }
    }
}

static bool take_contact(ms_batch *b, ms_person *p, const ms_event_contact *c)
{
    ms_attrs said;
    if (!take_fields(b, p, c))
        return false;
    if (!c->attributes.p)
        return true;
    if (!ms_attrs_parse(b->arena, b->reader, c->attributes, &said))
        return false;
    for (size_t i = 0; i < said.n; i++)
        if (!take_attribute(b, p, &said.items[i]))
            return false;
    drop_attributes(b, p, &said);
    return true;
}

/* ---- all of a batch ------------------------------------------------------------------------- */

/* Hash of what the rules read, in the card's present attributes; 0 when nothing judges it. */
uint64_t ms_card_hash(ms_batch *b, ms_card *card)
{
    uint64_t hash = 0;
    ms_fields fields = {0};
    ms_str text = ms_attrs_text(b->arena, &card->attributes);
    if (card->active && card->active->script && text.p &&
        ms_json_read(b->reader, text, NULL, &fields, NULL, NULL) == MS_OK)
        hash =
            ms_judge_input_hash(b->judge, ms_script_vertical(card->active->script), &fields, NULL);
    ms_fields_free(&fields);
    return hash;
}

void ms_batch_assign(ms_batch *b)
{
    for (size_t i = 0; i < b->n_items; i++)
        if (b->items[i].main)
            assign(b, &b->items[i]);
    for (size_t i = 0; i < b->n_cards; i++) {
        ms_card *card = b->cards[i];
        card->active = card->vertical.p ? ms_versions_find(b->versions, card->vertical) : NULL;
    }
}

/* What a held delivery says was taken over when it came; others may have said newer things since.
 * Only when its contact is gone is it told anew. */
static bool take_item(ms_batch *b, ms_item *item)
{
    item->again = item->again && item->main && item->main->card->exists;
    if (item->again)
        item->main->card->again = true;
    for (uint32_t k = 0; k < item->event.n_contacts; k++) {
        ms_card *card = item->people[k]->card;
        if (!item->again && !take_contact(b, item->people[k], &item->event.contacts[k]))
            return false;
        card->clock = item->received_at;
        card->cause = item->event_id;
        card->contact_event |= item->event.n_conversations == 0;
    }
    return true;
}

bool ms_batch_merge(ms_batch *b)
{
    ms_batch_assign(b);
    for (size_t i = 0; i < b->n_cards; i++) {
        ms_card *card = b->cards[i];
        card->before_hash = card->has_state ? card->input_hash : ms_card_hash(b, card);
    }
    for (size_t i = 0; i < b->n_items; i++)
        if (!take_item(b, &b->items[i]))
            return false;
    return true;
}
