/* What one attribute does, in words: "budget_max < 50000 or missing". */
#include "rules/trial.h"

enum { MOST_NAMED = 6 };

typedef struct saying {
    const ms_vertical *v;
    const ms_attribute *a;
    const ms_way *way;
    const ms_trial *all; /* tried with this attribute, with or without the effect */
    uint32_t n_all;
    ms_buf *out;
    bool begun; /* something has been said */
} saying;

/* Before each thing that is said: the name once, then "or". */
static void begin(saying *s, const char *what)
{
    ms_buf_z(s->out, s->begun ? " or " : " ");
    ms_buf_z(s->out, what);
    s->begun = true;
}

static uint32_t count(const saying *s, ms_trial_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->way->n_trials; i++)
        n += s->way->trials[i]->kind == kind;
    return n;
}

static void say_list(saying *s, uint64_t mask)
{
    ms_buf_char(s->out, '[');
    ms_words_choices(s->a, mask, ", ", s->out);
    ms_buf_char(s->out, ']');
}

/* "= a or b or 3 more", of the trials of one kind. */
static void list(saying *s, ms_trial_kind kind, const char *what)
{
    uint32_t n = count(s, kind), said = 0;
    for (uint32_t i = 0; i < s->way->n_trials; i++) {
        const ms_trial *trial = s->way->trials[i];
        if (trial->kind != kind)
            continue;
        if (n > MOST_NAMED + 1 && said == MOST_NAMED)
            break;
        begin(s, said++ ? "" : what);
        if (kind == MS_TRY_TEXT)
            ms_buf_str(s->out, trial->json);
        else if (kind == MS_TRY_LIST)
            say_list(s, (uint64_t)trial->low);
        else if (s->a->type == MS_T_BOOLEAN)
            ms_buf_z(s->out, trial->low ? "true" : "false");
        else
            ms_buf_str(s->out, s->a->choices[trial->low]);
    }
    if (said < n)
        ms_buf_format(s->out, " or %u more", n - said);
}

/* ---- numbers -------------------------------------------------------------------------------- */

typedef struct span {
    int64_t low, high;
} span;

static void literal(saying *s, int64_t x)
{
    ms_words_literal(s->a, x, s->out);
}

static size_t length(const saying *s, int64_t x)
{
    ms_buf text = {0};
    ms_words_literal(s->a, x, &text);
    size_t n = text.n;
    ms_buf_free(&text);
    return n;
}

/* x < 50000 rather than x ≤ 49999, but x ≤ 2.5 rather than x < 2.500001. */
static void bound(saying *s, int64_t at, bool below)
{
    int64_t beyond = below ? at + 1 : at - 1;
    bool fine = s->a->type == MS_T_MONEY || s->a->type == MS_T_NUMBER || s->a->type == MS_T_TIME;
    bool closed = below ? fine && length(s, at) <= length(s, beyond)
                        : !fine || length(s, at) <= length(s, beyond);
    begin(s, closed ? below ? "≤ " : "≥ " : below ? "< " : "> ");
    literal(s, closed ? at : beyond);
}

static void say_span(saying *s, span x, int64_t min, int64_t max, bool after_one)
{
    if (x.low == x.high) {
        begin(s, after_one ? "" : "= ");
        literal(s, x.low);
    } else if (x.low == min && x.high == max) {
        begin(s, "= any valid value");
    } else if (x.low == min) {
        bound(s, x.high, true);
    } else if (x.high == max) {
        bound(s, x.low, false);
    } else {
        begin(s, "from ");
        literal(s, x.low);
        ms_buf_z(s->out, " to ");
        literal(s, x.high);
    }
}

static uint32_t spans_of(const saying *s, span *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->way->n_trials; i++) { /* they come in order */
        const ms_trial *trial = s->way->trials[i];
        if (trial->kind != MS_TRY_NUMBER)
            continue;
        if (n && out[n - 1].high + 1 == trial->low)
            out[n - 1].high = trial->high;
        else
            out[n++] = (span){trial->low, trial->high};
    }
    return n;
}

/* Only these were judged: a function asks for the attribute, and may say anything in between. */
static bool is_sample(const saying *s)
{
    for (uint32_t i = 0; i < s->way->n_trials; i++)
        if (s->way->trials[i]->kind == MS_TRY_NUMBER && s->way->trials[i]->sample)
            return true;
    return false;
}

static void numbers(saying *s)
{
    span spans[MS_MOST_BORDERS * 3 + 3];
    int64_t min, max;
    uint32_t n = spans_of(s, spans);
    ms_trial_bounds(s->a, &min, &max);
    if (n == 2 && spans[0].low == min && spans[1].high == max &&
        spans[0].high + 2 == spans[1].low) {
        begin(s, "≠ ");
        literal(s, spans[0].high + 1);
        return;
    }
    for (uint32_t i = 0; i < n && (i < MOST_NAMED || n <= MOST_NAMED + 1); i++)
        say_span(s, spans[i], min, max, i && spans[i - 1].low == spans[i - 1].high);
    if (n > MOST_NAMED + 1)
        ms_buf_format(s->out, " or %u more", n - MOST_NAMED);
    if (n && is_sample(s))
        ms_buf_z(s->out, " (among others)");
}

