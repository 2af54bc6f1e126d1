/* What each rule added to the score, when groups do not let all points count. */
#include "rules/inside.h"

static void keep_highest(const ms_vertical *v, const ms_decision *d, int g, int32_t *counted)
{
    int best = -1;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        if (v->rules[i].group != g)
            continue;
        counted[i] = 0;
        if (ms_bit(&d->fired, i) && (best < 0 || v->rules[i].points > v->rules[best].points))
            best = (int)i;
    }
    if (best < 0)
        return;
    const ms_group *group = &v->groups[g];
    int32_t points = v->rules[best].points;
    counted[best] = points < group->min ? group->min : points > group->max ? group->max : points;
}

/* Takes `excess` off those with its sign, from the last one back. */
static void take_off(const ms_vertical *v, int g, int64_t excess, int32_t *counted)
{
    for (uint32_t i = v->n_rules; excess && i-- > 0;) {
        int64_t points = counted[i];
        if (v->rules[i].group != g || (points > 0) != (excess > 0) || !points)
            continue;
        int64_t taken = (excess > 0 ? points <= excess : points >= excess) ? points : excess;
        counted[i] = (int32_t)(points - taken);
        excess -= taken;
    }
}

static void keep_between(const ms_vertical *v, int g, int32_t *counted)
{
    const ms_group *group = &v->groups[g];
    int64_t sum = 0;
    for (uint32_t i = 0; i < v->n_rules; i++)
        sum += v->rules[i].group == g ? counted[i] : 0;
    if (sum > group->max)
        take_off(v, g, sum - group->max, counted);
    else if (sum < group->min)
        take_off(v, g, sum - group->min, counted);
}

void ms_decision_counted(const ms_decision *d, int32_t counted[MS_MAX_RULES])
{
    const ms_vertical *v = d->slots->vertical;
    for (uint32_t i = 0; i < v->n_rules; i++)
        counted[i] = ms_bit(&d->fired, i) ? v->rules[i].points : 0;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        if (v->groups[g].highest)
            keep_highest(v, d, (int)g, counted);
        else
            keep_between(v, (int)g, counted);
    }
}

int32_t ms_rule_counted(const ms_decision *d, uint32_t rule)
{
    const ms_vertical *v = d->slots->vertical;
    int32_t counted[MS_MAX_RULES];
    if (!ms_bit(&d->fired, rule) || !v->n_groups || v->rules[rule].group < 0)
        return ms_bit(&d->fired, rule) ? v->rules[rule].points : 0;
    ms_decision_counted(d, counted);
    return counted[rule];
}
