/*
 * rules/lint.h: what the files that look for what is probably not meant share. What they say is so
 * for every contact; they stay silent where they cannot tell.
 */
#ifndef MS_RULES_LINT_H
#define MS_RULES_LINT_H

#include "rules/inside.h"
#include "rules/possible.h"
#include "rules/problems.h"
#include "rules/words.h"

typedef struct ms_linting {
    const ms_vertical *v;
    ms_problems *list;
    bool dead[MS_MAX_RULES];     /* can never be yes */
    bool doubtful[MS_MAX_RULES]; /* reads what has errors: nothing is said of it */
} ms_linting;

static inline const ms_cond *ms_lint_root(const ms_vertical *v, uint32_t rule)
{
    return &v->conditions[v->rules[rule].condition];
}

/* "R01 (budget-80k)" into a buffer of the caller. */
enum { MS_LINT_NAME = 160 };
const char *ms_lint_name(const ms_rule *r, char out[MS_LINT_NAME]);

/* Whenever `rule` is yes, `other` is. */
bool ms_lint_implies(const ms_linting *l, uint32_t rule, uint32_t other);

/* Marks what a condition reads by name, and what that is made of; that all input is valid names
 * nothing. (lint_deprecated.c) */
void ms_lint_reads(const ms_vertical *v, uint32_t root, bool *reads);

/* W201 and W202 */
void ms_lint_overlaps(ms_linting *l, bool gaps);
/* W304 */
void ms_lint_deprecated(const ms_linting *l);
/* W211, W212, and W210 for rules that never count in their group. */
void ms_lint_groups(const ms_linting *l);

#endif
