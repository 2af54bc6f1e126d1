/* Rules, conflicts with people, and the difference that is to be written. */
#include "base/clock.h"
#include "flow/batch.h"

#include <time.h>

/* ---- is there anything to judge? ------------------------------------------------------------ */

static bool end_card(ms_card *card, ms_item_end end, ms_str reason)
{
    card->end = end;
    card->reason = reason;
    return reason.p != NULL;
}

static bool no_vertical(ms_batch *b, ms_card *card)
{
    if (card->assigned) { /* remembered, so that later deliveries from elsewhere do not judge it */
        card->state_changed = true;
        if (!card->vertical.p)
            card->vertical = MS_STR("none");
    }
    return end_card(card, MS_END_SKIPPED,
                    ms_arena_format(b->arena, "stored; no vertical judges it (account %lld)",
                                    (long long)card->account_id));
}

static bool not_loaded(ms_batch *b, ms_card *card)
{
    if (card->active && card->active->parked.p) /* somebody whom a delivery only mentions */
        return end_card(card, MS_END_SKIPPED, MS_STR("stored; its vertical is parked"));
    card->held_by = card->active ? card->active->number : 0;
    if (!card->active)
        return end_card(card, MS_END_HELD,
                        ms_arena_format(b->arena, "vertical " MS_FMT " has no active version",
                                        MS_ARG(card->vertical)));
    return end_card(card, MS_END_HELD,
                    ms_arena_format(b->arena, "version %d of " MS_FMT " does not load: %s",
                                    card->active->number, MS_ARG(card->vertical),
                                    card->active->error.text));
}

/* A contact's own event is judged when it never was, or not by this version; any event when what
 * the rules read has changed. */
static bool is_due(const ms_card *card, uint64_t hash)
{
    if (hash != card->before_hash || card->again)
        return true;
    return card->contact_event && (!card->has_state || card->version != card->active->number);
}

/* ---- attributes ----------------------------------------------------------------------------- */

typedef struct difference {
    ms_buf diff, conflicts;
    bool any, any_conflict;
} difference;

static void add_pair(ms_buf *buf, bool *any, ms_str key, ms_str before, ms_str after)
{
    static const ms_str absent = {"{\"$absent\":true}", 16};
    if (*any)
        ms_buf_char(buf, ',');
    *any = true;
    ms_json_string(buf, key);
    ms_buf_z(buf, ":[");
    ms_buf_str(buf, before.p ? before : absent);
    ms_buf_char(buf, ',');
    ms_buf_str(buf, after.p ? after : absent);
    ms_buf_char(buf, ']');
}

static ms_str raw_of(const ms_attrs *attrs, ms_str key)
{
    const ms_attr *attr = ms_attrs_find(attrs, key);
    return attr ? attr->raw : MS_NONE;
}

/* Somebody changed a managed value since we wrote it: last_written has it, the contact another. */
static bool is_conflict(ms_batch *b, const ms_card *card, ms_str key, ms_str now, ms_str wanted)
{
    const ms_attr *last = card->has_state ? ms_attrs_find(&card->last_written, key) : NULL;
    if (!last)
        return false;
    ms_str ours = ms_str_eqz(last->raw, "null") ? MS_NONE : last->raw;
    return !ms_raw_equal(b->arena, now, ours) && !ms_raw_equal(b->arena, now, wanted);
}

static bool apply(ms_batch *b, ms_card *card, difference *d, ms_str key, ms_str wanted)
{
    ms_str now = raw_of(&card->attributes, key);
    if (ms_raw_equal(b->arena, now, wanted))
        return true;
    add_pair(&d->diff, &d->any, key, now, wanted);
    card->touched = true;
    if (!wanted.p) {
        ms_attrs_remove(&card->attributes, key);
        return true;
    }
    ms_str copy = ms_arena_dup(b->arena, wanted);
    return copy.p && ms_attrs_set(b->arena, &card->attributes, ms_arena_dup(b->arena, key), copy);
}

static const ms_change *change_of(const ms_decision *decision, ms_str key)
{
    for (uint32_t i = 0; i < decision->n_writes; i++)
        if (ms_str_eq(decision->writes[i].key, key))
            return &decision->writes[i];
    return NULL;
}

