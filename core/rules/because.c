/*
 * Why a condition is yes, no or unknown for this contact: only the parts that made it so, each with
 * the value it saw, written as the statement that is true ("follower_count = 900 < 10000").
 */
#include "rules/inside.h"

/* ---- unknown: which attributes are missing -------------------------------------------------- */

typedef struct gaps {
    bool slot[MS_MAX_SLOTS]; /* not valid and asked for */
    ms_buf other;            /* what is unknown for another reason */
} gaps;

static void add_other(gaps *g, const char *text, ms_str name)
{
    if (g->other.n)
        ms_buf_z(&g->other, ", ");
    ms_buf_str(&g->other, name);
    ms_buf_z(&g->other, text);
}

/* Of a computed number what it is made of is missing, or else it has no value for these inputs. */
static bool slot_gaps(const ms_run *run, uint32_t slot, gaps *g)
{
    const ms_vertical *v = run->vertical;
    if (run->judge->items[slot].state == MS_SLOT_VALID)
        return false;
    bool seen = g->slot[slot];
    g->slot[slot] = true;
    if (slot < v->n_attributes || seen || ms_vertical_fact(v, slot))
        return true;
    const ms_computed *c = &v->computed[slot - v->n_attributes];
    bool found = slot_gaps(run, c->slot, g);
    if (c->formula == MS_F_PER)
        found |= slot_gaps(run, c->slot2, g);
    if (!found)
        add_other(g, " has no value", v->attributes[slot].name);
    return true;
}

static void leaf_gaps(const ms_run *run, const ms_cond *c, gaps *g)
{
    const ms_vertical *v = run->vertical;
    bool found = false;
    if (c->op == MS_C_FIRED) {
        add_other(g, " is unknown", v->rules[c->a].id);
    } else if (c->op == MS_C_CUSTOM) {
        const ms_custom *fn = &v->customs[c->a];
        for (uint32_t i = 0; i < fn->n_reads; i++)
            found |= slot_gaps(run, fn->reads[i], g);
        if (!found)
            add_other(g, ": the function does not say", fn->says);
    } else {
        found = slot_gaps(run, c->slot, g);
        if (c->op == MS_C_COMPARE_SLOTS)
            found |= slot_gaps(run, c->slot2, g);
        if (!found)
            add_other(g, " took too long to match", v->attributes[c->slot].name);
    }
}

static void find_gaps(ms_run *run, const ms_cond *c, gaps *g)
{
    if (ms_condition_truth(run, c) != MS_UNKNOWN)
        return;
    if (c->op > MS_C_AT_LEAST) {
        leaf_gaps(run, c, g);
        return;
    }
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size)
        find_gaps(run, child, g);
}

static void add_gaps(const ms_run *run, const gaps *g, ms_slot_state state, const char *word,
                     ms_buf *buf, const char **between)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ms_vertical_slots(run->vertical); i++) {
        if (i >= run->vertical->n_attributes && !ms_vertical_fact(run->vertical, i))
            continue; /* computed: what it is made of is named */
        if (!g->slot[i] || run->judge->items[i].state != state)
            continue;
        ms_buf_z(buf, n++ ? ", " : *between);
        ms_buf_str(buf, run->vertical->attributes[i].name);
    }
    if (n) {
        ms_buf_z(buf, word);
        *between = "; ";
    }
}

static void because_unknown(ms_run *run, const ms_cond *c, ms_buf *buf)
{
    gaps g = {0};
    const char *between = "";
    find_gaps(run, c, &g);
    add_gaps(run, &g, MS_SLOT_ABSENT, " missing", buf, &between);
    add_gaps(run, &g, MS_SLOT_INVALID, " not valid", buf, &between);
    if (g.other.n) {
        ms_buf_z(buf, between);
        ms_buf_str(buf, ms_buf_view(&g.other));
    }
    ms_buf_free(&g.other);
}

/* ---- yes and no ----------------------------------------------------------------------------- */

static void add_valued(const ms_run *run, uint32_t slot, ms_buf *buf)
{
    ms_buf_str(buf, run->vertical->attributes[slot].name);
    ms_buf_z(buf, " = ");
    ms_words_value(&run->judge->slots, slot, buf);
}

/* " ≥ " with its right side follows; equality that holds has been said by the value. */
static bool add_symbol(const ms_cond *c, ms_truth truth, ms_buf *buf)
{
    ms_cmp cmp = truth == MS_YES ? c->cmp : ms_words_opposite(c->cmp);
    if (cmp == MS_EQ)
        return false;
    ms_buf_format(buf, " %s ", ms_words_symbol(cmp));
    return true;
}

