/* Computed numbers: whole-number arithmetic on slots, in order, so that one may use another. */
#include "rules/inside.h"

#include "base/text.h"

enum { MOST_DIGITS = 15 };

/* a / b rounded half up, for b above 0; twice a number may need more than 64 bits. */
static int64_t round_quotient(int64_t a, int64_t b)
{
    __int128 twice = (__int128)b * 2, x = (__int128)a * 2 + b;
    return (int64_t)(x / twice - (x % twice < 0));
}

static bool last_number(ms_str s, int64_t *out)
{
    size_t end = s.n;
    while (end && !ms_is_digit(s.p[end - 1]))
        end--;
    size_t start = end;
    while (start && ms_is_digit(s.p[start - 1]))
        start--;
    if (start == end || end - start > MOST_DIGITS)
        return false;
    for (*out = 0; start < end; start++)
        *out = *out * 10 + (s.p[start] - '0');
    return true;
}

static bool compute(const ms_slot *items, const ms_computed *c, int64_t *out)
{
    const ms_slot *x = &items[c->slot], *y = &items[c->slot2];
    if (x->state != MS_SLOT_VALID)
        return false;
    switch (c->formula) {
    case MS_F_PER:
        if (y->state != MS_SLOT_VALID || y->number <= 0)
            return false;
        *out = round_quotient(x->number, y->number);
        return true;
    case MS_F_WHOLE: *out = ms_floor_div(x->number, c->by); return true;
    case MS_F_LAST_NUMBER: return last_number(x->text, out);
    }
    return false;
}

void ms_compute_all(ms_judge *j, const ms_vertical *v)
{
    for (uint32_t i = 0; i < v->n_computed; i++) {
        ms_slot *slot = &j->items[v->n_attributes + i];
        int64_t number = 0;
        *slot = (ms_slot){0};
        if (compute(j->items, &v->computed[i], &number)) {
            slot->state = MS_SLOT_VALID;
            slot->number = number;
        }
    }
}
