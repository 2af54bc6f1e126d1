/*
 * All rules of a vertical as one straight program. Each step judges one node of a condition and
 * writes its truth; children stand before their group, so the last step of a rule is its answer.
 * Every step runs for every contact: which condition holds is anybody's guess, and a processor that
 * guesses wrong loses more than a few steps cost. So nothing here branches on a contact's data,
 * and what a rule adds is masked by its truth.
 */
#include "rules/inside.h"

typedef enum step_kind {
    S_NUMBER, /* slot compared with a */
    S_AGE,    /* today - slot compared with a */
    S_AGE_OF, /* the same, slot is a moment */
    S_SLOTS,  /* slot compared with slot2 */
    S_ONE_OF,
    S_CONTAINS,
    S_CONTAINS_ANY,
    S_TEXT,
    S_FIND,
    S_KNOWN, /* bits: the truth when valid, and when not */
    S_SCORE,
    S_ERRORS, /* bits: the truth without errors, and with */
    S_COPY,   /* of step a */
    S_DEAR,   /* condition `cond` of rule slot2, as far as needed */
    S_ALL,
    S_ANY,
    S_NONE,
    S_AT_LEAST, /* a of n */
} step_kind;

struct ms_step {
    uint8_t kind;
    uint8_t bits; /* comparisons: which of less, equal, greater is yes */
    uint16_t slot, slot2;
    uint16_t n; /* children of a group; their steps are program->children[first ...] */
    union {
        int64_t a;
        uint64_t mask;
        const ms_cond *cond;
    };
    uint32_t first;
};

struct ms_verdict {
    uint32_t step;  /* the rule's answer */
    int32_t points; /* 0 when its group counts them */
    uint64_t label; /* bit, or 0 */
};

/* A group of rules: the fired members' points, added up or the highest, between min and max. */
typedef struct member {
    uint32_t step;
    int32_t points;
} member;
struct ms_tally {
    const member *members;
    uint32_t n;
    bool highest;
    int32_t min, max;
};

/* In the order of ms_cmp. */
static const uint8_t bits_of[] = {1, 3, 2, 5, 6, 4};

/* ---- making it --------------------------------------------------------------------------------
 */

static bool is_dear(const ms_cond *root)
{
    for (uint32_t i = 0; i < root->size; i++)
        if (root[i].op == MS_C_CUSTOM || root[i].op == MS_C_MATCHES)
            return true;
    return false;
}

static ms_step step_of(const ms_vertical *v, const ms_program *p, const ms_cond *c)
{
    ms_step s = {.slot = c->slot, .slot2 = c->slot2, .n = c->n_children, .a = c->a};
    s.bits = bits_of[c->cmp];
    switch ((ms_cond_op)c->op) {
    case MS_C_ALL: s.kind = S_ALL; break;
    case MS_C_ANY: s.kind = S_ANY; break;
    case MS_C_NONE: s.kind = S_NONE; break;
    case MS_C_AT_LEAST: s.kind = S_AT_LEAST; break;
    case MS_C_COMPARE:
    case MS_C_COUNT: s.kind = S_NUMBER; break;
    case MS_C_CONTAINS_ANY: s.kind = S_CONTAINS_ANY, s.mask = c->mask; break;
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH: s.kind = S_FIND, s.cond = c; break;
    case MS_C_COMPARE_SLOTS: s.kind = S_SLOTS; break;
    case MS_C_ONE_OF: s.kind = S_ONE_OF, s.mask = c->mask; break;
    case MS_C_CONTAINS: s.kind = S_CONTAINS, s.mask = c->mask; break;
    case MS_C_TEXT_IS: s.kind = S_TEXT, s.cond = c; break;
    case MS_C_PRESENT: s.kind = S_KNOWN, s.bits = 1; break;
    case MS_C_MISSING: s.kind = S_KNOWN, s.bits = 2; break;
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS:
        s.kind = v->attributes[c->slot].type == MS_T_TIME ? S_AGE_OF : S_AGE;
        s.bits = bits_of[c->op == MS_C_WITHIN_DAYS ? MS_LE : MS_GT];
        break;
    case MS_C_SCORE: s.kind = S_SCORE; break;
    case MS_C_ERRORS: s.kind = S_ERRORS, s.bits = c->a ? 2 : 1; break;
    case MS_C_FIRED: s.kind = S_COPY, s.a = p->verdicts[c->a].step; break;
    case MS_C_MATCHES:
    case MS_C_CUSTOM: s.kind = S_DEAR, s.cond = c; break; /* only ever as a whole */
    }
    return s;
}

