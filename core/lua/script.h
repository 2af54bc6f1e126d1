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

#include "rules/problems.h"

typedef struct ms_script ms_script;

typedef struct ms_source_file {
    ms_str name; /* "vertical.lua" */
    ms_str text;
} ms_source_file;

typedef struct ms_script_limits {
    unsigned cpu_ms;     /* CPU time of the custom functions of one decision; 0: 20 */
    unsigned load_ms;    /* loading; 0: 500 */
    size_t memory_bytes; /* 0: 16 MiB */
    size_t source_bytes; /* 0: 64 KiB a file */
} ms_script_limits;

/*
 * Loads the files of one vertical: vertical.lua, then its other .lua files in the order given;
 * cases.yaml and the like only count for the version. MS_INVALID: errors in the script, one a line
 * ("vertical.lua:34: ..."), as many as there is room for. MS_LIMIT_CPU, MS_LIMIT_MEM: it used up
 * its budget. `files` may go away afterwards.
 *
 * The calling thread is the only one that may judge with it, and its timer is not inherited: load
 * after fork. While custom functions are called a real-time signal ticks on this thread every 5 ms
 * (SA_RESTART); it stops by itself when they are not.
 *
 * A function that is stopped at a limit costs that call alone: what it kept is dropped and the next
 * contact is judged. Only when what the script itself keeps fills its memory is it not called
 * again.
 */
ms_status ms_script_load(ms_str name, const ms_source_file *files, size_t n,
                         const ms_script_limits *limits, ms_script **out, ms_error *err);

/*
 * The same, but adds all that is wrong to `problems`, each with its code. *out is NULL when there
 * are errors among them. A status other than MS_OK is a failure to look: no memory, no timer.
 */
ms_status ms_script_check(ms_str name, const ms_source_file *files, size_t n,
                          const ms_script_limits *limits, ms_problems *problems, ms_script **out,
                          ms_error *err);
/*
 * The same; when there are errors *partly becomes what can be understood nevertheless, for
 * ms_lint_partly alone: attributes, and the rules whose conditions are whole, without labels and
 * what is written. NULL: not even that.
 */
ms_status ms_script_check_partly(ms_str name, const ms_source_file *files, size_t n,
                                 const ms_script_limits *limits, ms_problems *problems,
                                 ms_script **out, ms_script **partly, ms_error *err);
void ms_script_free(ms_script *script); /* NULL is allowed */

const ms_vertical *ms_script_vertical(const ms_script *script);

/* Version of a set of files: SHA-256 over names, texts and the language revision, as hex. */
bool ms_script_version(const ms_source_file *files, size_t n, char out[65]);

/* One path segment of a to z, 0 to 9, _ and -, at most 64: what is asked for comes from
 * configuration and requests, too. */
bool ms_script_is_name(const char *name);
/* Reads scripts/NAME/<files> below `dir` (vertical.lua must be there). Texts live in `arena`. */
ms_status ms_script_files(ms_arena *arena, const char *dir, const char *name,
                          ms_source_file **files, size_t *n, ms_error *err);

/* "Lua 5.4.4": of the library that is linked. Not for several threads at once the first time. */
const char *ms_lua_release(void);
/* False: this release has memory faults that 5.4.8 has not. Rules cannot reach them: each needs a
 * metatable, a coroutine, load, or a chain of fields that ms_scan refuses. */
bool ms_lua_is_mended(void);

#endif
