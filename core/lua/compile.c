/*
 * The declared tables into a vertical. The library has checked what people write and reported it
 * with its place; what is checked here is only that the plan is one.
 */
#include "lua/inside.h"

/* ---- typed fields --------------------------------------------------------------------------- */

static int bad_plan(lua_State *L, const char *name, const char *wanted)
{
    return luaL_error(L, "the library's plan: %s is no %s", name, wanted);
}

/* A plan is made of plain tables, so nothing here runs the script. */
static int push_field(lua_State *L, int index, const char *name)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, NULL);
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

ms_str ms_field_text(lua_State *L, int index, const char *name, bool required)
{
    int type = push_field(L, index, name);
    ms_str text = MS_NONE;
    if (type == LUA_TSTRING)
        text = ms_script_text(L, -1);
    else if (type != LUA_TNIL || required)
        bad_plan(L, name, "text");
    lua_pop(L, 1);
    return text;
}

int64_t ms_field_integer(lua_State *L, int index, const char *name, int64_t otherwise)
{
    int type = push_field(L, index, name), fits = 1;
    if (type != LUA_TNIL) {
        otherwise = lua_tointegerx(L, -1, &fits);
        if (type != LUA_TNUMBER || !fits)
            bad_plan(L, name, "whole number");
    }
    lua_pop(L, 1);
    return otherwise;
}

bool ms_field_true(lua_State *L, int index, const char *name)
{
    push_field(L, index, name);
    bool yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

uint32_t ms_field_list(lua_State *L, int index, const char *name)
{
    int type = push_field(L, index, name);
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
    } else if (type != LUA_TTABLE || lua_rawlen(L, -1) > MS_MAX_CONDITIONS) {
        bad_plan(L, name, "list");
    }
    return (uint32_t)lua_rawlen(L, -1);
}

void ms_push_entry(lua_State *L, uint32_t i)
{
    if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
        luaL_error(L, "the library's plan: an entry is no table");
}

const ms_str *ms_field_texts(lua_State *L, int index, const char *name, uint32_t *n)
{
    *n = ms_field_list(L, index, name);
    ms_str *texts = ms_script_alloc(L, *n, sizeof *texts);
    for (uint32_t i = 0; i < *n; i++) {
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
            bad_plan(L, name, "list of texts");
        texts[i] = ms_script_text(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return texts;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void compile_head(lua_State *L, int plan, ms_vertical *v)
{
    push_field(L, plan, "vertical");
    v->name = ms_field_text(L, -1, "name", true);
    v->title = ms_field_text(L, -1, "title", true);
    v->says = ms_field_text(L, -1, "says", false);
    lua_pop(L, 1);
}

void ms_compile(lua_State *L, ms_script *script)
{
    int plan = lua_absindex(L, -1);
    ms_vertical *v = &script->vertical;
    compile_head(L, plan, v);
    ms_compile_attributes(L, plan, v);
    ms_compile_facts(L, plan, v);
    ms_compile_labels(L, plan, v);
    ms_compile_customs(L, plan, script);
    ms_compile_groups(L, plan, v);
    ms_compile_rules(L, plan, v);
    ms_compile_derived(L, plan, v);
    ms_compile_status(L, plan, v);
    v->calls = ms_script_callbacks(script);
}
