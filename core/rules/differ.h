/*
 * rules/differ.h: two decisions on one contact side by side: with other rules, or another value.
 *
 * Rules are the same when their id is. The two decisions come from judges of their own (a judge
 * keeps one), and may be of different verticals. [the scripts' thread]
 */
#ifndef MS_RULES_DIFFER_H
#define MS_RULES_DIFFER_H

#include "rules/judge.h"

/* Score, status, labels, and every rule's truth, points and label are the same. */
bool ms_decisions_same(const ms_decision *before, const ms_decision *after);

/*
 *     score 8.0 → 5.5 (80 → 55 points) · lead_status qualified → new
 *     R01 budget-80k: +25 → no                vertical.lua:36
 *         before: budget_max = 85000 ≥ 80000
 *         after:  budget_max = 85000 < 90000
 *     loses qualified-lead, high-priority
 *
 * or "no difference". Appends lines.
 */
void ms_differ_text(const ms_decision *before, const ms_decision *after, ms_buf *out);

/* The same as members of a JSON object: "same", "score", "points", "lead_status" (each a pair),
 * "rules", "gains", "loses". */
void ms_differ_json(const ms_decision *before, const ms_decision *after, ms_buf *out);

#endif
