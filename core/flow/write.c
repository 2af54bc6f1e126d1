/* One set of statements for all that a batch writes; the queue's rows go last. */
#include "flow/batch.h"

/* A PostgreSQL array as text, for one cell of an unnest: unnest would flatten an array of arrays.
 */
static ms_value array_text(ms_arena *arena, const ms_str *items, size_t n)
{
    ms_buf buf = {0};
    ms_buf_char(&buf, '{');
    for (size_t i = 0; i < n; i++) {
        ms_buf_z(&buf, i ? ",\"" : "\"");
        for (size_t k = 0; k < items[i].n; k++) {
            if (items[i].p[k] == '"' || items[i].p[k] == '\\')
                ms_buf_char(&buf, '\\');
            ms_buf_char(&buf, items[i].p[k]);
        }
        ms_buf_char(&buf, '"');
    }
    ms_buf_char(&buf, '}');
    ms_str text = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return ms_string_or_null(text);
}

/* ---- contacts ------------------------------------------------------------------------------- */

static bool write_contacts(ms_batch *b, ms_statements *out, ms_error *err)
{
    ms_crm_contact *list = ms_alloc_zero(b->arena, b->n_cards + 1, sizeof *list);
    size_t n = 0;
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    for (size_t i = 0; i < b->n_cards; i++) {
        const ms_card *card = b->cards[i];
        if (card->exists && !card->touched && !card->n_add && !card->n_remove)
            continue;
        ms_str attributes = ms_attrs_text(b->arena, &card->attributes);
        if (!attributes.p)
            return ms_fail(err, MS_NOMEM, "out of memory"), false;
        list[n++] = (ms_crm_contact){.account_id = card->account_id,
                                     .contact_id = card->contact_id,
                                     .create = !card->exists,
                                     .update = card->exists && card->touched,
                                     .name = card->name,
                                     .email = card->email,
                                     .phone_number = card->phone_number,
                                     .identifier = card->identifier,
                                     .attributes = attributes,
                                     .add_labels = card->add,
                                     .n_add = card->n_add,
                                     .remove_labels = card->remove,
                                     .n_remove = card->n_remove};
    }
    return n == 0 || b->crm->write(b->crm_self, b->arena, list, n, out, err) == MS_OK;
}

/* ---- who said what -------------------------------------------------------------------------- */

/* A new row that is there after all was written by another judge meanwhile: the unique key refuses
 * it, and the batch is done again with what that one found. */
static const char new_refs_sql[] =
    "INSERT INTO moonsift.contact_ref (account_id, source, external_id, contact_id, seen)"
    " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])";
static const char refs_sql[] =
    "UPDATE moonsift.contact_ref r SET contact_id = i.contact_id, seen = i.seen"
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])"
    " AS i(account_id, source, external_id, contact_id, seen) WHERE r.account_id = i.account_id"
    " AND r.source = i.source AND r.external_id = i.external_id";

static bool add_ref(ms_batch *b, ms_columns *c, ms_person *p)
{
    ms_str attributes = ms_attrs_text(b->arena, &p->seen);
    if (!attributes.p ||
        !ms_attrs_set(b->arena, &p->seen_fields, MS_STR("custom_attributes"), attributes))
        return false;
    ms_columns_row(c);
    ms_columns_set(c, 0, ms_int(p->account_id));
    ms_columns_set(c, 1, ms_string(p->source->name));
    ms_columns_set(c, 2, ms_string(p->external_id));
    ms_columns_set(c, 3, ms_int(p->card->contact_id));
    ms_columns_set(c, 4, ms_string_or_null(ms_attrs_text(b->arena, &p->seen_fields)));
    return true;
}

static bool write_refs(ms_batch *b, bool new, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 5);
    for (size_t i = 0; i < b->n_people; i++) {
        ms_person *p = b->people[i];
        if (p->seen_changed && new == (p->ref_contact == 0) && !add_ref(b, &c, p))
            return false;
    }
    return c.n == 0 ? !c.failed
                    : ms_columns_statement(&c, new ? new_refs_sql : refs_sql, NULL, 0, out);
}

/* ---- conversations and messages ------------------------------------------------------------- */

