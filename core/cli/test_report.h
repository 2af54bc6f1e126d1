/*
 * cli/test_report.h: what `moonsift test` found, for people, as JSON and as JUnit's XML.
 */
#ifndef MS_CLI_TEST_REPORT_H
#define MS_CLI_TEST_REPORT_H

#include "cli/case_judge.h"
#include "cli/problems.h"
#include "cli/specs.h"

typedef struct ms_tested_case {
    const ms_case *c;
    ms_str differences; /* lines; empty: it passes */
} ms_tested_case;

/* One vertical that was tested. */
typedef struct ms_tested {
    const ms_cli_vertical *at;
    ms_script *script;    /* NULL: it has errors */
    ms_problems problems; /* nothing was judged when there are errors */
    ms_tested_case *cases;
    size_t n, failed;
    ms_case_count count;
    ms_specs specs; /* none were looked for when nothing was judged */
} ms_tested;

/* Judges the cases of t->at whose names have `filter` in them (NULL: all). MS_CHECK: there are
 * none. What is wrong with the files is in t->problems, and then nothing was judged. The caller
 * frees t->script. */
ms_status ms_test_run(ms_tested *t, const char *filter, ms_arena *arena, ms_error *err);

/* What the cases reached of a vertical: rules that fired at least once, labels that were given. */
typedef struct ms_reached {
    uint32_t rules, of_rules;
    uint32_t labels, of_labels; /* that rules give */
} ms_reached;
ms_reached ms_test_reached(const ms_tested *t);
/* Of both together, in whole percent, rounded down; 100 when there is nothing to reach. */
uint32_t ms_reached_percent(const ms_reached *r);

/* PASS and FAIL lines, then the summary; `several` puts the vertical's name before its files,
 * `all` says that no case was left out, so that what was never reached means something. */
void ms_test_print(const ms_cli *cli, const ms_tested *t, bool several, bool all, bool coverage);

/* False: no memory. */
bool ms_test_json(const ms_tested *list, size_t n);
ms_status ms_test_junit(const ms_tested *list, size_t n, const char *path, ms_error *err);

#endif
