/*
 * The trusted library of a script: scripts/moonsift/ as carried in the program, with Lua's standard
 * libraries, and what it needs from the host. The vertical sees none of these globals; what it gets
 * is the table that init.lua puts together.
 */
#include "lua/inside.h"

#include "base/clock.h"
#include "base/resource.h"
#include "base/text.h"
#include "lua/bridge.h"

#include <lualib.h>
#include <stdlib.h>

static const char environment_key;

/* ---- the module "moonsift.host" ------------------------------------------------------------- */

static int host_where(lua_State *L)
{
    const char *file = NULL;
    int line = 0;
    ms_where(L, &file, &line);
    lua_pushstring(L, file);
    lua_pushinteger(L, line);
    return 2;
}

static int host_line_of(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    const char *file = luaL_checkstring(L, 1);
    uint32_t from = (uint32_t)luaL_checkinteger(L, 2), line = 0;
    ms_str word = {NULL, 0};
    word.p = luaL_checklstring(L, 3, &word.n);
    for (size_t i = 0; i < script->n_files && !line; i++)
        if (strcmp(script->files[i].name, file) == 0)
            line = ms_word_line(&script->files[i].words, word, from);
    if (!line)
        return 0;
    lua_pushinteger(L, line);
    return 1;
}

/* Whether a key stands twice, and what it had first may stand on this line. */
static int host_is_overwritten(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    const char *file = luaL_checkstring(L, 1);
    lua_Integer line = luaL_checkinteger(L, 2);
    bool found = false;
    for (size_t i = 0; i < script->n_files; i++) {
        const ms_words *words = &script->files[i].words;
        for (size_t k = 0; k < words->n_slips && strcmp(script->files[i].name, file) == 0; k++) {
            const ms_slip *slip = &words->slips[k];
            found |= slip->key && slip->first->line <= line && line <= slip->line;
        }
    }
    lua_pushboolean(L, found);
    return 1;
}

/* host.items(file, line, column, word): see ms_scan_items; a list of { line, column, width, key }.
 */
static int host_items(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    const char *file = luaL_checkstring(L, 1);
    ms_str word = {NULL, 0}, source = MS_NONE;
    word.p = luaL_checklstring(L, 4, &word.n);
    for (size_t i = 0; i < script->n_files; i++)
        if (strcmp(script->files[i].name, file) == 0)
            source = script->files[i].source;
    ms_item *items = lua_newuserdatauv(L, MS_SCAN_MAX_ITEMS * sizeof *items, 0);
    size_t n =
        source.p ? ms_scan_items(source, (uint32_t)luaL_checkinteger(L, 2),
                                 (uint32_t)luaL_checkinteger(L, 3), word, items, MS_SCAN_MAX_ITEMS)
                 : 0;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 4);
        lua_pushinteger(L, items[i].line);
        lua_setfield(L, -2, "line");
        lua_pushinteger(L, items[i].column);
        lua_setfield(L, -2, "column");
        lua_pushinteger(L, items[i].width);
        lua_setfield(L, -2, "width");
        if (items[i].key.p) {
            lua_pushlstring(L, items[i].key.p, items[i].key.n);
            lua_setfield(L, -2, "key");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* A line of a file of the vertical, or no value. */
static int host_line(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    const char *file = luaL_checkstring(L, 1);
    ms_str line = MS_NONE;
    for (size_t i = 0; i < script->n_files && !line.p; i++)
        if (strcmp(script->files[i].name, file) == 0)
            line = ms_text_line(script->files[i].source, (uint32_t)luaL_checkinteger(L, 2));
    if (!line.p)
        return 0;
    lua_pushlstring(L, line.p, line.n);
    return 1;
}

enum { MAX_NAMES = 512 };

static int host_nearest(lua_State *L)
{
    const char *names[MAX_NAMES + 1] = {NULL};
    ms_str name = {NULL, 0};
    name.p = luaL_checklstring(L, 1, &name.n);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n = lua_rawlen(L, 2) < MAX_NAMES ? lua_rawlen(L, 2) : MAX_NAMES;
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
            return luaL_argerror(L, 2, "names are texts");
        names[i] = lua_tostring(L, -1); /* kept by the table */
        lua_pop(L, 1);
    }
    const char *nearest = name.n <= 64 ? ms_nearest(name, names) : NULL;
    if (!nearest)
        return 0;
    lua_pushstring(L, nearest);
    return 1;
}

/* The code of the error that is raised next. */
static int host_code(lua_State *L)
{
    ms_script_of(L)->code = ms_code_find(luaL_checkstring(L, 1));
    return 0;
}

static bool two_digits(const char *p, int *out)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