/* ---- choices and texts ---------------------------------------------------------------------- */

static bool is_in(const ms_way *way, const ms_trial *trial)
{
    for (uint32_t i = 0; i < way->n_trials; i++)
        if (way->trials[i] == trial)
            return true;
    return false;
}

/* Three or more of four are said by the one that is left. */
static void choices(saying *s)
{
    uint32_t n = count(s, MS_TRY_CHOICE), of = s->a->type == MS_T_BOOLEAN ? 2 : s->a->n_choices;
    if (n == of && n) {
        begin(s, "= any valid value");
        return;
    }
    if (n < 3 || n + 1 < of) {
        list(s, MS_TRY_CHOICE, "= ");
        return;
    }
    uint64_t left = of < 64 ? ((uint64_t)1 << of) - 1 : UINT64_MAX;
    for (uint32_t i = 0; i < s->way->n_trials; i++)
        if (s->way->trials[i]->kind == MS_TRY_CHOICE)
            left &= ~((uint64_t)1 << s->way->trials[i]->low);
    begin(s, "other than ");
    ms_buf_str(s->out, s->a->choices[__builtin_ctzll(left)]);
}

static bool is_searched(const saying *s)
{
    for (uint32_t i = 0; i < s->v->n_conditions; i++) {
        const ms_cond *c = &s->v->conditions[i];
        if (ms_words_finds(c->op) && &s->v->attributes[c->slot] == s->a)
            return true;
    }
    return false;
}

/* Texts of which none was looked for, and of those that were, the ones without the effect. */
static void other_texts(saying *s)
{
    uint32_t n = 0;
    if (is_searched(s)) {
        begin(s, "= other text");
        list(s, MS_TRY_TEXT, "= ");
        return;
    }
    for (uint32_t i = 0; i < s->n_all; i++) {
        if (s->all[i].kind != MS_TRY_TEXT || is_in(s->way, &s->all[i]))
            continue;
        if (n++)
            ms_buf_z(s->out, " and ");
        else
            begin(s, "other than ");
        ms_buf_str(s->out, s->all[i].json);
    }
    if (!n)
        begin(s, "= any valid value");
}

/* One more or one less says most; another list is an example only where these say nothing. */
static void lists(saying *s)
{
    list(s, MS_TRY_ADD, "with ");
    list(s, MS_TRY_DROP, "without ");
    if (!s->begun)
        list(s, MS_TRY_LIST, "= ");
}

static ms_str name_of(const saying *s)
{
    const ms_vertical *v = s->v;
    if (!count(s, MS_TRY_NUMBER) || !ms_is_text_type(s->a->type))
        return s->a->name;
    for (uint32_t i = 0; i < v->n_computed; i++)
        if (v->computed[i].formula == MS_F_LAST_NUMBER && v->computed[i].slot == s->way->slot)
            return v->attributes[v->n_attributes + i].name;
    return s->a->name;
}

void ms_way_words(const ms_vertical *v, const ms_way *way, const ms_trial *all, uint32_t n_all,
                  ms_buf *out)
{
    saying s = {v, &v->attributes[way->slot], way, all, n_all, out, false};
    ms_buf_str(out, name_of(&s));
    numbers(&s);
    if (count(&s, MS_TRY_CHOICE))
        choices(&s);
    if (count(&s, MS_TRY_OTHER))
        other_texts(&s);
    else
        list(&s, MS_TRY_TEXT, "= ");
    lists(&s);
    if (count(&s, MS_TRY_MISSING))
        begin(&s, "missing");
}

void ms_effects_text(const ms_effects *effects, const ms_vertical *v, ms_buf *out)
{
    for (uint32_t i = 0; i < effects->n; i++) {
        const ms_effect *e = &effects->items[i];
        if (e->kind == MS_BECOMES)
            ms_buf_format(out, MS_FMT " becomes " MS_FMT, MS_ARG(v->status.attribute),
                          MS_ARG(e->name));
        else
            ms_buf_format(out, "%s " MS_FMT, e->kind == MS_LOSES ? "loses" : "gains",
                          MS_ARG(e->name));
        ms_buf_z(out, " if: ");
        for (uint32_t k = 0; k < e->n_ways; k++) {
            ms_buf_z(out, k ? ", " : "");
            ms_buf_str(out, e->ways[k].words);
        }
        ms_buf_char(out, '\n');
    }
    if (effects->cut)
        ms_buf_z(out, "there is more to try than is tried: this may not be all\n");
}
