/* Sealing, part two: the condition programs are well-formed trees over slots of fitting types. */
#include "rules/inside.h"

typedef struct walk {
    const ms_vertical *v;
    const ms_rule *rule; /* whose condition this is */
    uint32_t rule_index;
    ms_error *err;
} walk;

static ms_status bad(const walk *w, const char *what)
{
    return ms_fail(w->err, MS_INVALID, MS_FMT ":%u: rule " MS_FMT ": %s", MS_ARG(w->v->file),
                   w->rule->line, MS_ARG(w->rule->id), what);
}

static bool slot_is(const walk *w, uint32_t slot, uint32_t types)
{
    return slot < ms_vertical_slots(w->v) && (types >> w->v->attributes[slot].type & 1);
}

enum {
    DAYS = 1u << MS_T_DATE | 1u << MS_T_TIME,
    NUMBERS = 1u << MS_T_INTEGER | 1u << MS_T_MONEY | 1u << MS_T_NUMBER | 1u << MS_T_BOOLEAN | DAYS,
    TEXTS = 1u << MS_T_TEXT | 1u << MS_T_AS_IS | 1u << MS_T_URL | 1u << MS_T_EMAIL |
            1u << MS_T_PHONE | 1u << MS_T_HANDLE,
    ANY_TYPE = ~0u >> 1,
};

/* A mask must name choices that exist. */
static bool mask_fits(const walk *w, const ms_cond *c)
{
    uint32_t n = w->v->attributes[c->slot].n_choices;
    return c->mask && (n >= 64 || c->mask >> n == 0);
}

static ms_status check_texts(const walk *w, const ms_cond *c)
{
    if (!slot_is(w, c->slot, TEXTS))
        return bad(w, "a text condition on something that is no text");
    if (c->n_texts < 1 || !c->texts || (c->op == MS_C_MATCHES && c->n_texts != 1))
        return bad(w, "a text condition without text to compare with");
    for (uint32_t i = 0; i < c->n_texts; i++)
        if (!c->texts[i].p)
            return bad(w, "a text condition without text to compare with");
    return MS_OK;
}

/* Short, not empty, in lower case: judging compares without looking. */
static ms_status check_found(const walk *w, const ms_cond *c)
{
    ms_status status = check_texts(w, c);
    for (uint32_t i = 0; !status && i < c->n_texts; i++) {
        if (c->texts[i].n < 1 || c->texts[i].n > MS_MAX_FIND_BYTES)
            return bad(w, "a text to look for is empty or too long");
        for (size_t k = 0; k < c->texts[i].n; k++)
            if (c->texts[i].p[k] >= 'A' && c->texts[i].p[k] <= 'Z')
                return bad(w, "a text to look for is not in lower case");
    }
    return status;
}

static ms_status check_leaf(const walk *w, const ms_cond *c)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_COMPARE:
        return slot_is(w, c->slot, NUMBERS) ? MS_OK : bad(w, "a comparison needs a number or date");
    case MS_C_COMPARE_SLOTS:
        if (!slot_is(w, c->slot, NUMBERS) || !slot_is(w, c->slot2, NUMBERS) ||
            w->v->attributes[c->slot].type != w->v->attributes[c->slot2].type)
            return bad(w, "a comparison of two attributes needs two of one type");
        return MS_OK;
    case MS_C_ONE_OF:
        return slot_is(w, c->slot, 1u << MS_T_CHOICE) && mask_fits(w, c)
                   ? MS_OK
                   : bad(w, "no choice of the attribute is named");
    case MS_C_CONTAINS:
    case MS_C_CONTAINS_ANY:
        return slot_is(w, c->slot, 1u << MS_T_CHOICES) && mask_fits(w, c)
                   ? MS_OK
                   : bad(w, "no choice of the attribute is named");
    case MS_C_COUNT:
        return slot_is(w, c->slot, 1u << MS_T_CHOICES) ? MS_OK : bad(w, "only choices are counted");
    case MS_C_TEXT_IS:
    case MS_C_MATCHES: return check_texts(w, c);
    case MS_C_TEXT_CONTAINS:
    case MS_C_STARTS_WITH:
    case MS_C_ENDS_WITH: return check_found(w, c);
    case MS_C_PRESENT:
    case MS_C_MISSING:
        return slot_is(w, c->slot, ANY_TYPE) ? MS_OK : bad(w, "an attribute that is not declared");
    case MS_C_WITHIN_DAYS:
    case MS_C_OLDER_DAYS:
        return slot_is(w, c->slot, DAYS) ? MS_OK : bad(w, "only a date is so old");
    case MS_C_SCORE:
    case MS_C_ERRORS:
        return w->rule->outcome ? MS_OK : bad(w, "only an outcome rule sees score and errors");
    case MS_C_FIRED:
        return c->a >= 0 && c->a < w->rule_index ? MS_OK : bad(w, "it asks a rule that is later");
    case MS_C_CUSTOM:
        return c->a >= 0 && c->a < w->v->n_customs && w->v->calls.condition
                   ? MS_OK
                   : bad(w, "its function is not there");
    default: return bad(w, "an unknown condition");
    }
}

