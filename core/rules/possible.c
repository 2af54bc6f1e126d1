#include "rules/possible.h"

#include <stdlib.h>

enum { MOST_STEPS = 5000 }; /* also bounds how deep the search nests */

typedef enum known { K_ANYTHING, K_VALID, K_NOT_VALID } known;

/* What is left for one attribute, the score, or whether there are errors. */
typedef struct facts {
    known state;
    int64_t low, high;      /* integer, cents, days, 0/1, number of choices, points */
    int64_t newest, oldest; /* date: days ago */
    uint64_t mask;          /* choice: those left */
    uint64_t with, without; /* choices: those in it, those not */
    const ms_cond *texts;   /* text, as-is: one of these; NULL any */
} facts;

typedef struct search {
    const ms_vertical *vertical;
    facts *facts; /* by slot, then score, then errors */
    uint32_t n_slots;
    uint32_t steps;
} search;

static bool solve(search *s, const ms_goal *goal);

/* ---- what a leaf leaves --------------------------------------------------------------------- */

bool ms_narrow(ms_cmp cmp, int64_t with, int64_t *low, int64_t *high)
{
    if ((cmp == MS_LT && with == INT64_MIN) || (cmp == MS_GT && with == INT64_MAX))
        return false;
    if (cmp == MS_LT || cmp == MS_LE || cmp == MS_EQ) {
        int64_t top = cmp == MS_LT ? with - 1 : with;
        *high = top < *high ? top : *high;
    }
    if (cmp == MS_GT || cmp == MS_GE || cmp == MS_EQ) {
        int64_t bottom = cmp == MS_GT ? with + 1 : with;
        *low = bottom > *low ? bottom : *low;
    }
    if (cmp == MS_NE && *low == with && *high == with)
        return false;
    *low += cmp == MS_NE && *low == with;
    *high -= cmp == MS_NE && *high == with;
    return *low <= *high;
}

static ms_cmp opposite(ms_cmp cmp)
{
    static const ms_cmp opposites[] = {MS_GE, MS_GT, MS_NE, MS_EQ, MS_LT, MS_LE};
    return opposites[cmp];
}

static bool has_text(const ms_cond *c, ms_str text)
{
    for (uint32_t i = 0; i < c->n_texts; i++)
        if (ms_str_eq(c->texts[i], text))
            return true;
    return false;
}

static bool narrow_text(facts *f, const ms_cond *c, bool yes)
{
    uint32_t left = 0;
    if (!f->texts) {
        f->texts = yes ? c : NULL;
        return true;
    }
    for (uint32_t i = 0; i < f->texts->n_texts; i++)
        left += has_text(c, f->texts->texts[i]) == yes;
    return left > 0;
}

static bool narrow_choices(facts *f, const ms_cond *c, bool yes)
{
    bool single = (c->mask & (c->mask - 1)) == 0;
    if (yes)
        f->with |= c->mask;
    else if (single)
        f->without |= c->mask;
    return !(f->with & f->without) && (yes || (c->mask & ~f->with));
}

static bool narrow_any_choice(facts *f, const ms_cond *c, bool yes)
{
    if (!yes)
        f->without |= c->mask;
    return yes ? (c->mask & ~f->without) != 0 : !(f->with & f->without);
}

static bool become(facts *f, known state)
{
    if (f->state != K_ANYTHING && f->state != state)
        return false;
    f->state = state;
    return true;
}

/* The leaf's own answer is yes or no; false: that cannot be with what is known already. */
static bool narrow(facts *f, const ms_cond *c, bool yes)
{
    ms_cmp cmp = yes ? c->cmp : opposite(c->cmp);
    if (c->op == MS_C_PRESENT || c->op == MS_C_MISSING)
        return become(f, yes == (c->op == MS_C_PRESENT) ? K_VALID : K_NOT_VALID);
    if (!become(f, K_VALID))
        return false;
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
    case MS_C_COUNT:
    case MS_C_SCORE: return ms_narrow(cmp, c->a, &f->low, &f->high);
    case MS_C_ERRORS: return ms_narrow(yes ? MS_EQ : MS_NE, c->a, &f->low, &f->high);
    case MS_C_WITHIN_DAYS: return ms_narrow(yes ? MS_LE : MS_GT, c->a, &f->newest, &f->oldest);
    case MS_C_OLDER_DAYS: return ms_narrow(yes ? MS_GT : MS_LE, c->a, &f->newest, &f->oldest);
    case MS_C_ONE_OF: f->mask &= yes ? c->mask : ~c->mask; return f->mask != 0;
    case MS_C_CONTAINS: return narrow_choices(f, c, yes);
    case MS_C_CONTAINS_ANY: return narrow_any_choice(f, c, yes);
    case MS_C_TEXT_IS: return narrow_text(f, c, yes);
    default: return true;
    }
}

static facts *facts_of(search *s, const ms_cond *c)
{
    if (c->op == MS_C_SCORE)
        return &s->facts[s->n_slots];
    return &s->facts[c->op == MS_C_ERRORS ? s->n_slots + 1 : c->slot];
}