/* The nodes of a tree backwards: what stood at i of preorder is at `base + size - 1 - i`. */
static void add_tree(const ms_vertical *v, ms_program *p, const ms_cond *root, uint32_t *n_children)
{
    uint32_t last = p->n_steps + root->size - 1;
    for (uint32_t i = root->size; i-- > 0;) {
        const ms_cond *c = root + i;
        ms_step *s = &p->steps[p->n_steps++];
        *s = step_of(v, p, c);
        s->first = *n_children;
        for (uint32_t k = 0, child = i + 1; k < c->n_children; k++) {
            p->children[(*n_children)++] = (uint16_t)(last - child);
            child += root[child].size;
        }
    }
}

static bool make_tallies(const ms_vertical *v, ms_arena *arena, ms_program *p)
{
    member *members = ms_alloc_zero(arena, v->n_rules + 1, sizeof *members);
    p->tallies = ms_alloc_zero(arena, v->n_groups + 1, sizeof *p->tallies);
    p->n_tallies = v->n_groups;
    for (uint32_t g = 0; members && p->tallies && g < v->n_groups; g++) {
        const ms_group *group = &v->groups[g];
        ms_tally *t = &p->tallies[g];
        *t = (ms_tally){members, 0, group->highest, group->min, group->max};
        for (uint32_t i = 0; i < v->n_rules; i++)
            if (v->rules[i].group == (int)g)
                members[t->n++] = (member){p->verdicts[i].step, v->rules[i].points};
        members += t->n;
    }
    return members && p->tallies;
}

bool ms_program_make(const ms_vertical *v, ms_arena *arena, ms_program *p)
{
    uint32_t n_children = 0, most = 1;
    for (uint32_t i = 0; i < v->n_rules; i++)
        most += v->conditions[v->rules[i].condition].size;
    if (most > MS_MAX_STEPS)
        most = MS_MAX_STEPS;
    p->steps = ms_alloc_zero(arena, most, sizeof *p->steps);
    p->children = ms_alloc_zero(arena, most, sizeof *p->children);
    p->verdicts = ms_alloc_zero(arena, v->n_rules + 1, sizeof *p->verdicts);
    if (!p->steps || !p->children || !p->verdicts)
        return false;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        const ms_cond *root = &v->conditions[r->condition];
        uint32_t spare =
            MS_MAX_STEPS - p->n_steps - (v->n_rules - i); /* one for each that follows */
        if (root->size > spare || is_dear(root))
            p->steps[p->n_steps++] = (ms_step){.kind = S_DEAR, .slot2 = (uint16_t)i, .cond = root};
        else
            add_tree(v, p, root, &n_children);
        bool alone = !v->n_groups || r->group < 0;
        p->verdicts[i] = (ms_verdict){.step = p->n_steps - 1,
                                      .points = alone ? r->points : 0,
                                      .label = r->label < 0 ? 0 : (uint64_t)1 << r->label};
        if (!r->outcome) {
            p->n_scoring = i + 1;
            p->scoring_steps = p->n_steps;
        }
    }
    return make_tallies(v, arena, p);
}

/* ---- running it -------------------------------------------------------------------------------
 */

static inline uint32_t compare(int64_t x, uint32_t bits, int64_t y)
{
    return bits >> (1 + (x > y) - (x < y)) & 1;
}

/* 0 no, 1 yes, 2 unknown. */
static inline uint32_t if_known(uint32_t yes, uint32_t known)
{
    return (yes & known) | (known ^ 1) << 1;
}

static inline uint32_t known(const ms_slot *slot)
{
    return slot->state == MS_SLOT_VALID;
}

static inline uint32_t group(const ms_program *p, const ms_step *s, const uint8_t *truth)
{
    uint32_t yes = 0, unknown = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t t = truth[p->children[s->first + i]];
        yes += t & 1;
        unknown += t >> 1;
    }
    switch ((step_kind)s->kind) {
    case S_ALL: return (uint32_t)(yes + unknown == s->n) << (unknown > 0);
    case S_ANY: return yes > 0 ? MS_YES : (uint32_t)(unknown > 0) << 1;
    case S_NONE: return (uint32_t)(yes == 0) << (unknown > 0);
    default: return yes >= s->a ? MS_YES : (uint32_t)(yes + unknown >= s->a) << 1;
    }
}

