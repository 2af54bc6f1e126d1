/*
 * Why a rule is yes, no or unknown for this contact: only the parts of its condition that made it
 * so, each with the value it saw, written as the statement that is true ("follower_count = 900 <
 * 10000").
 */
#include "rules/words.h"

/* One rule while it is explained. */
typedef struct why {
    ms_run *run;
    const ms_vertical *v;
    const ms_said_cond *said;
    const ms_cond *root;
    const uint8_t *truths; /* of the program, backwards from the root; NULL: to be judged again */
    ms_buf *buf;
} why;

static ms_truth truth_of(const why *w, const ms_cond *c)
{
    return w->truths ? (ms_truth)w->truths[w->root - c] : ms_condition_truth(w->run, c);
}

static const ms_slot *slot_of(const why *w, uint32_t slot)
{
    return &w->run->judge->items[slot];
}

/* ---- unknown: which attributes are missing -------------------------------------------------- */

typedef struct gaps {
    uint64_t slots[MS_MAX_SLOTS / 64]; /* not valid and asked for */
    ms_buf *other;                     /* what is unknown for another reason */
} gaps;

static void add_other(gaps *g, const char *text, ms_str name)
{
    if (g->other->n)
        ms_buf_str(g->other, MS_STR(", "));
    ms_buf_str(g->other, name);
    ms_buf_z(g->other, text);
}

/* Of a computed number what it is made of is missing, or else it has no value for these inputs. */
static bool slot_gaps(const why *w, uint32_t slot, gaps *g)
{
    uint64_t bit = (uint64_t)1 << (slot % 64), *word = &g->slots[slot / 64];
    if (slot_of(w, slot)->state == MS_SLOT_VALID)
        return false;
    bool seen = *word & bit;
    *word |= bit;
    if (slot < w->v->n_attributes || seen || ms_vertical_fact(w->v, slot))
        return true;
    const ms_computed *c = &w->v->computed[slot - w->v->n_attributes];
    bool found = slot_gaps(w, c->slot, g);
    if (c->formula == MS_F_PER)
        found |= slot_gaps(w, c->slot2, g);
    if (!found)
        add_other(g, " has no value", w->v->attributes[slot].name);
    return true;
}

static void leaf_gaps(const why *w, const ms_cond *c, gaps *g)
{
    bool found = false;
    if (c->op == MS_C_FIRED) {
        add_other(g, " is unknown", w->v->rules[c->a].id);
    } else if (c->op == MS_C_CUSTOM) {
        const ms_custom *fn = &w->v->customs[c->a];
        for (uint32_t i = 0; i < fn->n_reads; i++)
            found |= slot_gaps(w, fn->reads[i], g);
        if (!found)
            add_other(g, ": the function does not say", w->said[c - w->v->conditions].subject);
    } else {
        found = slot_gaps(w, c->slot, g);
        if (c->op == MS_C_COMPARE_SLOTS)
            found |= slot_gaps(w, c->slot2, g);
        if (!found)
            add_other(g, " took too long to match", w->v->attributes[c->slot].name);
    }
}

static void find_gaps(const why *w, const ms_cond *c, gaps *g)
{
    if (truth_of(w, c) != MS_UNKNOWN)
        return;
    if (c->op > MS_C_AT_LEAST) {
        leaf_gaps(w, c, g);
        return;
    }
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size)
        find_gaps(w, child, g);
}

static void add_gaps(const why *w, const gaps *g, ms_slot_state state, ms_str word, ms_str *between)
{
    uint32_t n = 0;
    for (uint32_t at = 0; at < MS_MAX_SLOTS / 64; at++) {
        for (uint64_t left = g->slots[at]; left; left &= left - 1) {
            uint32_t slot = at * 64 + (uint32_t)__builtin_ctzll(left);
            bool computed = slot >= w->v->n_attributes && !ms_vertical_fact(w->v, slot);
            if (computed || slot_of(w, slot)->state != state) /* what it is made of is named */
                continue;
            ms_buf_str(w->buf, n++ ? MS_STR(", ") : *between);
            ms_buf_str(w->buf, w->v->attributes[slot].name);
        }
    }
    if (n) {
        ms_buf_str(w->buf, word);
        *between = MS_STR("; ");
    }
}

static void because_unknown(const why *w)
{
    gaps g = {.other = &w->run->judge->gaps};
    ms_str between = MS_STR("");
    if (g.other->failed)
        ms_buf_free(g.other);
    g.other->n = 0;
    find_gaps(w, w->root, &g);
    add_gaps(w, &g, MS_SLOT_ABSENT, MS_STR(" missing"), &between);
    add_gaps(w, &g, MS_SLOT_INVALID, MS_STR(" not valid"), &between);
    if (g.other->n) {
        ms_buf_str(w->buf, between);
        ms_buf_str(w->buf, ms_buf_view(g.other));
    }
    w->buf->failed |= g.other->failed;
}

/* ---- yes and no ----------------------------------------------------------------------------- */