static bool apply_managed(ms_batch *b, ms_card *card, difference *d, const ms_decision *decision,
                          ms_str key)
{
    if (!key.n) /* a vertical need not have a status */
        return true;
    ms_str now = raw_of(&card->attributes, key);
    const ms_change *change = change_of(decision, key);
    ms_str wanted = change ? change->after : now;
    if (is_conflict(b, card, key, now, wanted)) {
        add_pair(&d->conflicts, &d->any_conflict, key, now, wanted);
        return true;
    }
    ms_str copy = wanted.p ? ms_arena_dup(b->arena, wanted) : MS_STR("null");
    const ms_attr *last = ms_attrs_find(&card->last_written, key);
    if (!last || !ms_raw_equal(b->arena, last->raw, copy))
        card->state_changed = true;
    return copy.p &&
           ms_attrs_set(b->arena, &card->last_written, ms_arena_dup(b->arena, key), copy) &&
           apply(b, card, d, key, wanted);
}

static bool apply_attributes(ms_batch *b, ms_card *card, difference *d, const ms_vertical *v,
                             const ms_decision *decision)
{
    for (uint32_t i = 0; i < decision->n_writes; i++)
        if (!decision->writes[i].managed &&
            !apply(b, card, d, decision->writes[i].key, decision->writes[i].after))
            return false;
    for (uint32_t i = 0; i < v->n_derived; i++)
        if (!apply_managed(b, card, d, decision, v->derived[i].name))
            return false;
    return apply_managed(b, card, d, decision, v->score_attribute) &&
           apply_managed(b, card, d, decision, v->status.attribute);
}

/* ---- labels and rules as texts -------------------------------------------------------------- */

static bool carries(const ms_card *card, ms_str title)
{
    for (size_t i = 0; i < card->n_labels; i++)
        if (ms_str_eq(card->labels[i], title))
            return true;
    return false;
}

static bool diff_labels(ms_batch *b, ms_card *card, const ms_vertical *v, const ms_decision *d)
{
    ms_str *lists = ms_alloc_zero(b->arena, v->n_labels * 3 + 1, sizeof *lists);
    if (!lists)
        return false;
    ms_str *computed = lists, *add = lists + v->n_labels, *gone = add + v->n_labels;
    for (uint32_t i = 0; i < v->n_labels; i++) {
        ms_str title = ms_arena_dup(b->arena, v->labels[i].title);
        bool wanted = d->labels >> i & 1, has = carries(card, title);
        if (wanted)
            computed[card->n_computed++] = title;
        if (wanted && !has)
            add[card->n_add++] = title;
        if (!wanted && has && v->labels[i].owned)
            gone[card->n_remove++] = title;
    }
    card->computed = computed;
    card->add = add;
    card->remove = gone;
    return true;
}

static const ms_str *rule_ids(ms_batch *b, const ms_vertical *v, const ms_bits *bits, size_t *n)
{
    ms_str *ids = ms_alloc_zero(b->arena, v->n_rules + 1, sizeof *ids);
    for (uint32_t i = 0; ids && i < v->n_rules; i++)
        if (ms_bit(bits, i))
            ids[(*n)++] = ms_arena_dup(b->arena, v->rules[i].id);
    return ids;
}

static bool note_rules(ms_batch *b, ms_card *card, const ms_vertical *v, const ms_decision *d)
{
    ms_str *errors = ms_alloc_zero(b->arena, d->n_errors + 1, sizeof *errors);
    card->fired = rule_ids(b, v, &d->fired, &card->n_fired);
    card->unknown = rule_ids(b, v, &d->unknown, &card->n_unknown);
    for (uint32_t i = 0; errors && i < d->n_errors; i++)
        errors[card->n_errors++] = ms_arena_dup(b->arena, v->attributes[d->errors[i]].name);
    card->errors = errors;
    card->points = d->points;
    card->status = d->status.p ? ms_arena_dup(b->arena, d->status) : MS_STR("");
    return errors && card->fired && card->unknown && card->status.p;
}

/* ---- one contact ---------------------------------------------------------------------------- */