static ms_status check_tree(const walk *w, uint32_t at, uint32_t end, uint32_t depth)
{
    const ms_cond *c = &w->v->conditions[at];
    if (depth > MS_MAX_COND_DEPTH)
        return bad(w, "its condition is nested too deeply");
    if (c->size < 1 || c->size > end - at || c->cmp > MS_GT)
        return bad(w, "its condition is no tree");
    if (c->op > MS_C_AT_LEAST)
        return c->size == 1 && !c->n_children ? check_leaf(w, c)
                                              : bad(w, "its condition is no tree");
    if (c->op == MS_C_AT_LEAST && (c->a < 0 || c->a > c->n_children))
        return bad(w, "it asks for more conditions than there are");
    uint32_t child = at + 1;
    for (uint32_t i = 0; i < c->n_children; i++) {
        if (child >= at + c->size)
            return bad(w, "its condition is no tree");
        ms_status status = check_tree(w, child, at + c->size, depth + 1);
        if (status)
            return status;
        child += w->v->conditions[child].size;
    }
    return child == at + c->size ? MS_OK : bad(w, "its condition is no tree");
}

ms_status ms_seal_conditions(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_rules; i++) {
        walk w = {v, &v->rules[i], i, err};
        ms_status status = check_tree(&w, v->rules[i].condition, v->n_conditions, 0);
        if (status)
            return status;
    }
    for (uint32_t i = 0; i < v->status.n_cases; i++) {
        const ms_status_case *c = &v->status.cases[i];
        const ms_rule asks = {.id = v->status.attribute, .outcome = true, .line = c->line};
        walk w = {v, &asks, v->n_rules, err};
        ms_status status =
            c->rule == MS_NO_RULE ? check_tree(&w, c->condition, v->n_conditions, 0) : MS_OK;
        if (status)
            return status;
    }
    return MS_OK;
}

/* ---- which names are read ------------------------------------------------------------------- */

static void read_custom(const ms_custom *c, bool *used)
{
    for (uint32_t i = 0; i < c->n_reads; i++)
        used[c->reads[i]] = true;
}

static void read_condition(const ms_vertical *v, const ms_cond *c, bool *used)
{
    switch ((ms_cond_op)c->op) {
    case MS_C_ALL:
    case MS_C_ANY:
    case MS_C_NONE:
    case MS_C_AT_LEAST:
    case MS_C_SCORE:
    case MS_C_FIRED: return;
    case MS_C_ERRORS: /* any declared attribute may be invalid */
        for (uint32_t i = 0; i < v->n_attributes; i++)
            used[i] |= v->attributes[i].type != MS_T_AS_IS;
        return;
    case MS_C_CUSTOM: read_custom(&v->customs[c->a], used); return;
    case MS_C_COMPARE_SLOTS: used[c->slot2] = true; break;
    default: break;
    }
    used[c->slot] = true;
}

void ms_read_tree(const ms_vertical *v, uint32_t root, bool *used)
{
    const ms_cond *c = &v->conditions[root];
    for (uint32_t i = 0; i < c->size; i++)
        read_condition(v, c + i, used);
}

void ms_read_templates(const ms_template *templates, uint32_t n, bool *used)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < templates[i].n; k++)
            if (templates[i].pieces[k].slot >= 0)
                used[templates[i].pieces[k].slot] = true;
}

static void read_derived(const ms_vertical *v, const ms_derived *d, bool *used)
{
    if (d->kind == MS_D_CUSTOM)
        read_custom(&v->customs[d->custom], used);
    if (d->kind == MS_D_NUMBER)
        used[d->slot] = true;
    if (d->kind == MS_D_TEMPLATE)
        ms_read_templates(d->templates, d->n_templates, used);
}

/* Backwards: what a computed number is made of stands before it. */
void ms_read_computed(const ms_vertical *v, bool *used)
{
    for (uint32_t i = v->n_computed; i-- > 0;) {
        const ms_computed *c = &v->computed[i];
        if (!used[v->n_attributes + i])
            continue;
        used[c->slot] = true;
        if (c->formula == MS_F_PER)
            used[c->slot2] = true;
    }
}

void ms_seal_reads(const ms_vertical *v, ms_sealed *s)
{
    bool *used = s->slot_read;
    for (uint32_t i = 0; i < v->n_rules; i++)
        ms_read_tree(v, v->rules[i].condition, used);
    for (uint32_t i = 0; i < v->status.n_cases; i++)
        if (v->status.cases[i].rule == MS_NO_RULE)
            ms_read_tree(v, v->status.cases[i].condition, used);
    for (uint32_t i = 0; i < v->n_facts; i++)
        ms_read_templates(v->facts[i].query, v->facts[i].n_query, used);
    for (uint32_t i = 0; i < v->n_ranges; i++)
        used[v->ranges[i].low] = used[v->ranges[i].high] = true;
    for (uint32_t i = 0; i < v->n_derived; i++)
        read_derived(v, &v->derived[i], used);
    ms_read_computed(v, used);
    for (uint32_t i = 0; i < v->n_attributes; i++)
        s->names[s->slot_name[i]].read |= used[i];
    uint16_t status = s->managed_name[v->n_derived];
    if ((v->status.n_keep || v->status.only_forward) && status != MS_NO_NAME)
        s->names[status].read = true;
}
