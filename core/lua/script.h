/*
 * lua/script.h: loads a vertical's Lua files into a compiled vertical.
 *
 * This folder is the only place that includes lua.h. One script = one version of one vertical on
 * one thread: a lua_State with its own allocator limit, the *rules* environment, the program that
 * came out of it, and its custom functions. After loading everything is frozen: nothing a custom
 * function does outlives its call.
 */
#ifndef MS_LUA_SCRIPT_H
#define MS_LUA_SCRIPT_H

#include "rules/vertical.h"

typedef struct ms_script ms_script;

typedef struct ms_source_file {
    ms_str name; /* "vertical.lua" */
    ms_str text;
} ms_source_file;

typedef struct ms_script_limits {
    unsigned cpu_ms;     /* one call of a custom function; 0: 20 */
    unsigned load_ms;    /* loading; 0: 500 */
    size_t memory_bytes; /* 0: 16 MiB */
    size_t source_bytes; /* 0: 64 KiB a file */
} ms_script_limits;

/* Loads the files of one vertical. MS_INVALID: an error in the script, err->text starts with
 * "vertical.lua:34: ". MS_LIMIT_CPU, MS_LIMIT_MEM: it used up its budget. The calling thread is the
 * only one that may judge with it. `files` may go away afterwards. */
ms_status ms_script_load(ms_str name, const ms_source_file *files, size_t n,
                         const ms_script_limits *limits, ms_script **out, ms_error *err);
void ms_script_free(ms_script *script); /* NULL is allowed */

const ms_vertical *ms_script_vertical(const ms_script *script);

/* Version of a set of files: SHA-256 over names, texts and the language revision, as hex. */
bool ms_script_version(const ms_source_file *files, size_t n, char out[65]);

/* Reads scripts/NAME/<files> below `dir` (vertical.lua must be there). Texts live in `arena`. */
ms_status ms_script_files(ms_arena *arena, const char *dir, const char *name,
                          ms_source_file **files, size_t *n, ms_error *err);

/* "Lua 5.4.4", for `moonsift version`. */
const char *ms_lua_release(void);

#endif
