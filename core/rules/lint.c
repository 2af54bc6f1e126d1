/* What is probably not meant, though it can be judged. */
#include "rules/possible.h"
#include "rules/problems.h"
#include "rules/words.h"

typedef struct lint {
    const ms_vertical *v;
    ms_problems *list;
    bool dead[MS_MAX_RULES];
} lint;

static const ms_cond *root_of(const ms_vertical *v, uint32_t rule)
{
    return &v->conditions[v->rules[rule].condition];
}

static const ms_cond *root_of_case(const ms_vertical *v, const ms_status_case *c)
{
    return c->rule == MS_NO_RULE ? &v->conditions[c->condition] : root_of(v, c->rule);
}

/* "R01 (budget-80k)" into a buffer of the caller. */
enum { NAME_TEXT = 160 };
static const char *name_of(const ms_rule *r, char out[NAME_TEXT])
{
    if (r->name.n)
        snprintf(out, NAME_TEXT, MS_FMT " (" MS_FMT ")", MS_ARG(r->id), MS_ARG(r->name));
    else
        snprintf(out, NAME_TEXT, MS_FMT, MS_ARG(r->id));
    return out;
}

/* ---- rules and status values that nobody reaches -------------------------------------------- */

static void find_dead(lint *l)
{
    char name[NAME_TEXT];
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        const ms_rule *r = &l->v->rules[i];
        const ms_goal goal = {root_of(l->v, i), 1, MS_WANT_YES, NULL};
        l->dead[i] = !ms_possible(l->v, &goal);
        if (!l->dead[i])
            continue;
        ms_buf words = {0};
        ms_condition_words(l->v, r->condition, &words);
        ms_problem_say(l->list, "W203", l->v->file, r->line, "%s can never be yes: " MS_FMT,
                       name_of(r, name), MS_ARG(ms_buf_view(&words)));
        ms_buf_free(&words);
    }
}

static const char *why_unreached(const lint *l, const ms_status_case *c)
{
    const ms_goal alone = {root_of_case(l->v, c), 1, MS_WANT_YES, NULL};
    if (ms_possible(l->v, &alone))
        return "an earlier case is always chosen before";
    return c->rule == MS_NO_RULE ? "its condition can never be yes" : "its rule can never be yes";
}

static void find_unreached_cases(lint *l)
{
    const ms_status_plan *s = &l->v->status;
    ms_goal goals[MS_MAX_RULES];
    for (uint32_t i = 0; i < s->n_cases && i < MS_MAX_RULES; i++) {
        const ms_status_case *c = &s->cases[i];
        goals[i] = (ms_goal){root_of_case(l->v, c), 1, MS_WANT_YES, i ? &goals[i - 1] : NULL};
        if (!ms_possible(l->v, &goals[i]))
            ms_problem_say(l->list, "W204", l->v->file, c->line,
                           MS_FMT " \"" MS_FMT "\" is never reached: %s", MS_ARG(s->attribute),
                           MS_ARG(c->value), why_unreached(l, c));
        goals[i].want = MS_WANT_NOT_YES; /* for those behind it */
    }
}

/* ---- rules on one attribute: overlaps and gaps ---------------------------------------------- */

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

static bool read_band(const lint *l, uint32_t rule, band *b)
{
    const ms_cond *c = root_of(l->v, rule);
    const ms_rule *r = &l->v->rules[rule];
    *b = (band){.rule = rule, .low = INT64_MIN, .high = INT64_MAX, .mask = UINT64_MAX};
    if (r->outcome || !r->points || l->dead[rule])
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
static void say_range(const lint *l, const band *b, ms_buf *out)
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

static void check_overlap(lint *l, const band *a, const band *b)
{
    char first[NAME_TEXT], second[NAME_TEXT];
    band both = *b;
    both.mask &= a->mask;
    both.low = a->low > b->low ? a->low : b->low;
    both.high = a->high < b->high ? a->high : b->high;
    if (a->slot != b->slot || a->measure != b->measure || both.low > both.high || !both.mask)
        return;
    ms_buf range = {0};
    say_range(l, &both, &range);
    ms_problem_say(l->list, "W201", l->v->file, l->v->rules[b->rule].line,
                   "%s and %s overlap: both count for " MS_FMT,
                   name_of(&l->v->rules[a->rule], first), name_of(&l->v->rules[b->rule], second),
                   MS_ARG(ms_buf_view(&range)));
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
static void check_gap(lint *l, const band *bands, uint32_t n, const band *b)
{
    char first[NAME_TEXT], second[NAME_TEXT];
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
                   "neither %s nor %s counts for " MS_FMT, name_of(&rules[b->rule], first),
                   name_of(&rules[next->rule], second), MS_ARG(ms_buf_view(&range)));
    ms_buf_free(&range);
}

static void compare_bands(lint *l)
{
    band bands[MS_MAX_RULES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->v->n_rules; i++)
        n += read_band(l, i, &bands[n]);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = i + 1; k < n; k++)
            check_overlap(l, &bands[i], &bands[k]);
        check_gap(l, bands, n, &bands[i]);
    }
}

/* ---- what is declared and not used ---------------------------------------------------------- */

static bool is_asked_for(const ms_vertical *v, uint32_t rule)
{
    for (uint32_t i = 0; i < v->n_conditions; i++)
        if (v->conditions[i].op == MS_C_FIRED && v->conditions[i].a == rule)
            return true;
    for (uint32_t i = 0; i < v->n_derived; i++)
        if (v->derived[i].kind == MS_D_RULE && v->derived[i].rule == rule)
            return true;
    for (uint32_t i = 0; i < v->status.n_cases; i++)
        if (v->status.cases[i].rule == rule)
            return true;
    return false;
}

static void find_useless(lint *l)
{
    const ms_vertical *v = l->v;
    char name[NAME_TEXT];
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (!r->points && r->label < 0 && !is_asked_for(v, i))
            ms_problem_say(l->list, "W206", v->file, r->line,
                           "%s changes nothing: no points, no label, and nothing asks for it",
                           name_of(r, name));
        if (!r->name.n)
            ms_problem_say(l->list, "W301", v->file, r->line, "%s has no name for people",
                           name_of(r, name));
    }
    for (uint32_t i = 0; i < v->n_labels; i++)
        if (!v->labels[i].owned)
            ms_problem_say(l->list, "W205", v->file, v->labels[i].line,
                           "label \"" MS_FMT "\" is listed but no rule gives it",
                           MS_ARG(v->labels[i].title));
    for (uint32_t i = 0; i < v->n_attributes; i++)
        if (!v->attributes[i].says.n)
            ms_problem_say(l->list, "W302", v->file, v->attributes[i].line,
                           "attribute \"" MS_FMT "\" does not say what it means",
                           MS_ARG(v->attributes[i].name));
}

void ms_lint(const ms_vertical *vertical, ms_problems *list)
{
    lint l = {.v = vertical, .list = list};
    find_dead(&l);
    find_unreached_cases(&l);
    compare_bands(&l);
    find_useless(&l);
}
