/*
 * lua/bridge.h: ms_value to Lua and back.
 *
 *     ms_value     Lua                                   back
 *     null         null, a constant that is not nil      null
 *     boolean      boolean                               boolean
 *     integer      integer, 64 bits                      integer
 *     double       float                                 double; NaN and infinity are refused
 *     string       string, any bytes                     string; must be UTF-8 without NUL
 *     array        marked table                          array, empty ones too
 *     object       table                                 object, keys in order of their bytes
 *     rows         array of objects of strings and null  array
 *
 * A table that the script made is an array when its keys are 1..n and n > 0, an object when all
 * keys are strings or it is empty; `array {}` marks an empty array. Anything else is refused with a
 * sentence. Both ways at most 64 levels, 65 536 values and 1 MiB of text.
 *
 * Included by core/lua alone. Functions that push raise Lua errors. [the script's thread]
 */
#ifndef MS_LUA_BRIDGE_H
#define MS_LUA_BRIDGE_H

#include "base/arena.h"

struct lua_State;

enum { MS_BRIDGE_MAX_DEPTH = 64, MS_BRIDGE_MAX_VALUES = 65536, MS_BRIDGE_MAX_TEXT = 1048576 };

void ms_bridge_push_null(struct lua_State *L);

/* Pushes one value; MS_ABSENT is nil. Raises when it is over a limit. */
void ms_bridge_push(struct lua_State *L, const ms_value *value);

/* Reads the value at `index` without running anything of the script; nil is MS_ABSENT. `out`
 * borrows from `arena` alone. MS_INVALID with what is wrong, MS_NOMEM. */
ms_status ms_bridge_read(struct lua_State *L, int index, ms_arena *arena, ms_value *out,
                         ms_error *err);

#endif
