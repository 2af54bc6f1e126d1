#include "rules/counterfactual.h"

#include "rules/trial.h"

enum { MOST_FAILURES = 3 };

void ms_each_condition(ms_attempt *t, ms_look look)
{
    const ms_vertical *v = t->v;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_cond *root = &v->conditions[v->rules[i].condition];
        for (uint32_t k = 0; k < root->size; k++)
            look(t, root + k);
    }
    for (uint32_t i = 0; i < v->status.n_cases; i++) {
        const ms_status_case *c = &v->status.cases[i];
        const ms_cond *root = c->rule == MS_NO_RULE ? &v->conditions[c->condition] : NULL;
        for (uint32_t k = 0; root && k < root->size; k++)
            look(t, root + k);
    }
}

/* ---- judging one change --------------------------------------------------------------------- */

static bool add_field(ms_attempt *t, ms_str json)
{
    ms_field *f = &t->fields.items[t->fields.n];
    if (ms_field_of(json, t->arena, f, NULL) != MS_OK)
        return false;
    f->key = t->v->attributes[t->slot].name;
    t->fields.n++;
    return true;
}

bool ms_try(ms_attempt *t, ms_str json, ms_decision *out)
{
    size_t n = t->fields.n;
    if (t->failed || t->tried >= MS_MOST_TRIALS) {
        t->cut = true;
        return false;
    }
    if (json.p && !add_field(t, json)) {
        t->failed = true;
        return false;
    }
    t->tried++;
    t->n_judged++;
    ms_status status =
        ms_judge_contact(t->judge, t->v, &t->fields, t->facts, t->today, false, out, NULL);
    t->fields.n = n;
    t->failed |= status == MS_NOMEM;
    if (status) { /* the script: it is not asked for ever */
        t->cut = true;
        if (++t->failures >= MOST_FAILURES)
            t->tried = MS_MOST_TRIALS;
        return false;
    }
    return !json.p || out->slots->items[t->slot].state == MS_SLOT_VALID;
}

static bool make_room(ms_attempt *t)
{
    if (t->n_trials < t->room)
        return true;
    uint32_t room = t->room ? t->room * 2 : 256;
    ms_trial *trials = ms_alloc_zero(t->arena, room, sizeof *trials);
    if (!trials) {
        t->failed = true;
        return false;
    }
    if (t->n_trials)
        memcpy(trials, t->trials, t->n_trials * sizeof *trials);
    t->trials = trials;
    t->room = room;
    return true;
}

bool ms_try_keep(ms_attempt *t, ms_trial_kind kind, int64_t low, int64_t high, ms_str json)
{
    ms_decision d;
    if (!make_room(t) || (kind != MS_TRY_MISSING && !json.p) || !ms_try(t, json, &d))
        return false;
    t->trials[t->n_trials++] = (ms_trial){.kind = kind,
                                          .low = low,
                                          .high = high,
                                          .json = json,
                                          .labels = d.labels,
                                          .status = d.status};
    return true;
}

/* ---- one attribute -------------------------------------------------------------------------- */

/* Those it may change places with, and those that they may. */
static void find_family(ms_attempt *t)
{
    const ms_vertical *v = t->v;
    memset(t->family, 0, sizeof t->family);
    t->family[t->slot / 64] |= (uint64_t)1 << (t->slot % 64);
    for (uint32_t round = 0; round < v->n_ranges; round++)
        for (uint32_t i = 0; i < v->n_ranges; i++) {
            ms_pair r = v->ranges[i];
            if (!ms_in_family(t, r.low) && !ms_in_family(t, r.high))
                continue;
            t->family[r.low / 64] |= (uint64_t)1 << (r.low % 64);
            t->family[r.high / 64] |= (uint64_t)1 << (r.high % 64);
        }
}

static void leave_out(ms_attempt *t, const ms_fields *attributes)
{
    ms_str name = t->v->attributes[t->slot].name;
    t->fields.n = 0;
    for (size_t i = 0; i < attributes->n; i++)
        if (!ms_same(attributes->items[i].key, name))
            t->fields.items[t->fields.n++] = attributes->items[i];
}

static void try_attribute(ms_attempt *t, uint16_t slot, const ms_fields *attributes)
{
    t->slot = slot;
    t->first = t->n_trials;
    find_family(t);
    leave_out(t, attributes);
    ms_try_values(t);
    if (t->fields.n < attributes->n)
        ms_try_keep(t, MS_TRY_MISSING, 0, 0, MS_NONE);
}

/* ---- what came of it ------------------------------------------------------------------------ */

typedef struct gather {
    ms_attempt *t;
    uint32_t *first; /* of each attribute, into trials; one more at the end */
    ms_effect *items;
    uint32_t n;
    ms_buf words;
} gather;

static bool has_effect(const ms_trial *trial, const ms_effect *e)
{
    if (e->kind == MS_BECOMES)
        return ms_same(trial->status, e->name);
    return (trial->labels >> e->label & 1) == (e->kind == MS_GAINS);
}