static bool write_events(ms_batch *b, ms_statements *out, ms_error *err)
{
    ms_crm_event *list = ms_alloc_zero(b->arena, b->n_items + 1, sizeof *list);
    size_t n = 0;
    if (!list)
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    for (size_t i = 0; i < b->n_items; i++) {
        ms_item *item = &b->items[i];
        if (!item->event.n_conversations || item->again)
            continue;
        int64_t *ids = ms_alloc_zero(b->arena, item->event.n_contacts + 1, sizeof *ids);
        if (!ids)
            return ms_fail(err, MS_NOMEM, "out of memory"), false;
        for (uint32_t k = 0; k < item->event.n_contacts; k++)
            ids[k] = item->people[k]->card->contact_id;
        list[n++] = (ms_crm_event){item->source->name, &item->event, ids};
    }
    return n == 0 || b->crm->store(b->crm_self, b->arena, list, n, out, err) == MS_OK;
}

/* ---- journal and state ---------------------------------------------------------------------- */

static const char decisions_sql[] =
    "INSERT INTO moonsift.decision (account_id, id, contact_id, event_id, vertical, version, clock,"
    " points, lead_status, fired, unknown, errors, labels, labels_added, labels_removed, input,"
    " diff, conflicts)"
    " SELECT account_id, id, contact_id, event_id, vertical, version, clock, points, lead_status,"
    " fired::text[], unknown::text[], errors::text[], labels::text[], added::text[],"
    " removed::text[], input, diff, conflicts"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::int[],"
    " $7::timestamptz[], $8::int[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
    " $14::text[], $15::text[], $16::jsonb[], $17::jsonb[], $18::jsonb[])"
    " AS d(account_id, id, contact_id, event_id, vertical, version, clock, points, lead_status,"
    " fired, unknown, errors, labels, added, removed, input, diff, conflicts)";

static void add_decision(ms_batch *b, ms_columns *c, const ms_card *card)
{
    ms_columns_row(c);
    ms_columns_set(c, 0, ms_int(card->account_id));
    ms_columns_set(c, 1, ms_int(card->decision_id));
    ms_columns_set(c, 2, ms_int(card->contact_id));
    ms_columns_set(c, 3, ms_int(card->cause));
    ms_columns_set(c, 4, ms_string(card->vertical));
    ms_columns_set(c, 5, ms_int(card->version));
    ms_columns_set(c, 6, ms_time_value(b->arena, card->clock));
    ms_columns_set(c, 7, ms_int(card->points));
    ms_columns_set(c, 8, ms_string(card->status));
    ms_columns_set(c, 9, array_text(b->arena, card->fired, card->n_fired));
    ms_columns_set(c, 10, array_text(b->arena, card->unknown, card->n_unknown));
    ms_columns_set(c, 11, array_text(b->arena, card->errors, card->n_errors));
    ms_columns_set(c, 12, array_text(b->arena, card->computed, card->n_computed));
    ms_columns_set(c, 13, array_text(b->arena, card->add, card->n_add));
    ms_columns_set(c, 14, array_text(b->arena, card->remove, card->n_remove));
    ms_columns_set(c, 15, ms_string(card->input));
    ms_columns_set(c, 16, ms_string(card->diff));
    ms_columns_set(c, 17, ms_string(card->conflicts));
}

static bool write_decisions(ms_batch *b, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 18);
    for (size_t i = 0; i < b->n_cards; i++)
        if (b->cards[i]->decision_id)
            add_decision(b, &c, b->cards[i]);
    return c.n == 0 ? !c.failed : ms_columns_statement(&c, decisions_sql, NULL, 0, out);
}

/* A state without a judgement (an assignment) keeps the last decision's id. */
static const char states_sql[] =
    "INSERT INTO moonsift.contact_state AS s (account_id, contact_id, vertical, version,"
    " input_hash, last_written, decision_id)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::bigint[],"
    " $6::jsonb[], $7::bigint[]) ON CONFLICT (account_id, contact_id) DO UPDATE"
    " SET vertical = excluded.vertical, version = excluded.version,"
    " input_hash = excluded.input_hash, last_written = excluded.last_written,"
    " decision_id = coalesce(excluded.decision_id, s.decision_id), judged_at = now()";

static bool write_states(ms_batch *b, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 7);
    for (size_t i = 0; i < b->n_cards; i++) {
        const ms_card *card = b->cards[i];
        if (!card->state_changed)
            continue;
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(card->account_id));
        ms_columns_set(&c, 1, ms_int(card->contact_id));
        ms_columns_set(&c, 2, ms_string(card->vertical));
        ms_columns_set(&c, 3, ms_int(card->version));
        ms_columns_set(&c, 4, ms_int((int64_t)card->input_hash));
        ms_columns_set(&c, 5, ms_string_or_null(ms_attrs_text(b->arena, &card->last_written)));
        ms_columns_set(&c, 6, card->decision_id ? ms_int(card->decision_id) : ms_null());
    }
    return c.n == 0 ? !c.failed : ms_columns_statement(&c, states_sql, NULL, 0, out);
}

