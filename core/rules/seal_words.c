/* Sealing, part four: what explanations say of each rule and condition, put together. */
#include "rules/words.h"

enum { WIDEST_NAME = 32 };

typedef struct maker {
    const ms_vertical *v;
    ms_arena *arena;
    ms_buf text;
    bool failed;
} maker;

/* What is in m->text, kept; it starts anew. */
static ms_str keep(maker *m)
{
    ms_str text = m->text.failed ? MS_NONE : ms_arena_dup(m->arena, ms_buf_view(&m->text));
    m->failed |= !text.p;
    m->text.n = 0;
    return text;
}

/* ---- conditions ----------------------------------------------------------------------------- */

/* " ≥ " with its right side follows; equality that holds has been said by the value. */
static bool add_symbol(maker *m, const ms_cond *c, ms_truth truth)
{
    ms_cmp cmp = truth == MS_YES ? c->cmp : ms_words_opposite(c->cmp);
    if (cmp == MS_EQ)
        return false;
    ms_buf_format(&m->text, " %s ", ms_words_symbol(cmp));
    return true;
}

/* What was found is said when it was found. */
static void add_finding(maker *m, const ms_cond *c, ms_truth truth)
{
    bool no = truth == MS_NO;
    const char *verb = c->op == MS_C_TEXT_CONTAINS ? "contain"
                       : c->op == MS_C_STARTS_WITH ? "start"
                                                   : "end";
    ms_buf_format(&m->text, no ? " does not %s" : " %ss", verb);
    ms_buf_z(&m->text, c->op == MS_C_TEXT_CONTAINS ? " " : " with ");
    if (no)
        ms_words_texts(c, &m->text);
}

/* What follows the value; `no` alone has words for what the value is not. */
static void add_rest(maker *m, const ms_cond *c, ms_truth truth)
{
    const ms_attribute *a = &m->v->attributes[c->slot];
    bool no = truth == MS_NO;
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
        if (add_symbol(m, c, truth))
            ms_words_literal(a, c->a, &m->text);
        break;
    case MS_C_COMPARE_SLOTS:
        if (!add_symbol(m, c, truth))
            ms_buf_z(&m->text, " = ");
        ms_buf_str(&m->text, m->v->attributes[c->slot2].name);
        ms_buf_z(&m->text, " = ");
        break;
    case MS_C_SCORE:
    case MS_C_COUNT:
        if (add_symbol(m, c, truth))
            ms_buf_int(&m->text, c->a);
        break;
    case MS_C_FIRED: ms_buf_z(&m->text, no ? " did not fire" : " fired"); break;
    case MS_C_ONE_OF:
        if (no)
            ms_buf_z(&m->text, ", not ");
        if (no)
            ms_words_choices(a, c->mask, " or ", &m->text);
        break;
    case MS_C_CONTAINS_ANY:
        if (no)
            ms_buf_z(&m->text, " without ");
        if (no)
            ms_words_choices(a, c->mask, " or ", &m->text);
        break;
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH: add_finding(m, c, truth); break;
    case MS_C_TEXT_IS:
    case MS_C_MATCHES:
        if (no)
            ms_buf_z(&m->text, c->op == MS_C_MATCHES ? " does not match " : ", not ");
        if (no)
            ms_words_texts(c, &m->text);
        break;
    default: break;
    }
}

static void add_subject(maker *m, const ms_cond *c)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_SCORE: ms_buf_z(&m->text, "score "); break;
    case MS_C_ERRORS: break;
    case MS_C_FIRED: ms_buf_str(&m->text, m->v->rules[c->a].id); break;
    case MS_C_CUSTOM: ms_condition_words(m->v, (uint32_t)(c - m->v->conditions), &m->text); break;
    default:
        ms_buf_str(&m->text, m->v->attributes[c->slot].name);
        ms_buf_z(&m->text, c->op == MS_C_COUNT ? " has " : " = ");
        break;
    }
}

static void say_condition(maker *m, const ms_cond *c, ms_said_cond *said)
{
    if (c->op <= MS_C_AT_LEAST || said->subject.p) /* a tree may serve two rules */
        return;
    add_subject(m, c);
    said->subject = keep(m);
    for (int truth = MS_NO; truth <= MS_YES; truth++) {
        add_rest(m, c, (ms_truth)truth);
        said->rest[truth] = keep(m);
    }
}

/* ---- rules ---------------------------------------------------------------------------------- */

static size_t name_width(const ms_rule *rule)
{
    return ms_words_width(rule->id) + (rule->name.n ? 1 + ms_words_width(rule->name) : 0);
}

static size_t widest_name(const ms_vertical *v)
{
    size_t most = 0;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        size_t width = name_width(&v->rules[i]);
        if (width > most && width <= WIDEST_NAME)
            most = width;
    }
    return most;
}

static ms_str say_points(maker *m, const ms_rule *rule, ms_truth truth)
{
    if (truth == MS_UNKNOWN)
        ms_buf_z(&m->text, "   ? ");
    else if (rule->outcome)
        ms_buf_z(&m->text, truth == MS_YES ? "then " : "   - ");
    else if (truth == MS_YES && rule->points)
        ms_buf_format(&m->text, "%+4d ", rule->points);
    else
        ms_buf_z(&m->text, "   0 ");
    return keep(m);
}

static void say_rule(maker *m, const ms_rule *rule, size_t widest, ms_said_rule *said)
{
    size_t width = name_width(rule);
    for (int truth = MS_NO; truth <= MS_UNKNOWN; truth++)
        said->points[truth] = say_points(m, rule, (ms_truth)truth);
    ms_buf_str(&m->text, rule->id);
    if (rule->name.n)
        ms_buf_format(&m->text, " " MS_FMT, MS_ARG(rule->name));
    ms_words_blanks(&m->text, 2 + (width < widest ? widest - width : 0));
    said->name = keep(m);
    for (int yes = 0; yes <= 1; yes++) {
        ms_buf_format(&m->text, "  " MS_FMT ":%u", MS_ARG(m->v->file), rule->line);
        if (yes && rule->because.n)
            ms_buf_format(&m->text, "  " MS_FMT, MS_ARG(rule->because));
        if (yes && rule->label >= 0)
            ms_buf_format(&m->text, "  → " MS_FMT, MS_ARG(m->v->labels[rule->label].title));
        ms_buf_char(&m->text, '\n');
        said->end[yes] = keep(m);
    }
}

ms_status ms_seal_words(const ms_vertical *v, ms_arena *arena, ms_sealed *s, ms_error *err)
{
    maker m = {.v = v, .arena = arena};
    ms_said *said = ms_alloc_zero(arena, 1, sizeof *said);
    if (!said || !(said->rules = ms_alloc_zero(arena, v->n_rules + 1, sizeof *said->rules)) ||
        !(said->conditions = ms_alloc_zero(arena, v->n_conditions + 1, sizeof *said->conditions)))
        return ms_fail(err, MS_NOMEM, MS_FMT ": out of memory", MS_ARG(v->name));
    size_t widest = widest_name(v);
    for (uint32_t i = 0; i < v->n_rules; i++) {
        uint32_t at = v->rules[i].condition, end = at + v->conditions[at].size;
        say_rule(&m, &v->rules[i], widest, &said->rules[i]);
        for (; at < end; at++)
            say_condition(&m, &v->conditions[at], &said->conditions[at]);
    }
    s->said = said;
    ms_buf_free(&m.text);
    return m.failed ? ms_fail(err, MS_NOMEM, MS_FMT ": out of memory", MS_ARG(v->name)) : MS_OK;
}
