/* The status: a kept value stays, else the first case that is yes, unless the contact is further.
 */
#include "rules/inside.h"

bool ms_field_is_text(const ms_field *f, ms_str text)
{
    return f && f->kind == MS_STRING && ms_same(f->as.string, text);
}

int ms_status_stage(const ms_status_plan *plan, const ms_field *f)
{
    for (uint32_t i = 0; i < plan->n_stages; i++)
        if (ms_field_is_text(f, plan->stages[i]))
            return (int)i;
    return -1;
}

ms_truth ms_rule_decided(const ms_run *run, uint32_t rule)
{
    return ms_rule_truth(run->decision, rule);
}

/* The first case that is yes; n_cases: none. Conditions are judged only as far as that. */
static uint32_t first_case(ms_judge *j, const ms_vertical *v, const ms_decision *d,
                           ms_status *status, ms_error *err)
{
    uint32_t i = 0;
    for (; i < v->status.n_cases && !*status; i++) {
        const ms_status_case *c = &v->status.cases[i];
        if (c->rule != MS_NO_RULE) {
            if (ms_bit(&d->fired, c->rule))
                return i;
            continue;
        }
        ms_run run = {
            .judge = j, .vertical = v, .decision = d, .truth_of_rule = ms_rule_decided, .err = err};
        if (ms_condition_truth(&run, &v->conditions[c->condition]) == MS_YES)
            return i;
        *status = run.status;
    }
    return i;
}

static bool stays_ahead(const ms_status_plan *plan, const ms_field *before, ms_str chosen,
                        ms_decision *d)
{
    int stage = plan->only_forward ? ms_status_stage(plan, before) : -1;
    for (int i = 0; i < stage; i++) {
        if (!ms_same(plan->stages[i], chosen))
            continue;
        d->status = plan->stages[stage];
        d->status_why = MS_STATUS_AHEAD;
        return true;
    }
    return false;
}

ms_status ms_status_choose(ms_judge *j, const ms_vertical *v, const ms_field *before,
                           ms_decision *d, ms_str *json, ms_error *err)
{
    const ms_sealed *s = ms_sealed_of(v);
    const ms_status_plan *plan = &v->status;
    ms_status status = MS_OK;
    for (uint32_t i = 0; i < plan->n_keep; i++) {
        if (ms_field_is_text(before, plan->keep[i])) {
            d->status = plan->keep[i];
            d->status_why = MS_STATUS_KEPT;
            *json = s->keep_json[i];
            return MS_OK;
        }
    }
    uint32_t at = first_case(j, v, d, &status, err);
    if (status)
        return status;
    bool otherwise = at == plan->n_cases;
    ms_str chosen = otherwise ? plan->otherwise : plan->cases[at].value;
    d->status_case = at;
    if (stays_ahead(plan, before, chosen, d)) {
        *json = s->stage_json[ms_status_stage(plan, before)];
        return MS_OK;
    }
    d->status = chosen;
    d->status_why = otherwise ? MS_STATUS_OTHERWISE : MS_STATUS_CASE;
    *json = otherwise ? s->otherwise_json : s->case_json[at];
    return MS_OK;
}
