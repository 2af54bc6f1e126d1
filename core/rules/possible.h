/*
 * rules/possible.h: whether any contact at all makes conditions come out as asked.
 *
 * A search over the condition trees that keeps, for each attribute, what is left of its values. A
 * "no" is certain. "Yes" means that nothing speaks against it: functions, patterns and comparisons
 * of two attributes are taken as able to answer anything, and a search that grows too large is
 * given up. [any]
 */
#ifndef MS_RULES_POSSIBLE_H
#define MS_RULES_POSSIBLE_H

#include "rules/vertical.h"

typedef enum ms_want {
    MS_WANT_YES,
    MS_WANT_NO,
    MS_WANT_NOT_YES, /* no or unknown */
    MS_WANT_NOT_NO,  /* yes or unknown */
} ms_want;

/* `n` conditions that follow each other as siblings do, all as wanted; then the next goal. */
typedef struct ms_goal {
    const ms_cond *conditions;
    uint32_t n;
    ms_want want;
    const struct ms_goal *next;
} ms_goal;

/* Without memory the answer is true. */
bool ms_possible(const ms_vertical *vertical, const ms_goal *goals);

/* Comparing with `cmp` as bounds that both count. False: no number is left. */
bool ms_narrow(ms_cmp cmp, int64_t with, int64_t *low, int64_t *high);

#endif
