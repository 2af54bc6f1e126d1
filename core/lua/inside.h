/*
 * lua/inside.h: what the files of core/lua share and nobody above sees.
 *
 * One ms_script is one lua_State. Every entry into it is ms_protect: functions that take only a
 * lua_State raise Lua errors and are called from inside one; functions that take an ms_script and
 * return a status never raise.
 */
#ifndef MS_LUA_INSIDE_H
#define MS_LUA_INSIDE_H

#include "lua/budget.h"
#include "lua/scan.h"
#include "lua/script.h"
#include "rules/judge.h"
#include "rules/problems.h"

#include <lauxlib.h>
#include <lua.h>

/* An upvalue of the vertical's functions, as it was when loading ended. */
typedef struct ms_upvalue {
    int function, value; /* references into the registry */
    int number;
} ms_upvalue;

/* A custom function. */
typedef struct ms_function {
    int fn;                             /* reference to it */
    int call;                           /* reference to what calls it (calls.c) */
    uint32_t first_upvalue, n_upvalues; /* all that it can reach, in the script's `upvalues` */
} ms_function;

typedef struct ms_loaded_file {
    const char *name; /* "vertical.lua", NUL-terminated */
    ms_str source;
    ms_words words;
} ms_loaded_file;

struct ms_script {
    lua_State *L;
    ms_budget *budget;
    ms_script_limits limits;
    size_t used;          /* bytes that the state holds */
    size_t kept;          /* of them, after all garbage was collected the last time */
    bool finished;        /* nothing runs any more: what it keeps fills its memory */
    const ms_code *code;  /* of the error that ended a call; NULL: it has none of its own */
    bool no_memory;       /* the host's own memory ran out inside a protected call */
    ms_arena *arena;      /* the vertical and everything kept about it */
    ms_arena *call_arena; /* for one call of a custom function */
    ms_str name;          /* of the vertical */
    uint32_t call_line;   /* of the custom function that is running */
    const ms_function *running;
    ms_loaded_file *files;
    size_t n_files;
    int library;            /* reference to what scripts/moonsift/init.lua returned */
    int handles;            /* reference: names and choices of all attributes, see calls.c */
    lua_Integer *places;    /* of an attribute in it, by slot */
    ms_function *functions; /* the custom functions, n_customs of the vertical */
    ms_upvalue *upvalues;   /* of all functions that they can reach */
    uint32_t n_upvalues, upvalue_capacity;
    ms_vertical vertical;
};

static inline ms_script *ms_script_of(lua_State *L)
{
    return *(ms_script **)lua_getextraspace(L);
}

/* ---- state.c -------------------------------------------------------------------------------- */

/* A state with its allocator limit and nothing in it. */
ms_status ms_state_open(ms_script *script, ms_error *err);
void ms_state_close(ms_script *script);

/* Runs fn(L) with `arg` as light userdata on the stack, within `ms` of CPU time. An error of the
 * script is `kind` with the text of the error. */
ms_status ms_protect(ms_script *script, lua_CFunction fn, void *arg, unsigned ms, ms_status kind,
                     ms_error *err);
/* The same for a function in the registry. */
ms_status ms_protect_ref(ms_script *script, int ref, void *arg, unsigned ms, ms_status kind,
                         ms_error *err);

/* From the script's arena; raise when there is no memory. */
void *ms_script_alloc(lua_State *L, size_t count, size_t size);
ms_str ms_script_text(lua_State *L, int index); /* copy of a string on the stack */
/* Raises "out of memory" as MS_NOMEM. */
int ms_raise_no_memory(lua_State *L);

/* File and line of the vertical that is being run: the innermost frame of one of its files. */
void ms_where(lua_State *L, const char **file, int *line);

/* ---- library.c ------------------------------------------------------------------------------ */

/* Loads scripts/moonsift with its own, richer globals and leaves in the registry what the vertical
 * gets. [protected] */
void ms_library_open(lua_State *L);
/* Pushes the vertical's environment. */
void ms_library_environment(lua_State *L);
/* Pushes a field of what scripts/moonsift/init.lua returned. */
void ms_library_field(lua_State *L, const char *name);

/* ---- freeze.c ------------------------------------------------------------------------------- */

/* Makes the table at `index` read-only, in place; tables with a metatable of the library's and
 * tables that are frozen already are left alone. */
