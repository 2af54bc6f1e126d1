/* Contacts of a batch: who they are, what is stored about them. */
#include "flow/batch.h"

/* ---- who is meant --------------------------------------------------------------------------- */

#define REFS                                                                                       \
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])"                             \
    " AS i(account_id, source, external_id, i)"                                                    \
    " JOIN moonsift.contact_ref r USING (account_id, source, external_id)"
static const char named_sql[] = "SELECT i.i, r.contact_id" REFS;
static const char said_sql[] = "SELECT i.i, r.contact_id, r.seen::text" REFS;

static bool add_refs(ms_batch *b, const char *sql, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 4);
    for (size_t i = 0; i < b->n_people; i++) {
        const ms_person *p = b->people[i];
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(p->account_id));
        ms_columns_set(&c, 1, ms_string(p->source->name));
        ms_columns_set(&c, 2, ms_string(p->external_id));
        ms_columns_set(&c, 3, ms_int((int64_t)i));
    }
    return ms_columns_statement(&c, sql, NULL, 0, out);
}

bool ms_batch_resolve(ms_batch *b, ms_statements *out, ms_error *err)
{
    ms_crm_ref *refs = ms_alloc_zero(b->arena, b->n_people + 1, sizeof *refs);
    if (!refs)
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    for (size_t i = 0; i < b->n_people; i++) {
        const ms_person *p = b->people[i];
        refs[i] = (ms_crm_ref){.account_id = p->account_id,
                               .source = p->source->name,
                               .external_id = p->external_id,
                               .email = p->email,
                               .phone_number = p->phone_number,
                               .identifier = p->identifier};
    }
    if (b->crm->resolve(b->crm_self, b->arena, refs, b->n_people, out, err) != MS_OK)
        return false;
    if (!add_refs(b, named_sql, out))
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    return true;
}

static ms_card *card_of(ms_batch *b, int64_t account_id, int64_t contact_id)
{
    for (size_t i = b->n_cards; i-- > 0;)
        if (b->cards[i]->contact_id == contact_id && b->cards[i]->account_id == account_id)
            return b->cards[i];
    ms_card *card = ms_alloc_zero(b->arena, 1, sizeof *card);
    if (!card)
        return NULL;
    card->account_id = account_id;
    card->contact_id = contact_id;
    b->cards[b->n_cards++] = card;
    return card;
}

/* What a sender said last: {"name": .., "custom_attributes": {..}}. */
static bool parse_seen(ms_batch *b, ms_person *p, ms_str seen)
{
    if (!ms_attrs_parse(b->arena, b->reader, seen, &p->seen_fields))
        return false;
    const ms_attr *attributes = ms_attrs_find(&p->seen_fields, MS_STR("custom_attributes"));
    ms_str text = attributes ? attributes->raw : MS_NONE;
    ms_attrs_remove(&p->seen_fields, MS_STR("custom_attributes"));
    return ms_attrs_parse(b->arena, b->reader, text, &p->seen);
}

bool ms_batch_resolved(ms_batch *b, const ms_rows *resolved, const ms_rows *refs)
{
    b->cards = ms_alloc_zero(b->arena, b->n_people + 1, sizeof *b->cards);
    if (!b->cards || resolved->n_rows != b->n_people)
        return false;
    for (uint32_t i = 0; i < resolved->n_rows; i++) {
        ms_person *p = b->people[i];
        p->card = card_of(b, p->account_id, ms_cell_int(ms_cell(resolved, i, 0), 0));
        p->is_new = ms_cell_bool(ms_cell(resolved, i, 1));
        if (!p->card)
            return false;
    }
    for (uint32_t r = 0; r < refs->n_rows; r++) {
        int64_t i = ms_cell_int(ms_cell(refs, r, 0), -1);
        if (i < 0 || (size_t)i >= b->n_people)
            continue;
        b->people[i]->ref_contact = ms_cell_int(ms_cell(refs, r, 1), 0);
    }
    return true;
}

/* ---- what is stored ------------------------------------------------------------------------- */

static const char states_sql[] =
    "SELECT s.account_id, s.contact_id, s.vertical, s.version, s.input_hash, s.last_written::text"
    " FROM unnest($1::bigint[], $2::bigint[]) AS i(account_id, contact_id)"
    " JOIN moonsift.contact_state s USING (account_id, contact_id)";

