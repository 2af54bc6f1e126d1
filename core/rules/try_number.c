/* Numbers, dates and times: around each border, and what lies between two of them. */
#include "rules/trial.h"

/* The text with another last number; a number alone where there is no text to take. */
static void put_last_number(ms_attempt *t, int64_t number, ms_buf *out)
{
    const ms_slot *slot = &t->decision->slots->items[t->slot];
    ms_str s = slot->state == MS_SLOT_VALID && slot->text.p ? slot->text : MS_STR("1");
    size_t end = s.n, start;
    while (end && (s.p[end - 1] < '0' || s.p[end - 1] > '9'))
        end--;
    for (start = end; start && s.p[start - 1] >= '0' && s.p[start - 1] <= '9';)
        start--;
    ms_buf_add(out, s.p, start);
    ms_buf_int(out, number);
    ms_buf_add(out, s.p + end, s.n - end);
}

ms_str ms_trial_number(ms_attempt *t, int64_t number)
{
    const ms_attribute *a = &t->v->attributes[t->slot];
    bool quoted = !t->last_number && (a->type == MS_T_DATE || a->type == MS_T_TIME);
    ms_buf plain = {0};
    t->text.n = 0;
    if (t->last_number) {
        put_last_number(t, number, &plain);
        ms_json_string(&t->text, ms_buf_view(&plain));
    } else {
        if (quoted)
            ms_buf_char(&t->text, '"');
        ms_words_literal(a, number, &t->text);
        if (quoted)
            ms_buf_char(&t->text, '"');
    }
    ms_str json =
        t->text.failed || plain.failed ? MS_NONE : ms_arena_dup(t->arena, ms_buf_view(&t->text));
    t->failed |= !json.p;
    ms_buf_free(&plain);
    return json;
}

static void one(ms_attempt *t, int64_t x)
{
    if (x >= t->min && x <= t->max)
        ms_try_keep(t, MS_TRY_NUMBER, x, x, ms_trial_number(t, x));
}

/* Everything from low to high: both ends are judged, and have to agree. An end that is not valid (a
 * text that would be too long) does not speak against the other. */
static void range(ms_attempt *t, int64_t low, int64_t high)
{
    if (low > high)
        return;
    if (low == high) {
        one(t, low);
        return;
    }
    uint32_t n = t->n_trials;
    ms_try_keep(t, MS_TRY_NUMBER, low, low, ms_trial_number(t, low));
    ms_try_keep(t, MS_TRY_NUMBER, high, high, ms_trial_number(t, high));
    ms_trial *a = &t->trials[n], *b = a + 1;
    if (t->n_trials == n ||
        (t->n_trials == n + 2 && (a->labels != b->labels || !ms_same(a->status, b->status))))
        return; /* each stays as it is */
    t->n_trials = n + 1;
    a->low = low;
    a->high = high;
}

/* Bounds may be as far as numbers go: nothing is added to the last one. */
static void try_all(ms_attempt *t)
{
    int64_t next = t->min;
    for (uint32_t i = 0; i < t->n_borders; i++) {
        int64_t border = t->borders[i];
        if (border > next && t->alike)
            range(t, next, border - 1);
        else if (border > next)
            one(t, border - 1);
        one(t, border);
        if (border == t->max)
            return;
        next = border + 1;
        if (!t->alike && (i + 1 == t->n_borders || t->borders[i + 1] > next)) {
            one(t, next);
            next++;
        }
    }
    if (t->alike)
        range(t, next, t->max);
}

void ms_try_numbers(ms_attempt *t)
{
    uint32_t from = t->n_trials;
    ms_trial_bounds(&t->v->attributes[t->slot], &t->min, &t->max);
    ms_find_borders(t);
    try_all(t);
    if (t->alike)
        return;
    t->sampled = true; /* the values between were not judged */
    for (uint32_t i = from; i < t->n_trials; i++)
        t->trials[i].sample = true;
}