/* "2025-02-01" and nothing behind it, as days; no value when it is no date. */
static int host_days(lua_State *L)
{
    size_t n = 0;
    const char *p = luaL_checklstring(L, 1, &n);
    int century = 0, year = 0, month = 0, day = 0;
    if (n != 10 || p[4] != '-' || p[7] != '-' || !two_digits(p, &century) ||
        !two_digits(p + 2, &year) || !two_digits(p + 5, &month) || !two_digits(p + 8, &day) ||
        month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    lua_pushinteger(L, ms_days(century * 100 + year, month, day));
    return 1;
}

/* What is wrong with a pattern, or no value. Sealing a vertical is what compiles patterns, so one
 * with nothing but this pattern is sealed. */
static int host_pattern_error(lua_State *L)
{
    ms_script *script = ms_script_of(L);
    luaL_checkstring(L, 1);
    ms_error err = {0};
    ms_attribute text = {.name = MS_STR("pattern"), .type = MS_T_TEXT, .max = 1};
    text.pattern = ms_script_text(L, 1);
    ms_vertical probe = {
        .name = MS_STR("probe"), .file = MS_STR("probe"), .attributes = &text, .n_attributes = 1};
    ms_status status = ms_vertical_seal(&probe, script->arena, &err);
    ms_vertical_unseal(&probe);
    if (status == MS_NOMEM)
        return ms_raise_no_memory(L);
    if (!status)
        return 0;
    const char *why = strstr(err.text, "pattern: ");
    lua_pushstring(L, why ? why + 9 : err.text);
    return 1;
}

static int host_contents(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ms_contents(L, 1);
    return 1;
}

static int host_freeze(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ms_freeze(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int host_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_getmetatable(L, 1))
        return luaL_argerror(L, 1, "a table in braces is expected");
    ms_mark_array(L, 1);
    lua_settop(L, 1);
    return 1;
}

/* Plain and linear, unlike string.find. */
static int host_contains(lua_State *L)
{
    size_t n = 0, m = 0;
    const char *text = luaL_checklstring(L, 1, &n), *part = luaL_checklstring(L, 2, &m);
    lua_pushboolean(L, memmem(text, n, part, m) != NULL);
    return 1;
}

static int open_host(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"where", host_where},
        {"line_of", host_line_of},
        {"nearest", host_nearest},
        {"days", host_days},
        {"contents", host_contents},
        {"pattern_error", host_pattern_error},
        {"take", ms_host_take},
        {"freeze", host_freeze},
        {"array", host_array},
        {"contains", host_contains},
        {"code", host_code},
        {"items", host_items},
        {"line", host_line},
        {"is_overwritten", host_is_overwritten},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    ms_bridge_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}

/* ---- loading the library -------------------------------------------------------------------- */

static const ms_resource *find_module(const char *module)
{
    char path[128];
    if (strncmp(module, "moonsift.", 9) != 0)
        return NULL;
    snprintf(path, sizeof path, "scripts/moonsift/%s.lua", module + 9);
    for (const ms_resource *r = ms_resource_lua; r->path; r++)
        if (strcmp(r->path, path) == 0)
            return r;
    return NULL;
}

/* require for the library alone: modules are files carried in the program, run once a state. */
static int require_module(lua_State *L)
{
    const char *module = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, 2, module) != LUA_TNIL)
        return 1;
    const ms_resource *file = find_module(module);
    if (!file)
        return luaL_error(L, "no library file for %s", module);
    lua_pushfstring(L, "=%s", module);
    if (luaL_loadbufferx(L, file->bytes, file->size, lua_tostring(L, -1), "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, module);
    return 1;
}

static void open_standard(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},        {LUA_TABLIBNAME, luaopen_table},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},
        {LUA_UTF8LIBNAME, luaopen_utf8},  {"moonsift.host", open_host},
    };
    /* With pcall the library could swallow the time limit, and the rest has no place in it. */
    static const char *const unwanted[] = {"pcall",  "xpcall", "load", "loadfile",
                                           "dofile", "print",  "warn", "collectgarbage"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, i + 1 < 6);
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
        lua_pushnil(L);
        lua_setglobal(L, unwanted[i]);
    }
    lua_pushcfunction(L, require_module);
    lua_setglobal(L, "require");
}

/* Methods of strings are the vertical's restricted set, for everybody in this state; arithmetic on
 * texts goes with the old metatable. */
static void restrict_strings(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    ms_library_field(L, "strings");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static int refuse_global(lua_State *L)
{
    const ms_script *script = ms_script_of(L);
    const char *file = NULL, *name = lua_tostring(L, 2);
    int line = 0;
    ms_script_of(L)->code = ms_code_find("E203");
    ms_where(L, &file, &line); /* of `a = attributes { ... }` the closing brace */
    for (size_t i = 0; name && i < script->n_files; i++)
        if (strcmp(script->files[i].name, file) == 0) {
            uint32_t at =
                ms_scan_assignment(script->files[i].source, (uint32_t)line, ms_str_z(name));
            line = at ? (int)at : line;
        }
    lua_pushfstring(L, "%s:%d: \"%s\" is not declared: write local %s = ...", file, line,
                    name ? name : "?", name ? name : "x");
    return lua_error(L);
}

/* An empty table before the names, so that nothing can be set. */
static void make_environment(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    ms_library_field(L, "names");
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &environment_key);
}

void ms_library_open(lua_State *L)
{
    open_standard(L);
    lua_pushcfunction(L, require_module);
    lua_pushliteral(L, "moonsift.init");
    lua_call(L, 1, 1);
    ms_script_of(L)->library = luaL_ref(L, LUA_REGISTRYINDEX);
    restrict_strings(L);
    make_environment(L);
}

void ms_library_environment(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &environment_key);
}

void ms_library_field(lua_State *L, const char *name)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, ms_script_of(L)->library);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}