bool ms_batch_read(ms_batch *b, ms_statements *out, ms_error *err)
{
    int64_t *accounts = ms_alloc_zero(b->arena, b->n_cards + 1, sizeof *accounts);
    int64_t *contacts = ms_alloc_zero(b->arena, b->n_cards + 1, sizeof *contacts);
    ms_columns c;
    ms_columns_init(&c, b->arena, 2);
    if (!accounts || !contacts)
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    for (size_t i = 0; i < b->n_cards; i++) {
        accounts[i] = b->cards[i]->account_id;
        contacts[i] = b->cards[i]->contact_id;
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(accounts[i]));
        ms_columns_set(&c, 1, ms_int(contacts[i]));
    }
    if (b->crm->read(b->crm_self, b->arena, accounts, contacts, b->n_cards, true, out, err) !=
        MS_OK)
        return false;
    /* after the lock: statements of their own see what was committed while we waited for it */
    if (!add_refs(b, said_sql, out) || !ms_columns_statement(&c, states_sql, NULL, 0, out))
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    return true;
}

static ms_card *known_card(ms_batch *b, const ms_rows *rows, uint32_t r)
{
    return card_of(b, ms_cell_int(ms_cell(rows, r, 0), 0), ms_cell_int(ms_cell(rows, r, 1), 0));
}

static bool load_labels(ms_batch *b, ms_card *card, ms_str json)
{
    ms_value list;
    if (ms_json_parse(b->arena, json, &list, NULL) != MS_OK || list.kind != MS_ARRAY)
        return false;
    ms_str *labels = ms_alloc_zero(b->arena, list.count + 1, sizeof *labels);
    if (!labels)
        return false;
    for (uint32_t i = 0; i < list.count; i++)
        labels[i] = ms_as_str(&list.as.items[i]);
    card->labels = labels;
    card->n_labels = list.count;
    return true;
}

static bool load_contact(ms_batch *b, ms_card *card, const ms_rows *rows, uint32_t r)
{
    card->exists = true;
    card->name = ms_arena_dup(b->arena, ms_cell(rows, r, 2));
    card->email = ms_arena_dup(b->arena, ms_cell(rows, r, 3));
    card->phone_number = ms_arena_dup(b->arena, ms_cell(rows, r, 4));
    card->identifier = ms_arena_dup(b->arena, ms_cell(rows, r, 5));
    return ms_attrs_parse(b->arena, b->reader, ms_cell(rows, r, 6), &card->attributes) &&
           load_labels(b, card, ms_cell(rows, r, 7));
}

/* What each person's sender said last, as it stands under the lock. */
static bool load_seen(ms_batch *b, const ms_rows *refs)
{
    size_t named = 0;
    for (size_t i = 0; i < b->n_people; i++)
        named += b->people[i]->ref_contact != 0;
    b->moved = named != refs->n_rows;
    for (uint32_t r = 0; r < refs->n_rows && !b->moved; r++) {
        int64_t i = ms_cell_int(ms_cell(refs, r, 0), -1);
        if (i < 0 || (size_t)i >= b->n_people)
            return false;
        ms_person *p = b->people[i];
        b->moved = p->ref_contact != ms_cell_int(ms_cell(refs, r, 1), 0);
        if (b->moved || !parse_seen(b, p, ms_cell(refs, r, 2)))
            return false;
    }
    /* A contact that was deleted here, or became another one: everything said is news again. */
    for (size_t i = 0; i < b->n_people && !b->moved; i++) {
        ms_person *p = b->people[i];
        if (p->ref_contact && p->card->exists && p->ref_contact == p->card->contact_id)
            continue;
        p->seen = p->seen_fields = (ms_attrs){0};
        p->seen_changed = true;
    }
    return !b->moved;
}

static bool load_state(ms_batch *b, ms_card *card, const ms_rows *rows, uint32_t r)
{
    card->has_state = true;
    card->vertical = ms_arena_dup(b->arena, ms_cell(rows, r, 2));
    card->version = (int)ms_cell_int(ms_cell(rows, r, 3), 0);
    card->input_hash = (uint64_t)ms_cell_int(ms_cell(rows, r, 4), 0);
    return card->vertical.p &&
           ms_attrs_parse(b->arena, b->reader, ms_cell(rows, r, 5), &card->last_written);
}

bool ms_batch_loaded(ms_batch *b, const ms_rows *contacts, const ms_rows *refs,
                     const ms_rows *states)
{
    size_t known = b->n_cards;
    for (uint32_t r = 0; r < contacts->n_rows; r++) {
        ms_card *card = known_card(b, contacts, r);
        if (!card || b->n_cards != known || !load_contact(b, card, contacts, r))
            return false;
    }
    for (uint32_t r = 0; r < states->n_rows; r++) {
        ms_card *card = known_card(b, states, r);
        if (!card || b->n_cards != known || !load_state(b, card, states, r))
            return false;
    }
    return load_seen(b, refs);
}