static void because_compare(const ms_run *run, const ms_cond *c, ms_truth truth, ms_buf *buf)
{
    add_valued(run, c->slot, buf);
    if (c->op == MS_C_COMPARE_SLOTS) {
        if (!add_symbol(c, truth, buf))
            ms_buf_z(buf, " = ");
        add_valued(run, c->slot2, buf);
    } else if (add_symbol(c, truth, buf)) {
        ms_words_literal(&run->vertical->attributes[c->slot], c->a, buf);
    }
}

static void because_age(const ms_run *run, const ms_cond *c, ms_buf *buf)
{
    int64_t age = run->judge->slots.today - run->judge->items[c->slot].number;
    add_valued(run, c->slot, buf);
    if (age < 0)
        ms_buf_format(buf, ", %lld days ahead", (long long)-age);
    else
        ms_buf_format(buf, ", %lld days ago %s %lld", (long long)age, age <= c->a ? "≤" : ">",
                      (long long)c->a);
}

static void because_there(const ms_run *run, const ms_cond *c, ms_buf *buf)
{
    ms_slot_state state = run->judge->items[c->slot].state;
    if (state == MS_SLOT_VALID) {
        add_valued(run, c->slot, buf);
        return;
    }
    ms_buf_str(buf, run->vertical->attributes[c->slot].name);
    ms_buf_z(buf, state == MS_SLOT_ABSENT ? " is missing" : " is not valid");
}

static void because_errors(const ms_run *run, ms_buf *buf)
{
    const ms_decision *d = run->decision;
    if (!d->n_errors)
        ms_buf_z(buf, "no errors");
    for (uint32_t i = 0; i < d->n_errors; i++) {
        ms_buf_z(buf, i ? ", " : "not valid: ");
        ms_buf_str(buf, run->vertical->attributes[d->errors[i]].name);
    }
}

/* Membership: the value, and for "no" what it is not. */
static void because_member(const ms_run *run, const ms_cond *c, ms_truth truth, ms_buf *buf)
{
    const ms_attribute *a = &run->vertical->attributes[c->slot];
    add_valued(run, c->slot, buf);
    if (truth == MS_YES)
        return;
    switch ((ms_cond_op)c->op) {
    case MS_C_ONE_OF:
        ms_buf_z(buf, ", not ");
        ms_words_choices(a, c->mask, " or ", buf);
        break;
    case MS_C_CONTAINS:
        ms_buf_z(buf, " without ");
        ms_words_choices(a, c->mask & ~run->judge->items[c->slot].mask, " and ", buf);
        break;
    default:
        ms_buf_z(buf, c->op == MS_C_MATCHES ? " does not match " : ", not ");
        ms_words_texts(c, buf);
        break;
    }
}

static void because_leaf(ms_run *run, const ms_cond *c, ms_truth truth, ms_buf *buf)
{
    const ms_vertical *v = run->vertical;
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
    case MS_C_COMPARE_SLOTS: because_compare(run, c, truth, buf); break;
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS: because_age(run, c, buf); break;
    case MS_C_PRESENT:
    case MS_C_MISSING: because_there(run, c, buf); break;
    case MS_C_ERRORS: because_errors(run, buf); break;
    case MS_C_SCORE:
        ms_buf_format(buf, "score %d", run->decision->points);
        if (add_symbol(c, truth, buf))
            ms_buf_int(buf, c->a);
        break;
    case MS_C_COUNT:
        ms_buf_format(buf, MS_FMT " has %lld", MS_ARG(v->attributes[c->slot].name),
                      (long long)run->judge->items[c->slot].number);
        if (add_symbol(c, truth, buf))
            ms_buf_int(buf, c->a);
        break;
    case MS_C_FIRED:
        ms_buf_format(buf, MS_FMT " %s", MS_ARG(v->rules[c->a].id),
                      truth == MS_YES ? "fired" : "did not fire");
        break;
    case MS_C_CUSTOM:
        if (truth == MS_NO)
            ms_buf_z(buf, "not: ");
        ms_condition_words(v, (uint32_t)(c - v->conditions), buf);
        break;
    default: because_member(run, c, truth, buf); break;
    }
}

void ms_because(ms_run *run, const ms_cond *c, ms_truth truth, ms_buf *buf)
{
    if (truth == MS_UNKNOWN) {
        because_unknown(run, c, buf);
        return;
    }
    if (c->op > MS_C_AT_LEAST) {
        because_leaf(run, c, truth, buf);
        return;
    }
    if (!c->n_children)
        ms_buf_z(buf, "nothing is asked");
    ms_truth shown = c->op != MS_C_NONE ? truth : truth == MS_YES ? MS_NO : MS_YES;
    bool first = true;
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        if (ms_condition_truth(run, child) != shown)
            continue;
        if (!first)
            ms_buf_z(buf, ", ");
        ms_because(run, child, shown, buf);
        first = false;
    }
}
