/*
 * cli/cases.h: a vertical's cases.yaml, read and checked.
 *
 *     - name: hot interim lead
 *       at: 2025-02-01T14:20:00Z
 *       contact: { attr: { budget_max: 80000, urgency_level: high } }
 *       expect: { score: 5.0, labels: [hot-lead, ai-handled], unknown: [R10] }
 *
 * Only what `expect` names is compared; under `attributes` null means that the key is not there.
 * Beside attr may stand facts: { ... }, what was looked up for the contact.
 */
#ifndef MS_CLI_CASES_H
#define MS_CLI_CASES_H

#include "base/yaml.h"
#include "rules/problems.h"

typedef struct ms_case {
    ms_str name;
    uint32_t line;
    int64_t today;              /* days */
    const ms_value *contact;    /* its attributes, an object */
    const ms_value *facts;      /* an object, or NULL: none */
    const ms_value *expect;     /* an object with at least one key */
    const ms_yaml_marks *marks; /* lines of what is in them */
} ms_case;

/* Adds what is wrong with the form (E401, E402); such a case is left out. Everything lives in the
 * list's arena. MS_OK, MS_NOMEM. */
ms_status ms_cases_read(ms_str text, ms_problems *problems, ms_case **cases, size_t *n,
                        ms_error *err);

/* Adds what cases expect and the vertical does not have (E403). */
void ms_cases_match(const ms_case *cases, size_t n, const ms_vertical *vertical,
                    ms_problems *problems);

#endif