void ms_freeze(lua_State *L, int index);
/* Pushes the table that holds the contents of the one at `index`: itself unless it is frozen. */
void ms_contents(lua_State *L, int index);
/* Freezes every table that the script's custom functions can reach and keeps the upvalues of every
 * function of the vertical among them. [protected] */
void ms_freeze_functions(lua_State *L, ms_script *script);
/* Puts the upvalues back that the function can reach. No allocation, cannot fail. */
void ms_restore(lua_State *L, const ms_script *script, const ms_function *f);
/* host.take(fields, value): a value as an attribute with these fields takes it. Gives the number
 * inside, the canonical text (nil: the type has none) and whether it differs from what was given;
 * or nil and why. */
int ms_host_take(lua_State *L);
/* Arrays are marked, so that an empty one stays one. */
void ms_mark_array(lua_State *L, int index);
bool ms_is_array(lua_State *L, int index);

/* ---- compile.c, compile_parts.c, compile_condition.c ------------------------------------------
 */

/* The plan (a table on top of the stack, see scripts/moonsift/plan.lua) into
 * script->vertical. [protected] */
void ms_compile(lua_State *L, ms_script *script);

/* Typed fields of the table at `index`; a plan that is not well formed raises. */
ms_str ms_field_text(lua_State *L, int index, const char *name, bool required);
int64_t ms_field_integer(lua_State *L, int index, const char *name, int64_t otherwise);
bool ms_field_true(lua_State *L, int index, const char *name);
/* Pushes the list `name` (an empty one when it is nil) and returns its length. */
uint32_t ms_field_list(lua_State *L, int index, const char *name);
const ms_str *ms_field_texts(lua_State *L, int index, const char *name, uint32_t *n);
/* Entry `i`, from 0, of the list on top of the stack, pushed: a table. */
void ms_push_entry(lua_State *L, uint32_t i);

/* The slot that the library calls `slot`: from 1; facts, which stand behind all others, from 1001.
 */
uint16_t ms_compile_slot(const ms_vertical *v, int64_t slot);
/* Adds the condition on top of the stack to the program of a vertical whose rules are compiled;
 * returns its root. */
uint16_t ms_compile_condition(lua_State *L, ms_vertical *v);
/* A value as JSON in the script's arena; p == NULL: nil. MS_INVALID: it has none; MS_NOMEM. */
ms_status ms_value_json(lua_State *L, int index, ms_str *json, ms_error *err);
/* The attribute on top of the stack. */
void ms_compile_attribute(lua_State *L, ms_attribute *a);
/* Attributes, computed numbers, slots of facts, and ranges. */
void ms_compile_attributes(lua_State *L, int plan, ms_vertical *v);
/* The query templates of a fact, or those of a derived attribute, under `name`. */
const ms_template *ms_compile_templates(lua_State *L, const ms_vertical *v, const char *name,
                                        uint32_t *n);
/* The declared rule under "rule" of the table on top of the stack: its place in judging order. */
uint32_t ms_compile_rule_order(lua_State *L);
/* The score's range, and groups. */
void ms_compile_groups(lua_State *L, int plan, ms_vertical *v);
void ms_compile_facts(lua_State *L, int plan, ms_vertical *v);
void ms_compile_labels(lua_State *L, int plan, ms_vertical *v);
void ms_compile_derived(lua_State *L, int plan, ms_vertical *v);
void ms_compile_status(lua_State *L, int plan, ms_vertical *v);
void ms_compile_customs(lua_State *L, int plan, ms_script *script);
/* All rules and their conditions, one after the other in one program. */
void ms_compile_rules(lua_State *L, int plan, ms_vertical *v);

/* ---- calls.c -------------------------------------------------------------------------------- */

/* What core/rules calls; see ms_script_calls. */
ms_script_calls ms_script_callbacks(ms_script *script);
/* Once, when everything is frozen: what each custom function is called with. [protected] */
void ms_prepare_calls(lua_State *L, ms_script *script);
/* After a call that did not come to its end: drops what it was called with and what it left in
 * upvalues. No allocation, cannot fail. */
void ms_forget_call(ms_script *script);
/* While `on`, a function that asks for a value it does not read is stopped with E101. */
ms_status ms_guard_reads(ms_script *script, bool on, ms_error *err);

/* ---- rehearse.c ----------------------------------------------------------------------------- */

/* Calls each custom function of a sealed vertical with some values; what goes wrong becomes
 * problems: errors where it is so for every contact, else W214. MS_NOMEM. */
ms_status ms_rehearse(ms_script *script, ms_problems *problems, ms_error *err);

#endif
