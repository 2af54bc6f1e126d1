/*
 * Sealing: a vertical is checked as a whole before anything is judged with it, so that judging
 * needs no checks. Whoever built it (core/lua, a spec) has reported what analysts get wrong with
 * better words; this is the net below.
 */
#include "rules/words.h"

#include "base/text.h"

#include <stdlib.h>

ms_status ms_seal_fail(const ms_vertical *v, uint32_t line, ms_error *err, const char *format, ...)
{
    char what[384];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    if (!line)
        return ms_fail(err, MS_INVALID, MS_FMT ": %s", MS_ARG(v->file), what);
    return ms_fail(err, MS_INVALID, MS_FMT ":%u: %s", MS_ARG(v->file), line, what);
}

bool ms_seal_usable(ms_str s)
{
    return s.p && s.n > 0 && s.n <= 255 && ms_utf8_valid(s);
}

static ms_status check_counts(const ms_vertical *v, ms_error *err)
{
    const struct {
        const char *what;
        uint32_t n, max;
        const void *p;
    } counts[] = {
        {"attributes", v->n_attributes, MS_MAX_ATTRIBUTES, v->attributes},
        {"computed numbers", v->n_computed, MS_MAX_COMPUTED, v->computed},
        {"ranges", v->n_ranges, MS_MAX_ATTRIBUTES, v->ranges},
        {"condition steps", v->n_conditions, MS_MAX_CONDITIONS, v->conditions},
        {"facts", v->n_facts, MS_MAX_FACTS, v->facts},
        {"rules", v->n_rules, MS_MAX_RULES, v->rules},
        {"groups", v->n_groups, MS_MAX_GROUPS, v->groups},
        {"labels", v->n_labels, MS_MAX_LABELS, v->labels},
        {"derived attributes", v->n_derived, MS_MAX_DERIVED, v->derived},
        {"functions", v->n_customs, MS_MAX_RULES + MS_MAX_DERIVED, v->customs},
        {"status values", v->status.n_cases, MS_MAX_RULES, v->status.cases},
        {"kept status values", v->status.n_keep, MS_MAX_CHOICES, v->status.keep},
        {"stages", v->status.n_stages, MS_MAX_CHOICES, v->status.stages},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i].n > counts[i].max)
            return ms_seal_fail(v, 0, err, "%u %s, at most %u are possible", counts[i].n,
                                counts[i].what, counts[i].max);
        if (counts[i].n && !counts[i].p)
            return ms_seal_fail(v, 0, err, "%s are counted but not there", counts[i].what);
    }
    if (v->score_min > v->score_max)
        return ms_seal_fail(v, 0, err, "the least score is above the highest");
    return MS_OK;
}

static ms_status check_labels(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_labels; i++) {
        if (!ms_seal_usable(v->labels[i].title))
            return ms_seal_fail(v, 0, err, "a label's title is 1 to 255 bytes of UTF-8");
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(v->labels[k].title, v->labels[i].title))
                return ms_seal_fail(v, 0, err, "label " MS_FMT " is there twice",
                                    MS_ARG(v->labels[i].title));
    }
    return MS_OK;
}

static ms_status check_rules(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (!ms_seal_usable(r->id))
            return ms_seal_fail(v, r->line, err, "a rule's id is 1 to 255 bytes of UTF-8");
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(v->rules[k].id, r->id))
                return ms_seal_fail(v, r->line, err, "rule " MS_FMT " is there twice",
                                    MS_ARG(r->id));
        if (r->condition >= v->n_conditions)
            return ms_seal_fail(v, r->line, err, "rule " MS_FMT " has no condition", MS_ARG(r->id));
        if (r->label < -1 || r->label >= (int)v->n_labels)
            return ms_seal_fail(v, r->line, err, "rule " MS_FMT " sets no declared label",
                                MS_ARG(r->id));
        if (i && v->rules[i - 1].outcome && !r->outcome)
            return ms_seal_fail(v, r->line, err, "rule " MS_FMT " scores after an outcome rule",
                                MS_ARG(r->id));
        if (r->outcome && r->points)
            return ms_seal_fail(v, r->line, err,
                                "outcome rule " MS_FMT " cannot give points: it reads the score",
                                MS_ARG(r->id));
    }
    return MS_OK;
}

ms_status ms_seal_template(const ms_vertical *v, ms_str name, uint32_t line, const ms_template *t,
                           ms_error *err)
{
    if (!t->n || !t->pieces)
        return ms_seal_fail(v, line, err, MS_FMT ": a template is empty", MS_ARG(name));
    for (uint32_t i = 0; i < t->n; i++) {
        const ms_piece *p = &t->pieces[i];
        if (p->slot < 0) {
            if (p->text.n && !ms_utf8_valid(p->text))
                return ms_seal_fail(v, line, err, MS_FMT ": text that is not UTF-8", MS_ARG(name));
            continue;
        }
        if (p->slot >= (int32_t)v->n_attributes)
            return ms_seal_fail(v, line, err, MS_FMT " uses an unknown attribute", MS_ARG(name));
        ms_type type = v->attributes[p->slot].type;
        if (p->form != MS_FORM_PLAIN && !ms_scale(type))
            return ms_seal_fail(v, line, err, MS_FMT ": thousands need a number", MS_ARG(name));
    }
    return MS_OK;
}