static void add_value(const why *w, uint32_t slot)
{
    ms_words_value(&w->run->judge->slots, slot, w->buf);
}

static void because_age(const why *w, const ms_cond *c)
{
    int64_t number = slot_of(w, c->slot)->number;
    bool time = w->v->attributes[c->slot].type == MS_T_TIME;
    int64_t age = w->run->judge->slots.today - (time ? ms_day_of(number) : number);
    add_value(w, c->slot);
    ms_buf_str(w->buf, MS_STR(", "));
    ms_words_days(age < 0 ? -age : age, age < 0 ? " ahead" : " ago", w->buf);
    if (age < 0)
        return;
    ms_buf_str(w->buf, age <= c->a ? MS_STR(" ≤ ") : MS_STR(" > "));
    ms_buf_int(w->buf, c->a);
}

/* Of present and missing: the value, or that there is none. */
static void because_there(const why *w, const ms_cond *c, ms_str subject)
{
    uint8_t state = slot_of(w, c->slot)->state;
    if (state == MS_SLOT_VALID) {
        ms_buf_str(w->buf, subject);
        add_value(w, c->slot);
        return;
    }
    ms_buf_str(w->buf, w->v->attributes[c->slot].name);
    ms_buf_str(w->buf, state == MS_SLOT_ABSENT ? MS_STR(" is missing") : MS_STR(" is not valid"));
}

static void because_errors(const why *w)
{
    const ms_decision *d = w->run->decision;
    if (!d->n_errors)
        ms_buf_str(w->buf, MS_STR("no errors"));
    for (uint32_t i = 0; i < d->n_errors; i++) {
        ms_buf_str(w->buf, i ? MS_STR(", ") : MS_STR("not valid: "));
        ms_buf_str(w->buf, w->v->attributes[d->errors[i]].name);
    }
}

/* Which of the texts was found: the value may be cut before it. */
static void because_found(const why *w, const ms_cond *c)
{
    ms_cond one = *c;
    one.n_texts = 1;
    while (one.texts + 1 < c->texts + c->n_texts && !ms_text_has(slot_of(w, c->slot), &one))
        one.texts++;
    ms_words_texts(&one, w->buf);
}

/* The value between what was put together when sealing. */
static void because_leaf(const why *w, const ms_cond *c, ms_truth truth)
{
    const ms_said_cond *said = &w->said[c - w->v->conditions];
    bool there = c->op == MS_C_PRESENT || c->op == MS_C_MISSING;
    if (c->op == MS_C_CUSTOM && truth == MS_NO)
        ms_buf_str(w->buf, MS_STR("not: "));
    if (!there)
        ms_buf_str(w->buf, said->subject);
    switch ((ms_cond_op)c->op) {
    case MS_C_PRESENT:
    case MS_C_MISSING: because_there(w, c, said->subject); break;
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS: because_age(w, c); break;
    case MS_C_ERRORS: because_errors(w); break;
    case MS_C_SCORE: ms_buf_int(w->buf, w->run->decision->points); break;
    case MS_C_COUNT: ms_buf_int(w->buf, slot_of(w, c->slot)->number); break;
    case MS_C_FIRED:
    case MS_C_CUSTOM: break;
    default: add_value(w, c->slot); break;
    }
    ms_buf_str(w->buf, said->rest[truth]);
    if (c->op == MS_C_COMPARE_SLOTS)
        add_value(w, c->slot2);
    if (c->op == MS_C_CONTAINS && truth == MS_NO) {
        ms_buf_str(w->buf, MS_STR(" without "));
        ms_words_choices(&w->v->attributes[c->slot], c->mask & ~slot_of(w, c->slot)->mask, " and ",
                         w->buf);
    }
    if (truth == MS_YES && ms_words_finds(c->op))
        because_found(w, c);
}

static void because(const why *w, const ms_cond *c, ms_truth truth)
{
    if (c->op > MS_C_AT_LEAST) {
        because_leaf(w, c, truth);
        return;
    }
    ms_truth shown = c->op != MS_C_NONE ? truth : truth == MS_YES ? MS_NO : MS_YES;
    bool first = true;
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        if (truth_of(w, child) != shown)
            continue;
        if (!first)
            ms_buf_str(w->buf, MS_STR(", "));
        because(w, child, shown);
        first = false;
    }
    if (first) /* no child, or at least 0 of some */
        ms_buf_str(w->buf, MS_STR("nothing is asked"));
}

void ms_because(ms_run *run, uint32_t rule, ms_truth truth, ms_buf *buf)
{
    const ms_vertical *v = run->vertical;
    const why w = {.run = run,
                   .v = v,
                   .said = ms_sealed_of(v)->said->conditions,
                   .root = &v->conditions[v->rules[rule].condition],
                   .truths = ms_program_truths(run->judge, v, rule),
                   .buf = buf};
    if (truth == MS_UNKNOWN)
        because_unknown(&w);
    else
        because(&w, w.root, truth);
}
