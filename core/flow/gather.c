/* Stored bodies become events, and their contacts a list of people to look up. */
#include "flow/batch.h"

#include "base/log.h"
#include "base/text.h"

/* The oldest first, and no more than fits: at least one, and then as long as the bodies before it
 * are below 16 MiB. octet_length does not read what is stored out of line. */
#define COLUMNS                                                                                    \
    "q.account_id, q.event_id, q.shard, e.source, e.type, (extract(epoch FROM CASE WHEN q.again"   \
    " THEN q.not_before ELSE e.received_at END) * 1000000)::bigint AS received,"                   \
    " coalesce(e.body, '') AS body, q.again, q.attempts"
#define WAITS "q.shard = ANY($1::smallint[]) AND q.not_before <= now() AND q.parked IS NULL"
#define CLAIM(which)                                                                               \
    "SELECT account_id, event_id, shard, source, type, received, body, again, attempts FROM ("     \
    "SELECT c.*, sum(octet_length(body)) OVER (ORDER BY event_id) - octet_length(body) AS before"  \
    " FROM (SELECT " COLUMNS " FROM moonsift.queue q"                                              \
    " JOIN moonsift.event e ON e.account_id = q.account_id AND e.id = q.event_id"                  \
    " WHERE " WAITS " AND " which " ORDER BY q.event_id LIMIT $2) c) d WHERE before < 16777216"    \
    " ORDER BY event_id"

const char ms_batch_claim_sql[] = CLAIM("q.event_id <> ALL($3::bigint[])");
const char ms_batch_claim_aside_sql[] = CLAIM("q.event_id = ANY($3::bigint[])");

/* The attempt is committed before the answer arrives. */
const char ms_batch_claim_careful_sql[] =
    "WITH one AS (SELECT q.account_id, q.event_id FROM moonsift.queue q WHERE " WAITS
    " ORDER BY q.event_id LIMIT 1),"
    " counted AS (UPDATE moonsift.queue q SET attempts = q.attempts + 1 FROM one"
    " WHERE q.account_id = one.account_id AND q.event_id = one.event_id"
    " AND q.event_id <> $2::bigint RETURNING 1)"
    " SELECT " COLUMNS " + (SELECT count(*) FROM counted) FROM one"
    " JOIN moonsift.queue q USING (account_id, event_id)"
    " JOIN moonsift.event e ON e.account_id = q.account_id AND e.id = q.event_id";

void ms_item_end_with(ms_item *item, ms_item_end end, ms_str reason)
{
    if (item->end == MS_END_NONE) {
        item->end = end;
        item->reason = reason;
    }
}

static ms_person *find_person(ms_batch *b, const ms_item *item, ms_str external_id)
{
    for (size_t i = b->n_people; i-- > 0;) {
        ms_person *p = b->people[i];
        if (p->account_id == item->account_id && p->source == item->source &&
            ms_str_eq(p->external_id, external_id))
            return p;
    }
    return NULL;
}

static ms_person *add_person(ms_batch *b, const ms_item *item, const ms_event_contact *contact)
{
    if (b->n_people == b->people_capacity) {
        size_t capacity = b->people_capacity ? b->people_capacity * 2 : 64;
        ms_person **people = ms_alloc_zero(b->arena, capacity, sizeof *people);
        if (!people)
            return NULL;
        if (b->n_people)
            memcpy(people, b->people, b->n_people * sizeof *people);
        b->people = people;
        b->people_capacity = capacity;
    }
    ms_person *p = ms_alloc_zero(b->arena, 1, sizeof *p);
    if (!p)
        return NULL;
    p->account_id = item->account_id;
    p->source = item->source;
    p->external_id = contact->external_id;
    b->people[b->n_people++] = p;
    return p;
}

/* A later delivery of the batch may know more about somebody than the first one. */
static void learn(ms_batch *b, ms_person *p, const ms_event_contact *contact)
{
    ms_str email = contact->email.n ? ms_email_normal(b->arena, contact->email) : MS_NONE;
    ms_str phone =
        contact->phone_number.n ? ms_phone_normal(b->arena, contact->phone_number) : MS_NONE;
    if (email.p)
        p->email = email;
    if (phone.p)
        p->phone_number = phone;
    if (contact->identifier.n)
        p->identifier = contact->identifier;
}

static bool meet_people(ms_batch *b, ms_item *item)
{
    const ms_event *e = &item->event;
    item->people = ms_alloc_zero(b->arena, e->n_contacts + 1, sizeof *item->people);
    if (!item->people)
        return false;
    for (uint32_t i = 0; i < e->n_contacts; i++) {
        ms_person *p = find_person(b, item, e->contacts[i].external_id);
        if (!p)
            p = add_person(b, item, &e->contacts[i]);
        if (!p)
            return false;
        learn(b, p, &e->contacts[i]);
        item->people[i] = p;
    }
    if (e->n_conversations && e->conversations[0].contact >= 0)
        item->main = item->people[e->conversations[0].contact];
    else if (e->n_contacts)
        item->main = item->people[0];
    return true;
}

static bool normalise(ms_batch *b, ms_item *item)
{
    ms_error err;
    if (!item->source) {
        ms_item_end_with(item, MS_END_FAILED, MS_STR("its source is not configured any more"));
        return true;
    }
    ms_status status = item->source->kind->normalise(item->source->plugin, b->arena, item->type,
                                                     item->body, &item->event, &err);
    if (status == MS_NOMEM)
        return false;
    if (status != MS_OK) {
        item->event = (ms_event){0};
        ms_item_end_with(item, MS_END_FAILED, ms_arena_dup(b->arena, ms_str_z(err.text)));
        return true;
    }
    item->event.account_id = item->account_id; /* older senders do not name it */
    if (!meet_people(b, item))
        return false;
    if (!item->main)
        ms_item_end_with(item, MS_END_SKIPPED, MS_STR("it is about no contact"));
    return true;
}

bool ms_batch_gather(ms_batch *b, const ms_rows *rows)
{
    b->n_items = rows->n_rows;
    b->items = ms_alloc_zero(b->arena, rows->n_rows + 1, sizeof *b->items);
    if (!b->items)
        return false;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        ms_item *item = &b->items[r];
        item->account_id = ms_cell_int(ms_cell(rows, r, 0), 0);
        item->event_id = ms_cell_int(ms_cell(rows, r, 1), 0);
        item->shard = (int)ms_cell_int(ms_cell(rows, r, 2), 0);
        item->source = ms_routes_source(b->routes, ms_cell(rows, r, 3));
        item->type = ms_arena_dup(b->arena, ms_cell(rows, r, 4));
        item->received_at = ms_cell_int(ms_cell(rows, r, 5), 0);
        item->body = ms_arena_dup(b->arena, ms_cell(rows, r, 6));
        item->again = ms_cell_bool(ms_cell(rows, r, 7));
        item->attempts = (int)ms_cell_int(ms_cell(rows, r, 8), 0);
        if (!item->type.p || !normalise(b, item))
            return false;
    }
    return true;
}