static ms_status check_derived_one(const ms_vertical *v, const ms_derived *d, ms_error *err)
{
    switch (d->kind) {
    case MS_D_TEMPLATE:
        if (!d->n_templates || !d->templates)
            break;
        for (uint32_t i = 0; i < d->n_templates; i++) {
            ms_status status = ms_seal_template(v, d->name, d->line, &d->templates[i], err);
            if (status)
                return status;
        }
        return MS_OK;
    case MS_D_RULE:
        if (d->rule < v->n_rules)
            return MS_OK;
        break;
    case MS_D_NUMBER:
        if (d->slot >= v->n_attributes && d->slot < ms_vertical_slots(v))
            return MS_OK;
        break;
    case MS_D_CUSTOM:
        if (d->custom < v->n_customs && v->calls.derive)
            return MS_OK;
        break;
    }
    return ms_seal_fail(v, d->line, err, "derived " MS_FMT " has no value to take",
                        MS_ARG(d->name));
}

static ms_status check_customs(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_customs; i++) {
        const ms_custom *c = &v->customs[i];
        if (c->n_reads > MS_MAX_ATTRIBUTES || (c->n_reads && !c->reads))
            return ms_seal_fail(v, c->line, err, "a function reads too many attributes");
        for (uint32_t k = 0; k < c->n_reads; k++)
            if (c->reads[k] >= ms_vertical_slots(v) || ms_is_computed(v, c->reads[k]))
                return ms_seal_fail(v, c->line, err, "a function reads an undeclared attribute");
    }
    return MS_OK;
}

/* A managed place may be read as it stands, never coerced: it would be removed and replaced. */
static ms_status check_managed_name(const ms_vertical *v, ms_str name, uint32_t line, ms_error *err)
{
    if (!ms_seal_usable(name))
        return ms_seal_fail(v, line, err, "a derived attribute's name is 1 to 255 bytes of UTF-8");
    uint32_t n = ms_str_eq(v->status.attribute, name) + ms_str_eq(v->score_attribute, name);
    for (uint32_t i = 0; i < v->n_derived; i++)
        n += ms_str_eq(v->derived[i].name, name);
    if (n > 1)
        return ms_seal_fail(v, line, err, MS_FMT " is derived twice", MS_ARG(name));
    for (uint32_t i = 0; i < v->n_attributes; i++)
        if (ms_str_eq(v->attributes[i].name, name) && v->attributes[i].type != MS_T_AS_IS)
            return ms_seal_fail(v, line, err, MS_FMT " is derived and declared; declare it as-is",
                                MS_ARG(name));
    return MS_OK;
}

static ms_status check_managed(const ms_vertical *v, ms_error *err)
{
    ms_status status = MS_OK;
    for (uint32_t i = 0; !status && i < v->n_derived; i++) {
        status = check_managed_name(v, v->derived[i].name, v->derived[i].line, err);
        if (!status)
            status = check_derived_one(v, &v->derived[i], err);
    }
    if (!status && v->score_attribute.p)
        status = check_managed_name(v, v->score_attribute, 0, err);
    if (!status && v->status.attribute.p)
        status = check_managed_name(v, v->status.attribute, 0, err);
    return status;
}

/* The builder's arrays are const for readers; until sealed they belong to the builder, whose
 * `regex` fields this fills in. */
static ms_status compile_patterns(ms_vertical *v, ms_error *err)
{
    ms_error why = {0};
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++) {
        ms_attribute *a = (ms_attribute *)&v->attributes[i];
        if (a->pattern.p && ms_pattern_compile(a->pattern, &a->regex, &why))
            return ms_seal_fail(v, a->line, err, MS_FMT ": %s", MS_ARG(a->name), why.text);
    }
    for (uint32_t i = 0; i < v->n_conditions; i++) {
        ms_cond *c = (ms_cond *)&v->conditions[i];
        if (c->op == MS_C_MATCHES && ms_pattern_compile(c->texts[0], &c->regex, &why))
            return ms_seal_fail(v, 0, err, "%s", why.text);
    }
    return MS_OK;
}

static void free_patterns(ms_vertical *v)
{
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++) {
        ms_attribute *a = (ms_attribute *)&v->attributes[i];
        if (a->regex) { /* arrays without patterns are never written to */
            ms_pattern_free(a->regex);
            a->regex = NULL;
        }
    }
    for (uint32_t i = 0; i < v->n_conditions; i++) {
        ms_cond *c = (ms_cond *)&v->conditions[i];
        if (c->regex) {
            ms_pattern_free(c->regex);
            c->regex = NULL;
        }
    }
}

ms_status ms_vertical_seal(ms_vertical *v, ms_arena *arena, ms_error *err)
{
    ms_sealed *s = NULL;
    ms_status status = MS_OK;
    if (v->index)
        return ms_fail(err, MS_INTERNAL, MS_FMT ": sealed twice", MS_ARG(v->name));
    if ((status = check_counts(v, err)) || (status = ms_seal_attributes(v, err)) ||
        (status = ms_seal_computed(v, err)) || (status = ms_seal_ranges(v, err)) ||
        (status = check_labels(v, err)) || (status = check_customs(v, err)) ||
        (status = check_rules(v, err)) || (status = ms_seal_groups(v, err)) ||
        (status = check_managed(v, err)) || (status = ms_seal_status(v, err)) ||
        (status = ms_seal_facts(v, err)) || (status = ms_seal_conditions(v, err)))
        return status;
    if ((status = ms_seal_index(v, arena, &s, err)) || (status = ms_seal_texts(v, arena, s, err)) ||
        (status = ms_seal_words(v, arena, s, err)))
        return status;
    status = compile_patterns(v, err);
    if (!status)
        status = ms_seal_defaults(v, arena, s, err);
    if (status) {
        free_patterns(v);
        return status;
    }
    ms_seal_reads(v, s);
    v->index = s;
    return MS_OK;
}

void ms_vertical_unseal(ms_vertical *v)
{
    if (!v || !v->index)
        return;
    free_patterns(v);
    v->index = NULL; /* it lives in the arena */
}
