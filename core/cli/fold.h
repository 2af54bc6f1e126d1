/*
 * cli/fold.h: long rows on a terminal.
 */
#ifndef MS_CLI_FOLD_H
#define MS_CLI_FOLD_H

#include "cli/verb.h"

/*
 * Prints lines on stdout. On a terminal those that are wider than it (COLUMNS, else what it says)
 * are broken at blanks and go on below with `indent` blanks; in a pipe, and with --plain, every
 * line stays as it is.
 */
void ms_cli_fold(const ms_cli *cli, ms_str text, unsigned indent);

#endif
