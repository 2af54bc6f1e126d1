/* Choices, booleans, lists and texts: each value that the vertical names, and one that it does not.
 */
#include "rules/trial.h"

/* ---- choices and lists ---------------------------------------------------------------------- */

static void try_choices(ms_attempt *t)
{
    const ms_str *quoted = ms_sealed_of(t->v)->choice_json[t->slot];
    for (uint32_t i = 0; i < t->v->attributes[t->slot].n_choices; i++)
        ms_try_keep(t, MS_TRY_CHOICE, i, i, quoted[i]);
}

static ms_str list_json(ms_attempt *t, uint64_t mask)
{
    const ms_str *quoted = ms_sealed_of(t->v)->choice_json[t->slot];
    t->text.n = 0;
    ms_buf_char(&t->text, '[');
    for (uint64_t left = mask; left; left &= left - 1) {
        if (left != mask)
            ms_buf_char(&t->text, ',');
        ms_buf_str(&t->text, quoted[__builtin_ctzll(left)]);
    }
    ms_buf_char(&t->text, ']');
    ms_str json = t->text.failed ? MS_NONE : ms_arena_dup(t->arena, ms_buf_view(&t->text));
    t->failed |= !json.p;
    return json;
}

static uint64_t now_listed(const ms_attempt *t)
{
    const ms_slot *slot = &t->decision->slots->items[t->slot];
    return slot->state == MS_SLOT_VALID ? slot->mask : 0;
}

/* A list that is not among those tried already; `low` keeps its choices. */
static void try_list(ms_attempt *t, uint64_t mask)
{
    uint64_t had = now_listed(t);
    bool valid = t->decision->slots->items[t->slot].state == MS_SLOT_VALID;
    if (valid && __builtin_popcountll(mask ^ had) <= 1)
        return; /* it is as it is, or one more or less */
    for (uint32_t i = t->first; i < t->n_trials; i++)
        if (t->trials[i].kind == MS_TRY_LIST && (uint64_t)t->trials[i].low == mask)
            return;
    ms_try_keep(t, MS_TRY_LIST, (int64_t)mask, (int64_t)mask, list_json(t, mask));
}

/* So many: the last ones go, or the first that are not there yet come. */
static uint64_t sized(const ms_attempt *t, int64_t n)
{
    uint64_t mask = now_listed(t);
    while (__builtin_popcountll(mask) > n)
        mask &= ~((uint64_t)1 << (63 - __builtin_clzll(mask)));
    for (uint32_t i = 0; i < t->v->attributes[t->slot].n_choices; i++)
        if (__builtin_popcountll(mask) < n)
            mask |= (uint64_t)1 << i;
    return mask;
}

static void look_at_list(ms_attempt *t, const ms_cond *c)
{
    if (c->slot != t->slot)
        return;
    if (c->op == MS_C_COUNT) {
        for (int64_t n = c->a - 1; n <= c->a + 1; n++)
            if (n >= 0 && n <= t->v->attributes[t->slot].n_choices)
                try_list(t, sized(t, n));
    } else if (c->op == MS_C_CONTAINS || c->op == MS_C_CONTAINS_ANY) {
        try_list(t, now_listed(t) | c->mask);
        try_list(t, now_listed(t) & ~c->mask);
    }
}

