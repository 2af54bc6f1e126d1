/*
 * cli/specs.h: busted specs beside a vertical, scripts/NAME/..._spec.lua, run in a process of their
 * own. They judge through the program: scripts/moonsift/judging.lua.
 */
#ifndef MS_CLI_SPECS_H
#define MS_CLI_SPECS_H

#include "cli/verticals.h"

typedef enum ms_spec_end { MS_SPEC_PASSED, MS_SPEC_FAILED, MS_SPEC_SKIPPED } ms_spec_end;
typedef struct ms_spec {
    ms_str name;
    ms_str place;   /* "recruitment_spec.lua:12"; empty: unknown */
    ms_str message; /* lines */
    ms_spec_end end;
} ms_spec;

typedef struct ms_specs {
    const char **files; /* names, sorted */
    size_t n_files;
    const char *not_run; /* why; NULL: they were, or there are none */
    ms_spec *items;
    size_t n, passed, failed, skipped;
} ms_specs;

/* Runs those of one vertical; everything lives in cli->arena. That busted is missing is no failure,
 * but said in `not_run`. MS_OK, MS_NOMEM, MS_INTERNAL: no process or no folder for it. */
ms_status ms_specs_run(const ms_cli *cli, const ms_cli_vertical *at, ms_specs *out, ms_error *err);

/* Takes apart what busted printed; when it ended early that is one failure more. */
ms_status ms_specs_read(ms_arena *arena, ms_str printed, ms_specs *out, ms_error *err);

#endif
