/*
 * cli/test_watch.h: runs a test again whenever a file of the verticals changes.
 */
#ifndef MS_CLI_TEST_WATCH_H
#define MS_CLI_TEST_WATCH_H

#include "cli/test_report.h"

typedef int (*ms_test_fn)(ms_cli *cli, const ms_cli_env *env, void *arg);

/* Calls `test` now and after each change below the folder of `vertical` (NULL: of all verticals),
 * each time with an arena of its own. Returns 130 after Ctrl-C, 1 when it cannot watch. */
int ms_test_watch(ms_cli *cli, const ms_cli_env *env, const char *vertical, ms_test_fn test,
                  void *arg);

#endif
