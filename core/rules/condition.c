/*
 * One condition, walked from its root and no further than needed. Logic is Kleene's: what is
 * missing or invalid makes a comparison unknown, and unknown stays so unless the rest decides.
 * Explanations ask this; rules run as a program (program.c), which comes here only for conditions
 * that are dear: functions of the script, and patterns.
 */
#include "rules/inside.h"

static inline ms_truth truth(bool yes)
{
    return yes ? MS_YES : MS_NO;
}

static ms_truth all(ms_run *run, const ms_cond *c)
{
    ms_truth answer = MS_YES;
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        ms_truth t = ms_condition_truth(run, child);
        if (t == MS_NO)
            return MS_NO;
        if (t == MS_UNKNOWN)
            answer = MS_UNKNOWN;
    }
    return answer;
}

/* `found` is the answer when some child is yes: any and none are each other's mirror. */
static ms_truth any(ms_run *run, const ms_cond *c, ms_truth found)
{
    ms_truth answer = found == MS_YES ? MS_NO : MS_YES;
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children; i++, child += child->size) {
        ms_truth t = ms_condition_truth(run, child);
        if (t == MS_YES)
            return found;
        if (t == MS_UNKNOWN)
            answer = MS_UNKNOWN;
    }
    return answer;
}

static ms_truth at_least(ms_run *run, const ms_cond *c)
{
    int64_t yes = 0, unknown = 0;
    const ms_cond *child = c + 1;
    for (uint32_t i = 0; i < c->n_children && yes < c->a; i++, child += child->size) {
        ms_truth t = ms_condition_truth(run, child);
        yes += t == MS_YES;
        unknown += t == MS_UNKNOWN;
    }
    return yes >= c->a ? MS_YES : yes + unknown >= c->a ? MS_UNKNOWN : MS_NO;
}

bool ms_text_is(const ms_slot *slot, const ms_cond *c)
{
    for (uint32_t i = 0; slot->text.p && i < c->n_texts; i++)
        if (ms_same(slot->text, c->texts[i]))
            return true;
    return false;
}

/* A search that was given up is not known to have failed. */
static ms_truth matches(ms_judge *j, const ms_slot *slot, const ms_cond *c)
{
    bool limit = false;
    if (!slot->text.p)
        return MS_NO;
    if (ms_pattern_matches(j, c->regex, slot->text, &limit))
        return MS_YES;
    return limit ? MS_UNKNOWN : MS_NO;
}

static ms_truth custom(ms_run *run, const ms_cond *c)
{
    const ms_vertical *v = run->vertical;
    const ms_custom *fn = &v->customs[c->a];
    ms_truth answer = MS_UNKNOWN;
    if (run->status)
        return MS_UNKNOWN;
    for (uint32_t i = 0; i < fn->n_reads; i++)
        if (run->judge->items[fn->reads[i]].state != MS_SLOT_VALID)
            return MS_UNKNOWN;
    run->status =
        v->calls.condition(v->calls.script, (uint32_t)c->a, &run->judge->slots, &answer, run->err);
    return run->status ? MS_UNKNOWN : answer;
}

/* How many days ago; the future is below 0. */
static int64_t age(const ms_run *run, const ms_slot *slot, const ms_cond *c)
{
    bool moment = run->vertical->attributes[c->slot].type == MS_T_TIME;
    return run->judge->slots.today - (moment ? ms_day_of(slot->number) : slot->number);
}

/* Conditions on one valid slot. */
static ms_truth on_slot(const ms_run *run, const ms_slot *slot, const ms_cond *c)
{
    const ms_slot *other = &run->judge->items[c->slot2];
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
    case MS_C_COUNT: return truth(ms_compare(slot->number, c->cmp, c->a));
    case MS_C_COMPARE_SLOTS:
        if (other->state != MS_SLOT_VALID)
            return MS_UNKNOWN;
        return truth(ms_compare(slot->number, c->cmp, other->number));
    case MS_C_ONE_OF: return truth(c->mask >> slot->number & 1);
    case MS_C_CONTAINS: return truth((slot->mask & c->mask) == c->mask);
    case MS_C_CONTAINS_ANY: return truth((slot->mask & c->mask) != 0);
    case MS_C_TEXT_IS: return truth(ms_text_is(slot, c));
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH: return truth(ms_text_has(slot, c));
    case MS_C_MATCHES: return matches(run->judge, slot, c);
    case MS_C_WITHIN_DAYS: return truth(age(run, slot, c) <= c->a);
    case MS_C_OLDER_DAYS: return truth(age(run, slot, c) > c->a);
    default: return MS_UNKNOWN;
    }
}

ms_truth ms_condition_truth(ms_run *run, const ms_cond *c)
{
    const ms_decision *d = run->decision;
    const ms_slot *slot = &run->judge->items[c->slot];
    bool valid = slot->state == MS_SLOT_VALID;
    switch ((ms_cond_op)c->op) {
    case MS_C_ALL: return all(run, c);
    case MS_C_ANY: return any(run, c, MS_YES);
    case MS_C_NONE: return any(run, c, MS_NO);
    case MS_C_AT_LEAST: return at_least(run, c);
    case MS_C_SCORE: return truth(ms_compare(d->points, c->cmp, c->a));
    case MS_C_ERRORS: return truth((d->n_errors > 0) == (c->a != 0));
    case MS_C_FIRED: return run->truth_of_rule(run, (uint32_t)c->a);
    case MS_C_CUSTOM: return custom(run, c);
    case MS_C_PRESENT: return truth(valid);
    case MS_C_MISSING: return truth(!valid);
    default: return valid ? on_slot(run, slot, c) : MS_UNKNOWN;
    }
}
