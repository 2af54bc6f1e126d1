/* Sealing, part five: what the score, the status and the facts are made of. */
#include "rules/inside.h"

#include "base/text.h"

static bool is_text(ms_str s)
{
    return !s.p || ms_utf8_valid(s);
}

ms_status ms_seal_groups(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_groups; i++) {
        const ms_group *g = &v->groups[i];
        if (!ms_seal_usable(g->name) || !is_text(g->says))
            return ms_seal_fail(v, g->line, err, "a group's name is 1 to 255 bytes of UTF-8");
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(v->groups[k].name, g->name))
                return ms_seal_fail(v, g->line, err, "group " MS_FMT " is there twice",
                                    MS_ARG(g->name));
        if (g->min > 0 || g->max < 0)
            return ms_seal_fail(v, g->line, err,
                                "group " MS_FMT " counts 0 when none of its rules fired: min is "
                                "at most 0 and max at least 0",
                                MS_ARG(g->name));
    }
    for (uint32_t i = 0; v->n_groups && i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (r->group < -1 || r->group >= (int)v->n_groups || (r->outcome && r->group != -1))
            return ms_seal_fail(v, r->line, err, "rule " MS_FMT " is in no group that there is",
                                MS_ARG(r->id));
    }
    return MS_OK;
}

static bool is_stage(const ms_status_plan *plan, ms_str value)
{
    for (uint32_t i = 0; i < plan->n_stages; i++)
        if (ms_str_eq(plan->stages[i], value))
            return true;
    return !plan->n_stages;
}

static ms_status check_stages(const ms_vertical *v, ms_error *err)
{
    const ms_status_plan *plan = &v->status;
    if (plan->only_forward && !plan->n_stages)
        return ms_seal_fail(v, 0, err, "the status goes only forward, but has no stages");
    for (uint32_t i = 0; i < plan->n_stages; i++) {
        if (!ms_seal_usable(plan->stages[i]))
            return ms_seal_fail(v, 0, err, "stage %u is empty", i + 1);
        for (uint32_t k = 0; k < i; k++)
            if (ms_str_eq(plan->stages[k], plan->stages[i]))
                return ms_seal_fail(v, 0, err, "stage " MS_FMT " is there twice",
                                    MS_ARG(plan->stages[i]));
    }
    return MS_OK;
}

static ms_status check_value(const ms_vertical *v, ms_str value, uint32_t line, ms_error *err)
{
    return is_stage(&v->status, value)
               ? MS_OK
               : ms_seal_fail(v, line, err, "status value " MS_FMT " is none of the stages",
                              MS_ARG(value));
}

ms_status ms_seal_status(const ms_vertical *v, ms_error *err)
{
    const ms_status_plan *plan = &v->status;
    ms_status status = check_stages(v, err);
    for (uint32_t i = 0; !status && i < plan->n_cases; i++) {
        const ms_status_case *c = &plan->cases[i];
        bool follows =
            c->rule == MS_NO_RULE ? c->condition < v->n_conditions : c->rule < v->n_rules;
        if (!follows || !ms_seal_usable(c->value))
            return ms_seal_fail(v, 0, err, "status value %u follows no rule", i + 1);
        status = check_value(v, c->value, c->line, err);
    }
    for (uint32_t i = 0; !status && i < plan->n_keep; i++)
        status = ms_seal_usable(plan->keep[i])
                     ? check_value(v, plan->keep[i], 0, err)
                     : ms_seal_fail(v, 0, err, "kept status value %u is empty", i + 1);
    if (status || !plan->attribute.p)
        return status;
    if (!ms_seal_usable(plan->otherwise))
        return ms_seal_fail(v, 0, err, "the status needs a value for all other contacts");
    return check_value(v, plan->otherwise, 0, err);
}

ms_status ms_seal_facts(const ms_vertical *v, ms_error *err)
{
    for (uint32_t i = 0; i < v->n_facts; i++) {
        const ms_fact *f = &v->facts[i];
        const ms_attribute *a = &v->attributes[v->n_attributes + v->n_computed + i];
        if (f->from != MS_FROM_KNOWLEDGE || (unsigned)f->take > MS_TAKE_TITLES || !f->n_query ||
            !f->query || f->threshold < -1 || f->threshold > 1000 || !is_text(f->category))
            return ms_seal_fail(v, a->line, err, "fact " MS_FMT " does not say what to look up",
                                MS_ARG(a->name));
        for (uint32_t k = 0; k < f->n_query; k++) {
            ms_status status = ms_seal_template(v, a->name, a->line, &f->query[k], err);
            if (status)
                return status;
        }
    }
    return MS_OK;
}
