/* The lua_State of a script: its allocator, and the one way in. */
#include "lua/inside.h"

#include <malloc.h>
#include <stdlib.h>

enum {
    ROOM = 256 << 10, /* what a call may leave for the collector to find when it likes */
    TRIM = 1 << 20,   /* so much goes back to the system */
};

/* The limit is on what Lua asks for. A refusal makes Lua collect and ask once more; a second one is
 * LUA_ERRMEM, which nothing inside can catch. */
static void *allocate(void *ud, void *block, size_t old_size, size_t new_size)
{
    ms_script *script = ud;
    size_t had = block ? old_size : 0; /* without a block old_size is a kind of object */
    if (new_size == 0) {
        free(block);
        script->used -= had;
        return NULL;
    }
    if (new_size > had && new_size - had > script->limits.memory_bytes - script->used)
        return NULL;
    void *p = realloc(block, new_size);
    if (p)
        script->used += new_size - had;
    else if (new_size <= had)
        p = block; /* Lua relies on shrinking */
    return p;
}

ms_status ms_state_open(ms_script *script, ms_error *err)
{
    script->L = lua_newstate(allocate, script);
    if (!script->L)
        return ms_fail(err, MS_LIMIT_MEM,
                       "a script's state needs more than its %zu bytes of memory",
                       script->limits.memory_bytes);
    *(ms_script **)lua_getextraspace(script->L) = script;
    script->budget = ms_budget_new(script->L, err);
    return script->budget ? MS_OK : err ? err->status : MS_INTERNAL;
}

void ms_state_close(ms_script *script)
{
    ms_budget_free(script->budget);
    if (script->L)
        lua_close(script->L);
}

static bool is_vertical_file(const ms_script *script, const lua_Debug *frame)
{
    for (size_t i = 0; i < script->n_files; i++)
        if (frame->source[0] == '=' && strcmp(frame->source + 1, script->files[i].name) == 0)
            return true;
    return false;
}

void ms_where(lua_State *L, const char **file, int *line)
{
    const ms_script *script = ms_script_of(L);
    lua_Debug frame;
    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        if (lua_getinfo(L, "Sl", &frame) && frame.currentline > 0 &&
            is_vertical_file(script, &frame)) {
            *file = frame.source + 1; /* lives as long as the function */
            *line = frame.currentline;
            return;
        }
    }
    *file = script->n_files ? script->files[0].name : "vertical.lua";
    *line = script->call_line ? (int)script->call_line : 1;
}

/* Runs where the error was raised. Gives a message that starts with a place of the vertical: errors
 * raised inside the library or by a C function have another place or none. */
static int add_place(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushfstring(L, "(error object is a %s)", luaL_typename(L, 1));
        lua_replace(L, 1);
    }
    const char *text = lua_tostring(L, 1), *file = NULL;
    int line = 0;
    for (size_t i = 0; i < script->n_files; i++) {
        size_t n = strlen(script->files[i].name);
        if (strncmp(text, script->files[i].name, n) == 0 && text[n] == ':')
            return 1;
    }
    if (strncmp(text, "moonsift.", 9) == 0) {
        const char *colon = strchr(text, ':');
        const char *rest = colon ? strchr(colon + 1, ' ') : NULL;
        text = rest ? rest + 1 : text;
    }
    ms_where(L, &file, &line);
    lua_pushfstring(L, "%s:%d: %s", file, line, text);
    return 1;
}

/* What a failed call leaves goes, and goes back to the system: there may be many scripts. */
static void clean_up(ms_script *script)
{
    lua_gc(script->L, LUA_GCCOLLECT);
    malloc_trim(0);
}

/* After memory ran out the call's garbage goes. Should what the script itself keeps leave too
 * little to work with, it is not called again. */
