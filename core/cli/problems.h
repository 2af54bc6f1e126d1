/*
 * cli/problems.h: problems of verticals as people, editors and build servers read them.
 */
#ifndef MS_CLI_PROBLEMS_H
#define MS_CLI_PROBLEMS_H

#include "cli/verticals.h"

/* Finds their columns in the files and sorts them. */
void ms_cli_problems_locate(const ms_cli_vertical *at, ms_problems *problems);

/* A line each: "vertical.lua:34:10 error E101 ...", with the vertical's name before the file when
 * `several`; on a terminal with the line of the source. With --plain: file, line, column, severity,
 * code and text between tabs. */
void ms_cli_problems(const ms_cli *cli, const ms_cli_vertical *at, bool several,
                     const ms_problems *problems);

/* The script of a vertical. With errors they are listed on stderr, as above: MS_CHECK (exit 3). The
 * caller frees *out. */
ms_status ms_cli_script(ms_cli *cli, const ms_cli_vertical *at, ms_script **out, ms_error *err);

/* Objects with commas between. */
void ms_cli_problems_json(const char *vertical, const ms_problems *problems, ms_buf *out);

/* What was found in one vertical. */
typedef struct ms_cli_found {
    const ms_cli_vertical *at;
    const ms_problems *problems;
} ms_cli_found;

/* SARIF 2.1.0, one run. Places are relative to the working directory where they lie in it. False:
 * no memory. */
bool ms_cli_problems_sarif(const ms_cli_found *found, size_t n, ms_buf *out);

/* Workflow commands: "::error file=...,line=...,col=...,title=...::text". False: no memory. */
bool ms_cli_problems_github(const ms_cli_found *found, size_t n, ms_buf *out);

#endif