static bool settle(ms_batch *b, ms_card *card, difference *d)
{
    ms_buf_char(&d->diff, '}');
    ms_buf_char(&d->conflicts, '}');
    if (d->diff.failed || d->conflicts.failed)
        return false;
    card->diff = ms_arena_dup(b->arena, ms_buf_view(&d->diff));
    card->conflicts = ms_arena_dup(b->arena, ms_buf_view(&d->conflicts));
    card->judged = card->state_changed = true;
    if (d->any || card->n_add || card->n_remove) {
        card->decision_id = ms_ids_next(b->ids);
        return end_card(card, MS_END_DONE, MS_STR(""));
    }
    return end_card(card, MS_END_SKIPPED,
                    d->any_conflict
                        ? MS_STR("judged; what differs was changed by a person and kept")
                        : MS_STR("judged; nothing to write"));
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The rules failed: the delivery is held, or the vertical was it that failed once too often. */
static bool hold(ms_batch *b, ms_card *card, bool park, const char *why)
{
    card->held_by = card->active->number;
    if (park) {
        b->park = card->active;
        b->park_reason = ms_arena_dup(b->arena, ms_str_z(why));
    }
    return end_card(card, MS_END_HELD,
                    ms_arena_format(b->arena, MS_FMT " v%d: %s", MS_ARG(card->vertical),
                                    card->active->number, why));
}

static bool judge_fields(ms_batch *b, ms_card *card, const ms_fields *fields)
{
    const ms_vertical *v = ms_script_vertical(card->active->script);
    int64_t day = 86400000000, today = card->clock / day - (card->clock % day < 0);
    difference d = {0};
    ms_decision decision;
    ms_error err;
    int64_t from = cpu_us();
    ms_status status =
        ms_judge_contact(b->judge, v, fields, NULL, today, b->normalise, &decision, &err);
    b->no_memory = status == MS_NOMEM; /* nothing is wrong with the vertical then */
    if (b->no_memory)
        return false;
    bool park =
        ms_conduct_judged(card->active->conduct, &b->park_rule, status, cpu_us() - from, b->now_ms);
    if (status != MS_OK)
        return hold(b, card, park, err.text);
    bool ok = false;
    ms_buf_char(&d.diff, '{');
    ms_buf_char(&d.conflicts, '{');
    /* what the decision points to lives in the judge: texts first, attributes (its input) last */
    ok = note_rules(b, card, v, &decision) && diff_labels(b, card, v, &decision) &&
         apply_attributes(b, card, &d, v, &decision) && settle(b, card, &d);
    ms_buf_free(&d.diff);
    ms_buf_free(&d.conflicts);
    return ok;
}

static bool decide(ms_batch *b, ms_card *card)
{
    if (!card->vertical.p || ms_str_eqz(card->vertical, "none"))
        return no_vertical(b, card);
    if (!card->active || !card->active->script)
        return not_loaded(b, card);
    uint64_t hash = ms_card_hash(b, card);
    if (!is_due(card, hash)) {
        card->state_changed |= card->assigned;
        card->input_hash = hash;
        return end_card(card, MS_END_SKIPPED,
                        card->touched || !card->exists
                            ? MS_STR("stored; nothing that the rules read has changed")
                            : MS_STR("nothing that the rules read has changed"));
    }
    ms_fields fields = {0};
    card->input = ms_attrs_text(b->arena, &card->attributes);
    card->input_hash = hash;
    card->version = card->active->number;
    bool ok = card->input.p &&
              ms_json_read(b->reader, card->input, NULL, &fields, NULL, NULL) == MS_OK &&
              judge_fields(b, card, &fields);
    ms_fields_free(&fields);
    return ok;
}

/* A delivery about several contacts is not cut in two: they are judged together. */
static void find_shared(ms_batch *b)
{
    for (size_t i = 0; i < b->n_items; i++)
        for (uint32_t k = 0; b->items[i].event.n_contacts > 1 && k < b->items[i].event.n_contacts;
             k++)
            b->items[i].people[k]->card->shared = true;
}

/* Its vertical has just been found to take long: the rest of it gets a batch of its own. */
static bool is_slow_now(const ms_batch *b, const ms_card *card)
{
    return card->active && ms_conduct_pace(card->active->conduct, b->now_ms) > b->pace;
}

bool ms_batch_decide(ms_batch *b)
{
    int64_t until = b->judge_us ? ms_mono_us() + b->judge_us : INT64_MAX;
    find_shared(b);
    for (size_t i = 0; i < b->n_cards && !b->park; i++) {
        ms_card *card = b->cards[i];
        card->later = i > 0 && !card->shared && (ms_mono_us() > until || is_slow_now(b, card));
        if (!card->later && !decide(b, card))
            return false;
    }
    ms_batch_drop_later(b);
    for (size_t i = 0; i < b->n_items; i++)
        if (b->items[i].main)
            ms_item_end_with(&b->items[i], b->items[i].main->card->end,
                             b->items[i].main->card->reason);
    return true;
}
