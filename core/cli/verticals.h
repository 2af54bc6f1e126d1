/*
 * cli/verticals.h: verticals as verbs of analysts take them: one by name, or all in the folder.
 */
#ifndef MS_CLI_VERTICALS_H
#define MS_CLI_VERTICALS_H

#include "cli/verb.h"
#include "lua/script.h"

typedef struct ms_cli_vertical {
    const char *name;
    const char *dir;       /* the folder that holds its folder */
    ms_source_file *files; /* sorted by name */
    size_t n_files;
} ms_cli_vertical;

/* `given` (NULL: all that have a vertical.lua, by name) with their files, in cli->arena. */
ms_status ms_cli_verticals(ms_cli *cli, const ms_cli_env *env, const char *given,
                           ms_cli_vertical **out, size_t *n, ms_error *err);

/* The files of one, in cli->arena; MS_NOT_FOUND with the nearest name that there is. */
ms_status ms_cli_vertical_files(ms_cli *cli, const ms_cli_env *env, ms_cli_vertical *vertical,
                                ms_error *err);

/* The text of a file of it; p == NULL: it has none of that name. */
ms_str ms_cli_vertical_file(const ms_cli_vertical *vertical, const char *name);

#endif