static void try_lists(ms_attempt *t)
{
    uint64_t had = now_listed(t);
    bool valid = t->decision->slots->items[t->slot].state == MS_SLOT_VALID;
    for (uint32_t i = 0; i < t->v->attributes[t->slot].n_choices; i++) {
        uint64_t bit = (uint64_t)1 << i;
        ms_trial_kind kind = !valid ? MS_TRY_LIST : had & bit ? MS_TRY_DROP : MS_TRY_ADD;
        int64_t at = kind == MS_TRY_LIST ? (int64_t)bit : i;
        ms_try_keep(t, kind, at, at, list_json(t, had ^ bit));
    }
    try_list(t, 0);
    ms_each_condition(t, look_at_list);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static bool is_tried(const ms_attempt *t, ms_str json)
{
    for (uint32_t i = t->first; i < t->n_trials; i++)
        if (ms_same(t->trials[i].json, json))
            return true;
    return false;
}

static void try_text(ms_attempt *t, ms_trial_kind kind, ms_str text)
{
    t->text.n = 0;
    ms_json_string(&t->text, text);
    ms_str json = t->text.failed ? MS_NONE : ms_arena_dup(t->arena, ms_buf_view(&t->text));
    t->failed |= !json.p;
    if (json.p && text.n && !is_tried(t, json))
        ms_try_keep(t, kind, 0, 0, json);
}

static void look_at_text(ms_attempt *t, const ms_cond *c)
{
    if (c->op == MS_C_CUSTOM) {
        const ms_custom *fn = &t->v->customs[c->a];
        for (uint32_t i = 0; i < fn->n_reads; i++)
            t->alike &= fn->reads[i] != t->slot;
        return;
    }
    if (!ms_words_looks_at(c) || c->slot != t->slot)
        return;
    if (c->op == MS_C_MATCHES)
        t->alike = false;
    else if (c->op == MS_C_TEXT_IS || ms_words_finds(c->op))
        for (uint32_t i = 0; i < c->n_texts; i++)
            try_text(t, MS_TRY_TEXT, c->texts[i]);
}

/* Set while no condition finds anything in the text that is tried. */
static void find_nothing(ms_attempt *t, const ms_cond *c)
{
    const ms_slot *slot = &t->judge->items[t->slot];
    if (!ms_words_looks_at(c) || c->slot != t->slot)
        return;
    if (c->op == MS_C_TEXT_IS)
        t->alike &= !ms_text_is(slot, c);
    else if (ms_words_finds(c->op))
        t->alike &= !ms_text_has(slot, c);
}

/* A text that the attribute takes and in which nothing is found stands for all such texts. */
static void try_other(ms_attempt *t)
{
    static const ms_str some[] = {MS_STR("x"),
                                  MS_STR("something else"),
                                  MS_STR("0000000000"),
                                  MS_STR("https://example.org/"),
                                  MS_STR("someone@example.org"),
                                  MS_STR("+31201234567"),
                                  MS_STR("@someone")};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        ms_decision d;
        t->text.n = 0;
        ms_json_string(&t->text, some[i]);
        ms_str json = t->text.failed ? MS_NONE : ms_arena_dup(t->arena, ms_buf_view(&t->text));
        t->alike = true;
        if (!json.p || !ms_try(t, json, &d))
            continue;
        ms_each_condition(t, find_nothing);
        if (t->alike && ms_try_keep(t, MS_TRY_OTHER, 0, 0, json))
            return;
    }
}

/* Numbers that are taken from the text. */
static bool has_last_number(const ms_attempt *t)
{
    for (uint32_t i = 0; i < t->v->n_computed; i++)
        if (t->v->computed[i].formula == MS_F_LAST_NUMBER && t->v->computed[i].slot == t->slot)
            return true;
    return false;
}

static void try_texts(ms_attempt *t)
{
    t->alike = true;
    ms_each_condition(t, look_at_text);
    if (has_last_number(t)) {
        t->last_number = true;
        ms_try_numbers(t);
        t->last_number = false;
    } else if (t->alike) {
        try_other(t);
    }
}

void ms_try_values(ms_attempt *t)
{
    switch (t->v->attributes[t->slot].type) {
    case MS_T_CHOICE: try_choices(t); break;
    case MS_T_CHOICES: try_lists(t); break;
    case MS_T_BOOLEAN:
        ms_try_keep(t, MS_TRY_CHOICE, 0, 0, MS_STR("false"));
        ms_try_keep(t, MS_TRY_CHOICE, 1, 1, MS_STR("true"));
        break;
    case MS_T_TEXT:
    case MS_T_AS_IS:
    case MS_T_URL:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_HANDLE: try_texts(t); break;
    default: ms_try_numbers(t); break;
    }
}
