/*
 * Where the answers of conditions may change while one number grows: at everything that it is
 * compared with, itself or through computed numbers, and where it changes places with the other end
 * of its range.
 */
#include "rules/trial.h"

#include "base/clock.h"

#include <stdlib.h>

enum { DAY = 86400, MOST_DAYS = 1000000000 };
#define MOST_DIGITS_VALUE INT64_C(999999999999999)

void ms_trial_bounds(const ms_attribute *a, int64_t *min, int64_t *max)
{
    *min = a->min;
    *max = a->max;
    if (ms_is_text_type(a->type)) {
        *min = 0;
        *max = MOST_DIGITS_VALUE;
    } else if ((a->type == MS_T_DATE || a->type == MS_T_TIME) && !a->min && !a->max) {
        int64_t unit = a->type == MS_T_DATE ? 1 : DAY;
        *min = ms_days(1, 1, 1) * unit;
        *max = (ms_days(9999, 12, 31) + 1) * unit - 1;
    }
}

ms_via ms_via_of(const ms_attempt *t, uint32_t slot)
{
    const ms_vertical *v = t->v;
    if (slot < v->n_attributes || ms_vertical_fact(v, slot))
        return slot < v->n_attributes && ms_in_family(t, slot) ? MS_VIA_UP : MS_VIA_NONE;
    const ms_computed *c = &v->computed[slot - v->n_attributes];
    ms_via via = ms_via_of(t, c->slot);
    if (c->formula != MS_F_PER)
        return via;
    ms_via below = ms_via_of(t, c->slot2);
    if (below == MS_VIA_NONE)
        return via;
    return via == MS_VIA_NONE && below == MS_VIA_UP && c->slot2 < v->n_attributes ? MS_VIA_DOWN
                                                                                  : MS_VIA_OTHER;
}

static void add(ms_attempt *t, int64_t border)
{
    if (border < t->min || border > t->max)
        return;
    for (uint32_t i = 0; i < t->n_borders; i++)
        if (t->borders[i] == border)
            return;
    if (t->n_borders == MS_MOST_BORDERS) {
        t->cut = true;
        return;
    }
    t->borders[t->n_borders++] = border;
}

/* Of a computed slot while the attribute is `x`; false: it has no value. */
static bool number_at(ms_attempt *t, uint32_t slot, int64_t x, int64_t *out)
{
    ms_decision d;
    ms_str json = ms_trial_number(t, x);
    if (!json.p || !ms_try(t, json, &d) || d.slots->items[slot].state != MS_SLOT_VALID)
        return false;
    *out = d.slots->items[slot].number;
    return true;
}

/* Of two that may be further apart than a number can say. */
static int64_t middle_of(int64_t low, int64_t high)
{
    return low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
}

/* The x from which on the computed number is on the other side of `at`; it only ever grows, or only
 * ever shrinks. */
static void search(ms_attempt *t, uint32_t slot, ms_via via, int64_t at)
{
    int64_t low = t->min, high = t->max, first = 0, last = 0, number;
    if (via == MS_VIA_DOWN && low < 1)
        low = 1;
    if (!number_at(t, slot, low, &first) || !number_at(t, slot, high, &last) ||
        (first >= at) == (last >= at))
        return; /* the same everywhere */
    while (low + 1 < high) {
        int64_t middle = middle_of(low, high);
        bool known = number_at(t, slot, middle, &number);
        t->alike &= known;
        if (known && (number >= at) == (last >= at))
            high = middle;
        else
            low = middle;
    }
    add(t, high);
}

/* What a slot is compared with. */
static void add_at(ms_attempt *t, uint32_t slot, int64_t at)
{
    ms_via via = ms_via_of(t, slot);
    bool itself = slot < t->v->n_attributes ||
                  (t->last_number && t->v->computed[slot - t->v->n_attributes].slot == t->slot &&
                   t->v->computed[slot - t->v->n_attributes].formula == MS_F_LAST_NUMBER);
    if (via == MS_VIA_OTHER || (t->last_number && !itself)) {
        t->alike = false;
        return;
    }
    if (itself) {
        add(t, at);
        return;
    }
    if (via == MS_VIA_DOWN) /* from 1 up it has a value */
        add(t, 0);
    search(t, slot, via, at);
    if (at < INT64_MAX)
        search(t, slot, via, at + 1);
}

static void compare_slots(ms_attempt *t, const ms_cond *c)
{
    bool first = ms_via_of(t, c->slot) != MS_VIA_NONE, second = ms_via_of(t, c->slot2);
    const ms_slot *items = t->decision->slots->items;
    if (first && second) /* of one range: it is at their own values; else who knows */
        t->alike &= c->slot < t->v->n_attributes && c->slot2 < t->v->n_attributes;
    else if (first && items[c->slot2].state == MS_SLOT_VALID)
        add_at(t, c->slot, items[c->slot2].number);
    else if (second && items[c->slot].state == MS_SLOT_VALID)
        add_at(t, c->slot2, items[c->slot].number);
}

static void custom_reads(ms_attempt *t, const ms_custom *c)
{
    for (uint32_t i = 0; i < c->n_reads; i++)
        t->alike &= !ms_in_family(t, c->reads[i]);
}

static void look(ms_attempt *t, const ms_cond *c)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
        if (ms_via_of(t, c->slot))
            add_at(t, c->slot, c->a);
        break;
    case MS_C_COMPARE_SLOTS: compare_slots(t, c); break;
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS:
        if (ms_via_of(t, c->slot) && c->a < MOST_DAYS && c->a > -MOST_DAYS)
            add_at(t, c->slot,
                   t->v->attributes[c->slot].type == MS_T_TIME ? (t->today - c->a) * DAY
                                                               : t->today - c->a);
        break;
    case MS_C_PRESENT:
    case MS_C_MISSING: /* of a computed number: whether it has a value */
        if (c->slot >= t->v->n_attributes && ms_via_of(t, c->slot))
            t->alike = false;
        break;
    case MS_C_CUSTOM: custom_reads(t, &t->v->customs[c->a]); break;
    case MS_C_TEXT_IS:
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH:
    case MS_C_MATCHES: t->alike &= !ms_in_family(t, c->slot); break;
    default: break;
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void ms_find_borders(ms_attempt *t)
{
    const ms_slot *items = t->decision->slots->items;
    bool cut = t->cut;
    t->n_borders = 0;
    t->alike = true;
    t->cut = false;
    for (uint32_t i = 0; i < t->v->n_attributes && !t->last_number; i++)
        if (ms_in_family(t, i) && items[i].state == MS_SLOT_VALID)
            add(t, items[i].number);
    ms_each_condition(t, look);
    t->alike &= !t->cut; /* between two of them there may be one that was not found */
    t->cut |= cut;
    qsort(t->borders, t->n_borders, sizeof *t->borders, ascending);
}