static inline uint32_t judge_step(ms_run *run, const ms_program *p, const ms_step *s,
                                  const uint8_t *truth)
{
    const ms_slot *items = run->judge->items, *slot = &items[s->slot];
    const ms_decision *d = run->decision;
    switch ((step_kind)s->kind) {
    case S_NUMBER: return if_known(compare(slot->number, s->bits, s->a), known(slot));
    case S_AGE:
        return if_known(compare(run->judge->slots.today - slot->number, s->bits, s->a),
                        known(slot));
    case S_AGE_OF:
        return if_known(compare(run->judge->slots.today - ms_day_of(slot->number), s->bits, s->a),
                        known(slot));
    case S_SLOTS:
        return if_known(compare(slot->number, s->bits, items[s->slot2].number),
                        known(slot) & known(&items[s->slot2]));
    case S_ONE_OF: return if_known(s->mask >> (slot->number & 63) & 1, known(slot));
    case S_CONTAINS: return if_known((slot->mask & s->mask) == s->mask, known(slot));
    case S_CONTAINS_ANY: return if_known((slot->mask & s->mask) != 0, known(slot));
    case S_FIND: return if_known(ms_text_has(slot, s->cond), known(slot));
    case S_TEXT: return if_known(ms_text_is(slot, s->cond), known(slot));
    case S_KNOWN: return s->bits >> (known(slot) ^ 1) & 1;
    case S_SCORE: return compare(d->points, s->bits, s->a);
    case S_ERRORS: return s->bits >> (d->n_errors > 0) & 1;
    case S_COPY: return truth[s->a];
    case S_DEAR: return ms_condition_truth(run, s->cond);
    default: return group(p, s, truth);
    }
}

/* A dear condition that asks an earlier rule, while the program runs. */
static ms_truth truth_so_far(const ms_run *run, uint32_t rule)
{
    const ms_program *p = &ms_sealed_of(run->vertical)->program;
    return (ms_truth)run->judge->truth[p->verdicts[rule].step];
}

static ms_status run_steps(ms_run *run, const ms_program *p, uint32_t from, uint32_t to,
                           uint32_t *failed)
{
    uint8_t *truth = run->judge->truth;
    for (uint32_t i = from; i < to; i++) {
        truth[i] = (uint8_t)judge_step(run, p, &p->steps[i], truth);
        if (p->steps[i].kind == S_DEAR && run->status) {
            *failed = p->steps[i].slot2;
            return run->status;
        }
    }
    return MS_OK;
}

static int64_t add_up(const ms_program *p, const uint8_t *truth, uint32_t from, uint32_t to,
                      ms_decision *d)
{
    int64_t points = 0;
    for (uint32_t i = from; i < to; i++) {
        const ms_verdict *v = &p->verdicts[i];
        uint64_t t = truth[v->step], yes = t & 1;
        d->fired.word[i / 64] |= yes << (i % 64);
        d->unknown.word[i / 64] |= (t >> 1) << (i % 64);
        d->labels |= v->label & -yes;
        points += v->points & -(int64_t)yes;
    }
    return points;
}

static int64_t clamp(int64_t x, int64_t min, int64_t max)
{
    return x < min ? min : x > max ? max : x;
}

static int64_t tally_up(const ms_tally *t, const uint8_t *truth)
{
    int64_t sum = 0, highest = INT64_MIN;
    uint64_t any = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        uint64_t yes = truth[t->members[i].step] & 1;
        int64_t points = t->members[i].points, fired = yes ? points : INT64_MIN;
        sum += points & -(int64_t)yes;
        highest = fired > highest ? fired : highest;
        any |= yes;
    }
    return clamp(t->highest && any ? highest : sum, t->min, t->max);
}

ms_status ms_program_run(ms_judge *j, const ms_vertical *v, ms_decision *d, uint32_t *failed,
                         ms_error *err)
{
    const ms_program *p = &ms_sealed_of(v)->program;
    ms_run run = {
        .judge = j, .vertical = v, .decision = d, .truth_of_rule = truth_so_far, .err = err};
    if (run_steps(&run, p, 0, p->scoring_steps, failed))
        return run.status;
    int64_t points = add_up(p, j->truth, 0, p->n_scoring, d);
    for (uint32_t i = 0; i < p->n_tallies; i++)
        points += tally_up(&p->tallies[i], j->truth);
    d->sum = (int32_t)clamp(points, INT32_MIN, INT32_MAX);
    d->points = (int32_t)clamp(points, v->score_min, v->score_max);
    if (run_steps(&run, p, p->scoring_steps, p->n_steps, failed))
        return run.status;
    add_up(p, j->truth, p->n_scoring, v->n_rules, d);
    return MS_OK;
}

const uint8_t *ms_program_truths(const ms_judge *j, const ms_vertical *v, uint32_t rule)
{
    const ms_program *p = &ms_sealed_of(v)->program;
    uint32_t step = p->verdicts[rule].step;
    return p->steps[step].kind == S_DEAR ? NULL : &j->truth[step];
}
