/*
 * cli/types_write.h: what editors know about verticals: stubs for LuaLS, made from the compiled
 * vertical and from scripts/moonsift/meta.
 */
#ifndef MS_CLI_TYPES_WRITE_H
#define MS_CLI_TYPES_WRITE_H

#include "cli/init_files.h"
#include "rules/vertical.h"

enum { MS_STUBS_MOST = 16 };

/* Names of classes begin with it: the vertical's name with '_' for what no name has. */
ms_str ms_types_prefix(ms_arena *arena, ms_str vertical);

/* ".moonsift/types/NAME.lua". MS_NOMEM. */
ms_status ms_types_vertical(const ms_vertical *vertical, ms_arena *arena, ms_new_file *out,
                            ms_error *err);

/* ".moonsift/library/...": what the library offers every vertical, and ".moonsift/.gitignore".
 * Fills at most MS_STUBS_MOST. MS_NOMEM. */
ms_status ms_types_library(ms_arena *arena, ms_new_file *out, size_t *n, ms_error *err);

/* ".luarc.json", which tells LuaLS where all that stands. */
ms_new_file ms_types_luarc(void);

#endif