static bool try_leaf(search *s, const ms_cond *c, ms_want want, const ms_goal *next)
{
    if (c->op == MS_C_CUSTOM || c->op == MS_C_COMPARE_SLOTS)
        return solve(s, next);
    facts *f = facts_of(s, c), before = *f;
    bool yes = want == MS_WANT_YES || want == MS_WANT_NOT_NO;
    bool found = narrow(f, c, yes) && solve(s, next);
    *f = before;
    bool may_be_unknown = c->op != MS_C_PRESENT && c->op != MS_C_MISSING && c->op != MS_C_SCORE &&
                          c->op != MS_C_ERRORS;
    if (!found && may_be_unknown && (want == MS_WANT_NOT_YES || want == MS_WANT_NOT_NO)) {
        found = become(f, K_NOT_VALID) && solve(s, next);
        *f = before;
    }
    return found;
}

/* ---- trees ---------------------------------------------------------------------------------- */

static ms_want turned(ms_want want)
{
    static const ms_want opposites[] = {MS_WANT_NO, MS_WANT_YES, MS_WANT_NOT_NO, MS_WANT_NOT_YES};
    return opposites[want];
}

static bool any_child(search *s, const ms_cond *c, ms_want want, const ms_goal *next)
{
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        const ms_goal goal = {child, 1, want, next};
        if (solve(s, &goal))
            return true;
    }
    return false;
}

static bool try_group(search *s, const ms_cond *c, ms_want want, const ms_goal *next)
{
    bool positive = want == MS_WANT_YES || want == MS_WANT_NOT_NO;
    ms_want inner = c->op == MS_C_NONE ? turned(want) : want;
    const ms_goal all = {c + 1, c->n_children, inner, next};
    if (c->op == MS_C_AT_LEAST && !(positive && c->a == c->n_children))
        return solve(s, next); /* which of them is not looked into */
    bool together = c->op == MS_C_ANY ? !positive : positive;
    return together ? solve(s, &all) : any_child(s, c, inner, next);
}

static bool solve(search *s, const ms_goal *goal)
{
    while (goal && goal->n == 0)
        goal = goal->next;
    if (!goal || ++s->steps > MOST_STEPS)
        return true;
    const ms_cond *c = goal->conditions;
    const ms_goal rest = {c + c->size, goal->n - 1, goal->want, goal->next};
    const ms_goal *next = rest.n ? &rest : goal->next;
    if (c->op == MS_C_FIRED) {
        const ms_cond *root = &s->vertical->conditions[s->vertical->rules[c->a].condition];
        const ms_goal asked = {root, 1, goal->want, next};
        return solve(s, &asked);
    }
    return c->op <= MS_C_AT_LEAST ? try_group(s, c, goal->want, next)
                                  : try_leaf(s, c, goal->want, next);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Bounds that are the same say nothing: they are what is not set. */
static bool is_bounded(const ms_attribute *a)
{
    return a->min < a->max && (ms_scale(a->type) || a->type == MS_T_DATE || a->type == MS_T_TIME);
}

static facts nothing_known(const ms_attribute *a)
{
    facts f = {.low = INT64_MIN,
               .high = INT64_MAX,
               .newest = INT64_MIN,
               .oldest = INT64_MAX,
               .mask = UINT64_MAX};
    if (a && is_bounded(a)) {
        f.low = a->min;
        f.high = a->max;
    } else if (a && a->type == MS_T_CHOICE) {
        f.mask = a->n_choices < 64 ? ((uint64_t)1 << a->n_choices) - 1 : UINT64_MAX;
    } else if (a && a->type == MS_T_CHOICES) {
        f.low = 0;
        f.high = a->n_choices;
    }
    if (a && a->type == MS_T_BOOLEAN) {
        f.low = 0;
        f.high = 1;
    }
    return f;
}

static uint32_t count_slots(const ms_vertical *v)
{
    uint32_t n = v->n_attributes;
    for (uint32_t i = 0; i < v->n_conditions; i++) {
        n = v->conditions[i].slot >= n ? v->conditions[i].slot + 1u : n;
        n = v->conditions[i].slot2 >= n ? v->conditions[i].slot2 + 1u : n;
    }
    return n;
}

bool ms_possible(const ms_vertical *v, const ms_goal *goals)
{
    search s = {.vertical = v, .n_slots = count_slots(v)};
    s.facts = calloc(s.n_slots + 2u, sizeof *s.facts);
    if (!s.facts)
        return true;
    for (uint32_t i = 0; i < s.n_slots + 2u; i++)
        s.facts[i] = nothing_known(i < ms_vertical_slots(v) ? &v->attributes[i] : NULL);
    s.facts[s.n_slots].low = v->score_min;
    s.facts[s.n_slots].high = v->score_max;
    s.facts[s.n_slots + 1].low = 0;
    s.facts[s.n_slots + 1].high = 1;
    bool possible = solve(&s, goals);
    free(s.facts);
    return possible;
}
