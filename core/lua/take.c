/* Values that stand in a vertical, defaults and literals, are read by what reads contacts. */
#include "lua/inside.h"

#include "rules/judge.h"

static ms_status take(ms_attribute *a, ms_str json, ms_arena *arena, ms_taken_value *out,
                      ms_error *err)
{
    ms_vertical probe = {
        .name = MS_STR("probe"), .file = MS_STR("probe"), .attributes = a, .n_attributes = 1};
    ms_status status = ms_vertical_seal(&probe, arena, err); /* compiles the pattern */
    if (!status)
        status = ms_attribute_take(a, json, arena, out, err);
    ms_vertical_unseal(&probe);
    return status;
}

static void push_refusal(lua_State *L, const ms_attribute *a, ms_why why)
{
    char text[512];
    ms_buf words = {0};
    ms_refusal_words(a, why, &words);
    snprintf(text, sizeof text, MS_FMT, MS_ARG(ms_buf_view(&words)));
    ms_buf_free(&words); /* before Lua, which may raise */
    lua_pushstring(L, text);
}

int ms_host_take(lua_State *L)
{
    ms_arena *arena = ms_script_of(L)->arena;
    ms_attribute a = {0};
    ms_taken_value out = {0};
    ms_error err = {0};
    ms_str json;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    ms_status status = ms_value_json(L, 2, &json, &err);
    lua_settop(L, 1);
    ms_compile_attribute(L, &a);
    if (!status && !json.p)
        status = ms_fail(&err, MS_INVALID, "nothing");
    if (!status)
        status = take(&a, json, arena, &out, &err);
    if (status == MS_NOMEM)
        return ms_raise_no_memory(L);
    if (status || out.why) {
        lua_pushnil(L);
        if (status)
            lua_pushstring(L, err.text);
        else
            push_refusal(L, &a, out.why);
        return 2;
    }
    lua_pushinteger(L, out.slot.number);
    if (out.slot.text.p)
        lua_pushlstring(L, out.slot.text.p, out.slot.text.n);
    else
        lua_pushnil(L);
    lua_pushboolean(L, out.slot.changed);
    return 3;
}