/* What attribute `slot` does about an effect; false: nothing. */
static bool find_way(gather *g, const ms_effect *e, uint16_t slot, ms_way *way)
{
    ms_attempt *t = g->t;
    uint32_t from = g->first[slot], to = g->first[slot + 1], n = 0;
    const ms_trial **list = NULL;
    for (uint32_t i = from; i < to; i++)
        n += has_effect(&t->trials[i], e);
    if (!n)
        return false;
    if (!(list = ms_alloc_zero(t->arena, n, sizeof *list))) {
        t->failed = true;
        return false;
    }
    *way = (ms_way){.slot = slot, .trials = list};
    for (uint32_t i = from; i < to; i++)
        if (has_effect(&t->trials[i], e))
            list[way->n_trials++] = &t->trials[i];
    g->words.n = 0;
    ms_way_words(t->v, way, &t->trials[from], to - from, &g->words);
    way->words = g->words.failed ? MS_NONE : ms_arena_dup(t->arena, ms_buf_view(&g->words));
    t->failed |= !way->words.p;
    return true;
}

static void add_effect(gather *g, ms_effect e)
{
    ms_way *ways = ms_alloc_zero(g->t->arena, g->t->v->n_attributes + 1, sizeof *ways);
    if (!ways) {
        g->t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < g->t->v->n_attributes; i++)
        e.n_ways += find_way(g, &e, (uint16_t)i, &ways[e.n_ways]);
    e.ways = ways;
    if (e.n_ways)
        g->items[g->n++] = e;
}

static void gather_labels(gather *g, ms_effect_kind kind)
{
    const ms_vertical *v = g->t->v;
    uint64_t owned = 0, now = g->t->decision->labels;
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (v->rules[i].label >= 0)
            owned |= (uint64_t)1 << v->rules[i].label;
    for (uint32_t i = 0; i < v->n_labels; i++)
        if ((owned >> i & 1) && (now >> i & 1) == (kind == MS_LOSES))
            add_effect(g,
                       (ms_effect){.kind = kind, .label = (int16_t)i, .name = v->labels[i].title});
}

static void gather_status(gather *g, ms_str value)
{
    if (!value.p || ms_same(value, g->t->decision->status))
        return;
    for (uint32_t i = 0; i < g->n; i++)
        if (g->items[i].kind == MS_BECOMES && ms_same(g->items[i].name, value))
            return;
    add_effect(g, (ms_effect){.kind = MS_BECOMES, .label = -1, .name = value});
}

static void gather_all(gather *g)
{
    const ms_status_plan *plan = &g->t->v->status;
    gather_labels(g, MS_LOSES);
    gather_labels(g, MS_GAINS);
    if (!plan->attribute.p)
        return;
    for (uint32_t i = 0; i < plan->n_cases; i++)
        gather_status(g, plan->cases[i].value);
    gather_status(g, plan->otherwise);
    for (uint32_t i = 0; i < plan->n_keep; i++)
        gather_status(g, plan->keep[i]);
    for (uint32_t i = 0; i < plan->n_stages; i++)
        gather_status(g, plan->stages[i]);
}

ms_status ms_effects_find(const ms_decision *d, const ms_fields *attributes, const ms_fields *facts,
                          ms_arena *arena, ms_effects *out, ms_error *err)
{
    const ms_vertical *v = d->slots->vertical;
    const ms_status_plan *plan = &v->status;
    uint32_t most = v->n_labels + plan->n_cases + plan->n_keep + plan->n_stages + 1;
    ms_attempt *t = ms_alloc_zero(arena, 1, sizeof *t);
    gather g = {.t = t};
    *out = (ms_effects){0};
    if (!t || !(t->judge = ms_judge_new()))
        return ms_fail(err, MS_NOMEM, "out of memory");
    t->v = v;
    t->decision = d;
    t->facts = facts;
    t->today = d->slots->today;
    t->arena = arena;
    t->fields.items = ms_alloc_zero(arena, attributes->n + 1, sizeof *t->fields.items);
    g.first = ms_alloc_zero(arena, v->n_attributes + 1, sizeof *g.first);
    g.items = ms_alloc_zero(arena, most, sizeof *g.items);
    t->failed = !t->fields.items || !g.first || !g.items;
    for (uint32_t i = 0; i < v->n_attributes && !t->failed; i++) {
        try_attribute(t, (uint16_t)i, attributes);
        g.first[i + 1] = t->n_trials;
    }
    if (!t->failed)
        gather_all(&g);
    *out = (ms_effects){
        .items = g.items, .n = g.n, .tried = t->n_judged, .cut = t->cut, .sampled = t->sampled};
    ms_judge_free(t->judge);
    ms_buf_free(&t->text);
    ms_buf_free(&g.words);
    return t->failed ? ms_fail(err, MS_NOMEM, "out of memory") : MS_OK;
}
