/* What is probably not meant about groups of rules. What is said is so for every contact. */
#include "rules/lint.h"

enum { MOST_COMPARED = 64 }; /* members of a group that are compared with each other */

static bool is_member(const ms_linting *l, uint32_t rule, uint32_t g)
{
    return l->v->rules[rule].group == (int)g;
}

/* ---- limits --------------------------------------------------------------------------------- */

typedef struct reach {
    uint32_t n;
    int64_t least, most; /* what the group comes to without limits, at the outside */
} reach;

static reach reach_of(const ms_linting *l, uint32_t g)
{
    reach r = {0};
    bool highest = l->v->groups[g].highest;
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        int64_t points = l->v->rules[i].points;
        if (!is_member(l, i, g))
            continue;
        r.n++;
        if (points > 0)
            r.most = !highest ? r.most + points : points > r.most ? points : r.most;
        else
            r.least = !highest ? r.least + points : points < r.least ? points : r.least;
    }
    return r;
}

static void check_limits(const ms_linting *l, uint32_t g, const reach *r)
{
    const ms_group *group = &l->v->groups[g];
    if (group->max != MS_NO_MAX && r->most <= group->max)
        ms_problem_say(l->list, "W212", l->v->file, group->line,
                       "max = %d of group \"" MS_FMT "\" changes nothing: its rules come to %lld "
                       "at most",
                       group->max, MS_ARG(group->name), (long long)r->most);
    if (group->min != MS_NO_MIN && r->least >= group->min)
        ms_problem_say(l->list, "W212", l->v->file, group->line,
                       "min = %d of group \"" MS_FMT "\" changes nothing: its rules come to %lld "
                       "at least",
                       group->min, MS_ARG(group->name), (long long)r->least);
}

/* ---- rules that never count ----------------------------------------------------------------- */

/* Whether both can be yes. */
static bool beside(const ms_linting *l, uint32_t rule, uint32_t other)
{
    const ms_goal then = {ms_lint_root(l->v, other), 1, MS_WANT_YES, NULL};
    const ms_goal goal = {ms_lint_root(l->v, rule), 1, MS_WANT_YES, &then};
    return ms_possible(l->v, &goal);
}

/* Of two that fired, the one that counts in a group that counts its highest. */
static bool outbids(const ms_linting *l, uint32_t g, uint32_t other, uint32_t rule)
{
    int32_t more = l->v->rules[other].points, points = l->v->rules[rule].points;
    return other != rule && is_member(l, other, g) && !l->dead[other] &&
           (more > points || (more == points && other < rule));
}

/* A rule that is yes whenever this one is, and counts instead; -1: there is none. */
static int outbidder(const ms_linting *l, uint32_t g, uint32_t rule)
{
    for (uint32_t i = 0; i < l->v->n_rules; i++)
        if (outbids(l, g, i, rule) && ms_lint_implies(l, rule, i))
            return (int)i;
    return -1;
}

/* Whenever the rule is yes, some rule that counts instead is. */
static bool is_outbid(const ms_linting *l, uint32_t g, uint32_t rule)
{
    ms_goal goals[MS_MAX_RULES];
    uint32_t n = 0;
    goals[n++] = (ms_goal){ms_lint_root(l->v, rule), 1, MS_WANT_YES, NULL};
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        if (!outbids(l, g, i, rule))
            continue;
        goals[n] = (ms_goal){ms_lint_root(l->v, i), 1, MS_WANT_NOT_YES, &goals[n - 1]};
        n++;
    }
    return !ms_possible(l->v, &goals[n - 1]);
}

/* Whenever the rule is yes, the others alone bring the group to its limit. */
static bool is_cut_off(const ms_linting *l, uint32_t g, uint32_t rule)
{
    const ms_group *group = &l->v->groups[g];
    const ms_rule *rules = l->v->rules;
    bool adds = rules[rule].points > 0;
    int64_t others =
        0; /* the least they come to for a rule that adds, the most for one that takes */
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        if (i == rule || !is_member(l, i, g) || !rules[i].points)
            continue;
        bool same_way = (rules[i].points > 0) == adds;
        if (same_way ? ms_lint_implies(l, rule, i) : beside(l, rule, i))
            others += rules[i].points;
    }
    return adds ? group->max != MS_NO_MAX && others >= group->max
                : group->min != MS_NO_MIN && others <= group->min;
}

static void say_lost(const ms_linting *l, const ms_group *group, const ms_rule *r, const char *why)
{
    char name[MS_LINT_NAME];
    ms_problem_say(l->list, "W210", l->v->file, r->line, "%s %s in group \"" MS_FMT "\"",
                   ms_lint_name(r, name), why, MS_ARG(group->name));
}

static void check_highest(const ms_linting *l, uint32_t g, uint32_t rule)
{
    const ms_group *group = &l->v->groups[g];
    const ms_rule *r = &l->v->rules[rule];
    char name[MS_LINT_NAME], why[MS_LINT_NAME + 80];
    int other = outbidder(l, g, rule);
    if (other >= 0) {
        snprintf(why, sizeof why,
                 "never counts: whenever it is yes, so is %s, which counts instead",
                 ms_lint_name(&l->v->rules[other], name));
        say_lost(l, group, r, why);
    } else if (is_outbid(l, g, rule)) {
        say_lost(l, group, r, "never counts: whenever it is yes, another rule counts instead");
    } else if (r->points > 0 ? group->max == 0 : group->min == 0) {
        say_lost(l, group, r, "never counts: there is nothing left to count");
    }
}

static void check_rule(const ms_linting *l, uint32_t g, uint32_t rule)
{
    const ms_rule *r = &l->v->rules[rule];
    const ms_group *group = &l->v->groups[g];
    if (l->dead[rule] || !r->points)
        return;
    if (group->highest)
        check_highest(l, g, rule);
    else if (is_cut_off(l, g, rule))
        say_lost(l, group, r,
                 r->points > 0
                     ? "adds nothing: whenever it is yes, the others reach the max without it"
                     : "takes nothing: whenever it is yes, the others reach the min without it");
}

void ms_lint_groups(const ms_linting *l)
{
    for (uint32_t g = 0; g < l->v->n_groups; g++) {
        const ms_group *group = &l->v->groups[g];
        reach r = reach_of(l, g);
        if (!r.n) {
            ms_problem_say(l->list, "W211", l->v->file, group->line,
                           "no rule counts in group \"" MS_FMT "\"", MS_ARG(group->name));
            continue;
        }
        check_limits(l, g, &r);
        for (uint32_t i = 0; i < l->v->n_rules; i++)
            if (is_member(l, i, g) && r.n <= MOST_COMPARED)
                check_rule(l, g, i);
    }
}
