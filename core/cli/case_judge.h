/*
 * cli/case_judge.h: judges the cases of one vertical and says in which way a decision is not the
 * expected one, and which rules made it so.
 */
#ifndef MS_CLI_CASE_JUDGE_H
#define MS_CLI_CASE_JUDGE_H

#include "base/json.h"
#include "cli/cases.h"
#include "rules/judge.h"

/* How often, over all cases. */
typedef struct ms_case_count {
    uint32_t yes[MS_MAX_RULES], no[MS_MAX_RULES], unknown[MS_MAX_RULES];
    uint32_t given[MS_MAX_LABELS];
} ms_case_count;

typedef struct ms_case_judge ms_case_judge;

ms_case_judge *ms_case_judge_new(const ms_vertical *vertical,
                                 ms_arena *arena); /* NULL: no memory */
void ms_case_judge_free(ms_case_judge *judge);     /* NULL allowed */

/* Appends to `out` a line for each difference and each rule that explains one; nothing when the
 * case passes. MS_OK, MS_NOMEM. */
ms_status ms_case_judge_one(ms_case_judge *judge, const ms_case *c, ms_case_count *count,
                            ms_buf *out, ms_error *err);

#endif
