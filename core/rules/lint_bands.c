/* Rules on one attribute: which values count twice, and which between them for nobody. */
#include "rules/lint.h"

typedef enum measure { M_VALUE, M_AGE, M_CHOICE } measure;

/* A rule that asks for nothing but a range, or some choices, of one attribute. */
typedef struct band {
    uint32_t rule;
    uint16_t slot;
    measure measure;
    int64_t low, high;
    uint64_t mask;
} band;

static bool add_leaf(band *b, const ms_cond *c, bool first)
{
    measure m = M_VALUE;
    if (c->op == MS_C_ONE_OF)
        m = M_CHOICE;
    else if (c->op == MS_C_WITHIN_DAYS || c->op == MS_C_OLDER_DAYS)
        m = M_AGE;
    else if (c->op != MS_C_COMPARE || c->cmp == MS_NE)
        return false;
    if (!first && (c->slot != b->slot || m != b->measure))
        return false;
    b->slot = c->slot;
    b->measure = m;
    b->mask &= m == M_CHOICE ? c->mask : UINT64_MAX;
    if (m == M_VALUE)
        return ms_narrow(c->cmp, c->a, &b->low, &b->high);
    if (m == M_AGE)
        return ms_narrow(c->op == MS_C_WITHIN_DAYS ? MS_LE : MS_GT, c->a, &b->low, &b->high);
    return true;
}

static bool read_band(const ms_linting *l, uint32_t rule, band *b)
{
    const ms_cond *c = ms_lint_root(l->v, rule);
    const ms_rule *r = &l->v->rules[rule];
    *b = (band){.rule = rule, .low = INT64_MIN, .high = INT64_MAX, .mask = UINT64_MAX};
    if (r->outcome || !r->points || l->dead[rule] || l->doubtful[rule])
        return false;
    if (c->op != MS_C_ALL)
        return add_leaf(b, c, true);
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size)
        if (!add_leaf(b, child, i == 0))
            return false;
    return c->n_children > 0;
}

/* "budget_max 50000 to 79999", "budget_max from 50000". */
static void say_range(const ms_linting *l, const band *b, ms_buf *out)
{
    const ms_attribute *a = &l->v->attributes[b->slot];
    ms_attribute days = {.type = MS_T_INTEGER};
    const ms_attribute *unit = b->measure == M_AGE ? &days : a;
    ms_buf_format(out, MS_FMT, MS_ARG(a->name));
    if (b->measure == M_CHOICE) {
        ms_buf_char(out, ' ');
        ms_words_choices(a, b->mask, " or ", out);
        return;
    }
    if (b->low != INT64_MIN) {
        ms_buf_z(out, b->high == INT64_MAX ? " from " : " ");
        ms_words_literal(unit, b->low, out);
    }
    if (b->high != INT64_MAX && b->high != b->low) {
        ms_buf_z(out, b->low == INT64_MIN ? " up to " : " to ");
        ms_words_literal(unit, b->high, out);
    }
    if (b->measure == M_AGE)
        ms_buf_z(out, " days ago");
}

/* A group says how its rules count together. */
static bool is_meant(const ms_linting *l, uint32_t a, uint32_t b)
{
    int16_t group = l->v->rules[a].group;
    return l->v->n_groups && group >= 0 && group == l->v->rules[b].group;
}

static void check_overlap(ms_linting *l, const band *a, const band *b)
{
    char first[MS_LINT_NAME], second[MS_LINT_NAME];
    band both = *b;
    both.mask &= a->mask;
    both.low = a->low > b->low ? a->low : b->low;
    both.high = a->high < b->high ? a->high : b->high;
    if (a->slot != b->slot || a->measure != b->measure || both.low > both.high || !both.mask ||
        is_meant(l, a->rule, b->rule))
        return;
    ms_buf range = {0};
    say_range(l, &both, &range);
    ms_problem_say(l->list, "W201", l->v->file, l->v->rules[b->rule].line,
                   "%s and %s overlap: both count for " MS_FMT,
                   ms_lint_name(&l->v->rules[a->rule], first),
                   ms_lint_name(&l->v->rules[b->rule], second), MS_ARG(ms_buf_view(&range)));
    l->list->failed |= range.failed;
    ms_buf_free(&range);
}

/* The band that starts next above `b`, unless some band covers the value right above it. */
static const band *next_above(const band *bands, uint32_t n, const band *b)
{
    const band *next = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const band *o = &bands[i];
        if (o->slot != b->slot || o->measure != b->measure || o->high <= b->high)
            continue;
        if (o->low <= b->high + 1)
            return NULL;
        if (!next || o->low < next->low)
            next = o;
    }
    return next;
}

/* Only between rules that judge alike: between "few" with a minus and "many" with a plus there is
 * a middle on purpose. */
static void check_gap(ms_linting *l, const band *bands, uint32_t n, const band *b)
{
    char first[MS_LINT_NAME], second[MS_LINT_NAME];
    const ms_rule *rules = l->v->rules;
    if (b->measure == M_CHOICE || b->high == INT64_MAX)
        return;
    const band *next = next_above(bands, n, b);
    if (!next || (rules[b->rule].points < 0) != (rules[next->rule].points < 0))
        return;
    band gap = {.slot = b->slot, .measure = b->measure, .low = b->high + 1, .high = next->low - 1};
    const band *later = rules[b->rule].line > rules[next->rule].line ? b : next;
    ms_buf range = {0};
    say_range(l, &gap, &range);
    ms_problem_say(l->list, "W202", l->v->file, rules[later->rule].line,
                   "neither %s nor %s counts for " MS_FMT, ms_lint_name(&rules[b->rule], first),
                   ms_lint_name(&rules[next->rule], second), MS_ARG(ms_buf_view(&range)));
    l->list->failed |= range.failed;
    ms_buf_free(&range);
}

void ms_lint_overlaps(ms_linting *l, bool gaps)
{
    band bands[MS_MAX_RULES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->v->n_rules; i++)
        n += read_band(l, i, &bands[n]);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = i + 1; k < n; k++)
            check_overlap(l, &bands[i], &bands[k]);
        if (gaps)
            check_gap(l, bands, n, &bands[i]);
    }
}