/* ---- how each delivery ended ---------------------------------------------------------------- */

static const char outcomes_sql[] =
    "INSERT INTO moonsift.outcome (account_id, event_id, status, reason, contact_id, decision_id)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],"
    " $6::bigint[])";
static const char queue_sql[] =
    "DELETE FROM moonsift.queue q USING unnest($1::bigint[], $2::bigint[])"
    " AS i(account_id, event_id)"
    " WHERE q.account_id = i.account_id AND q.event_id = i.event_id";

static const char *end_name(ms_item_end end)
{
    switch (end) {
    case MS_END_DONE: return "done";
    case MS_END_SKIPPED: return "skipped";
    case MS_END_HELD: return "held";
    case MS_END_NONE:
    case MS_END_FAILED: break;
    }
    return "failed";
}

static bool write_outcomes(ms_batch *b, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 6);
    for (size_t i = 0; i < b->n_items; i++) {
        const ms_item *item = &b->items[i];
        const ms_card *card = item->main ? item->main->card : NULL;
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(item->account_id));
        ms_columns_set(&c, 1, ms_int(item->event_id));
        ms_columns_set(&c, 2, ms_string(ms_str_z(end_name(item->end))));
        ms_columns_set(&c, 3, ms_string(item->reason.p ? item->reason : MS_STR("")));
        ms_columns_set(&c, 4, card ? ms_int(card->contact_id) : ms_null());
        ms_columns_set(&c, 5, card && card->decision_id ? ms_int(card->decision_id) : ms_null());
    }
    const ms_value keys[2] = {ms_array(c.cells[0], c.n), ms_array(c.cells[1], c.n)};
    return ms_columns_statement(&c, outcomes_sql, NULL, 0, out) &&
           ms_statements_add(b->arena, out, queue_sql, keys, 2);
}

/* ---- what goes on waiting -------------------------------------------------------------------- */

static const char held_sql[] =
    "INSERT INTO moonsift.held (account_id, event_id, shard, vertical, version)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::int[])";

static bool write_held(ms_batch *b, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 5);
    for (size_t i = 0; i < b->n_items; i++) {
        const ms_item *item = &b->items[i];
        if (item->end != MS_END_HELD)
            continue;
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(item->account_id));
        ms_columns_set(&c, 1, ms_int(item->event_id));
        ms_columns_set(&c, 2, ms_int(item->shard));
        ms_columns_set(&c, 3, ms_string(item->main->card->vertical));
        ms_columns_set(&c, 4, ms_int(item->main->card->held_by));
    }
    return c.n == 0 ? !c.failed : ms_columns_statement(&c, held_sql, NULL, 0, out);
}

/* No judge died over them. */
static const char parked_sql[] =
    "UPDATE moonsift.queue q SET parked = i.vertical, attempts = 0"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS i(account_id, event_id, vertical)"
    " WHERE q.account_id = i.account_id AND q.event_id = i.event_id";

static bool write_parked(ms_batch *b, ms_statements *out)
{
    ms_columns c;
    ms_columns_init(&c, b->arena, 3);
    for (size_t i = 0; i < b->n_parked; i++) {
        ms_columns_row(&c);
        ms_columns_set(&c, 0, ms_int(b->parked[i].account_id));
        ms_columns_set(&c, 1, ms_int(b->parked[i].event_id));
        ms_columns_set(&c, 2, ms_string(b->parked[i].vertical));
    }
    return c.n == 0 ? !c.failed : ms_columns_statement(&c, parked_sql, NULL, 0, out);
}

bool ms_batch_write(ms_batch *b, ms_statements *out, ms_error *err)
{
    if (!write_contacts(b, out, err) || !write_events(b, out, err))
        return false;
    if (!write_refs(b, true, out) || !write_refs(b, false, out) || !write_decisions(b, out) ||
        !write_states(b, out) || !write_held(b, out) || !write_outcomes(b, out) ||
        !write_parked(b, out))
        return ms_fail(err, MS_NOMEM, "out of memory"), false;
    return true;
}