static ms_status out_of_memory(ms_script *script, ms_error *err)
{
    ms_forget_call(script);
    clean_up(script);
    size_t limit = script->limits.memory_bytes;
    script->finished = script->used > limit - limit / 8;
    ms_fail(err, MS_LIMIT_MEM, "%s:%u: used up its %zu KiB of memory",
            script->n_files ? script->files[0].name : "vertical.lua",
            script->call_line ? script->call_line : 1, limit / 1024);
    return ms_hint(err, "make smaller texts and tables, or raise rules.memory"), MS_LIMIT_MEM;
}

static ms_status what_went_wrong(ms_script *script, int result, bool timed_out, unsigned ms,
                                 ms_status kind, ms_error *err)
{
    if (script->no_memory)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (result == LUA_ERRMEM)
        return out_of_memory(script, err);
    const char *text = lua_type(script->L, -1) == LUA_TSTRING ? lua_tostring(script->L, -1)
                                                              : "failed without a message";
    if (!timed_out)
        return ms_fail(err, kind, "%s", text);
    ms_fail(err, MS_LIMIT_CPU, "%s (%u ms)", text, ms);
    ms_forget_call(script);
    lua_settop(script->L, 0);
    clean_up(script); /* it may have made a lot */
    return ms_hint(err, "look for a loop that does not end, or raise rules.cpu_ms"), MS_LIMIT_CPU;
}

/* Lua collects when it has twice as much as it had; many scripts that each kept what a call left
 * would make a judge large. One that computes with numbers and texts comes here once, after it was
 * loaded. */
static void tidy(ms_script *script)
{
    size_t had = script->used;
    if (had <= script->kept + ROOM)
        return;
    lua_gc(script->L, LUA_GCCOLLECT);
    script->kept = script->used;
    if (had - script->used > TRIM)
        malloc_trim(0);
}

/* The function is on top of the stack, above add_place. */
static ms_status protect(ms_script *script, void *arg, unsigned ms, ms_status kind, ms_error *err)
{
    lua_State *L = script->L;
    lua_pushlightuserdata(L, arg);
    ms_budget_begin(script->budget, ms);
    int result = lua_pcall(L, 1, 0, 1);
    bool timed_out = ms_budget_end(script->budget);
    ms_status status = MS_OK;
    if (result != LUA_OK)
        status = what_went_wrong(script, result, timed_out, ms, kind, err);
    lua_settop(L, 0);
    tidy(script);
    return status;
}

static ms_status get_ready(ms_script *script, ms_error *err)
{
    if (script->finished)
        return ms_fail(err, MS_LIMIT_MEM,
                       "the script has filled its memory and is not called again");
    script->no_memory = false;
    script->code = NULL;
    lua_pushcfunction(script->L, add_place); /* the stack is empty between calls */
    return MS_OK;
}

ms_status ms_protect(ms_script *script, lua_CFunction fn, void *arg, unsigned ms, ms_status kind,
                     ms_error *err)
{
    ms_status status = get_ready(script, err);
    if (status)
        return status;
    lua_pushcfunction(script->L, fn);
    return protect(script, arg, ms, kind, err);
}

ms_status ms_protect_ref(ms_script *script, int ref, void *arg, unsigned ms, ms_status kind,
                         ms_error *err)
{
    ms_status status = get_ready(script, err);
    if (status)
        return status;
    lua_rawgeti(script->L, LUA_REGISTRYINDEX, ref);
    return protect(script, arg, ms, kind, err);
}

int ms_raise_no_memory(lua_State *L)
{
    ms_script_of(L)->no_memory = true;
    return luaL_error(L, "out of memory");
}

void *ms_script_alloc(lua_State *L, size_t count, size_t size)
{
    void *p = ms_alloc_zero(ms_script_of(L)->arena, count ? count : 1, size);
    if (!p)
        ms_raise_no_memory(L);
    return p;
}

ms_str ms_script_text(lua_State *L, int index)
{
    size_t n = 0;
    const char *p = lua_tolstring(L, index, &n);
    ms_str text = ms_arena_dup(ms_script_of(L)->arena, (ms_str){p, n});
    if (p && !text.p)
        ms_raise_no_memory(L);
    return text;
}
