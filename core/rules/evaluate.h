/*
 * rules/evaluate.h: contacts as JSON lines in, decisions as JSON lines out. The whole path of
 * `moonsift evaluate` for one line; no I/O. One evaluator per thread.
 */
#ifndef MS_RULES_EVALUATE_H
#define MS_RULES_EVALUATE_H

#include "rules/judge.h"

enum { MS_EVALUATE_LINE_BYTES = 64 << 20 }; /* a longer line is an error */

typedef struct ms_evaluator ms_evaluator;

/* Judges with `vertical` (which must stay) on day `today`; `explain` adds "explain" to each line:
 * the explanation as an array of lines. NULL: no memory. */
ms_evaluator *ms_evaluator_new(const ms_vertical *vertical, int64_t today, bool explain);
void ms_evaluator_free(ms_evaluator *evaluator); /* NULL allowed */

/*
 * Appends one line with its newline: the decision on the contact in `line`, an object with `id`,
 * `custom_attributes` and, for verticals that declare some, `facts` (missing or null: none), or
 * {"line":number,"error":"..."}. False for the latter. Out of memory shows in out->failed.
 */
bool ms_evaluate_line(ms_evaluator *evaluator, ms_str line, uint64_t number, ms_buf *out);

/* The error line alone, for what cannot be handed over as a line. */
void ms_evaluate_error(uint64_t number, const char *what, ms_buf *out);

#endif
