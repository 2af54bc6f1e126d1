/*
 * Nothing outlives an event. When loading has ended, every table that a custom function can reach
 * becomes read-only: its contents move to a table behind it, and the vertical has no function that
 * reaches past a metatable. Upvalues cannot be made read-only; they are put back after each call.
 */
#include "lua/inside.h"

static const char behind_key, array_key;

static int refuse_write(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "this cannot be set: nothing is kept from one contact to the next");
    return luaL_error(L, "\"%s\" cannot be set: nothing is kept from one contact to the next",
                      lua_tostring(L, 2));
}

static int length_behind(lua_State *L)
{
    ms_contents(L, 1);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
    return 1;
}

/* True when the table at `index` has a metatable with the light key; pushes that field then. */
static bool push_meta(lua_State *L, int index, const void *key)
{
    if (!lua_getmetatable(L, index))
        return false;
    int type = lua_rawgetp(L, -1, key);
    lua_remove(L, -2);
    if (type == LUA_TNIL)
        lua_pop(L, 1);
    return type != LUA_TNIL;
}

void ms_contents(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (!push_meta(L, index, &behind_key))
        lua_pushvalue(L, index);
}

static void move_contents(lua_State *L, int from, int to)
{
    lua_pushnil(L);
    while (lua_next(L, from)) { /* from, key, value */
        lua_pushvalue(L, -2);
        lua_insert(L, -2); /* key, key, value */
        lua_rawset(L, to);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, from); /* clearing a field while walking is allowed */
    }
}

void ms_freeze(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 12, NULL);
    bool array = push_meta(L, index, &array_key);
    if (array)
        lua_pop(L, 1);
    if (lua_getmetatable(L, index)) {
        lua_pop(L, 1);
        if (!array || push_meta(L, index, &behind_key)) {
            lua_pop(L, array ? 1 : 0);
            return;
        }
    }
    lua_newtable(L);
    move_contents(L, index, lua_absindex(L, -1));
    lua_createtable(L, 0, 6); /* behind, meta */
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, &behind_key);
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, length_behind);
    lua_setfield(L, -2, "__len");
    lua_pushboolean(L, array);
    if (array)
        lua_rawsetp(L, -2, &array_key);
    else
        lua_pop(L, 1);
    lua_setmetatable(L, index);
    lua_pop(L, 1);
}

void ms_mark_array(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 1);
        lua_pushboolean(L, 1);
        lua_rawsetp(L, -2, &array_key);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
    }
    lua_setmetatable(L, index);
}

bool ms_is_array(lua_State *L, int index)
{
    bool array = push_meta(L, index, &array_key);
    lua_pop(L, array ? 1 : 0);
    return array;
}

/* ---- what a function can reach -------------------------------------------------------------- */

typedef struct reach {
    lua_State *L;
    ms_script *script;
    int seen;  /* stack index: set of tables, functions and upvalue ids that one function reaches */
    int inert; /* stack index: set of tables from which no function with upvalues is reached */
} reach;

/* Looks at the value on top of the stack. True: it reaches no upvalue. */
static bool visit(reach *r, int depth);

/* Is the value on top of the stack in the set? */
static bool is_in(lua_State *L, int set)
{
    lua_pushvalue(L, -1);
    bool found = lua_rawget(L, set) != LUA_TNIL;
    lua_pop(L, 1);
    return found;
}

static void put_in(lua_State *L, int set)
{
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, set);
}

/* True the first time; the value on top of the stack stays there. */
static bool first_time(reach *r)
{
    if (is_in(r->L, r->seen))
        return false;
    put_in(r->L, r->seen);
    return true;
}

/* The upvalue's value is on top of the stack, the function below it. */
static void keep_upvalue(reach *r, int number)
{
    lua_State *L = r->L;
    ms_script *s = r->script;
    lua_pushlightuserdata(L, lua_upvalueid(L, -2, number));
    bool known = !first_time(r);
    lua_pop(L, 1);
    if (known)
        return;
    if (s->n_upvalues == s->upvalue_capacity) {
        uint32_t capacity = s->upvalue_capacity ? s->upvalue_capacity * 2 : 64;
        ms_upvalue *grown = ms_script_alloc(L, capacity, sizeof *grown);
        if (s->n_upvalues)
            memcpy(grown, s->upvalues, s->n_upvalues * sizeof *grown);
        s->upvalues = grown;
        s->upvalue_capacity = capacity;
    }
    ms_upvalue up = {.number = number};
    lua_pushvalue(L, -2);
    up.function = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, -1);
    up.value = luaL_ref(L, LUA_REGISTRYINDEX);
    s->upvalues[s->n_upvalues++] = up;
}

static bool of_vertical(lua_State *L)
{
    lua_Debug info;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &info);
    return info.what[0] != 'C' && strncmp(info.source, "=moonsift.", 10) != 0;
}

static bool visit_function(reach *r, int depth)
{
    lua_State *L = r->L;
    int i = 1;
    if (!of_vertical(L))
        return true;
    for (; lua_getupvalue(L, -1, i); i++) {
        keep_upvalue(r, i);
        visit(r, depth + 1);
        lua_pop(L, 1);
    }
    return i == 1;
}

/* An object of the library is no table of the vertical's: it has a metatable that nothing here has
 * made. */
static bool is_object(lua_State *L)
{
    if (ms_is_array(L, -1) || !lua_getmetatable(L, -1))
        return false;
    lua_pop(L, 1);
    ms_contents(L, -1);
    bool frozen = !lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    return !frozen;
}

/* Many functions may share a large table: it is walked again only if functions are in it. */
static bool visit_table(reach *r, int depth)
{
    lua_State *L = r->L;
    bool inert = true;
    if (is_object(L))
        return true;
    ms_freeze(L, -1);
    ms_contents(L, -1);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        inert &= visit(r, depth + 1);
        lua_pop(L, 1);
        inert &= visit(r, depth + 1); /* a key may be a table too */
    }
    lua_pop(L, 1);
    if (inert)
        put_in(L, r->inert);
    return inert;
}

static bool visit(reach *r, int depth)
{
    lua_State *L = r->L;
    int type = lua_type(L, -1);
    if (type != LUA_TTABLE && type != LUA_TFUNCTION)
        return true;
    if (depth > 100)
        luaL_error(L, "tables and functions are nested more than 100 deep");
    luaL_checkstack(L, 16, NULL);
    if (is_in(L, r->inert))
        return true;
    if (!first_time(r))
        return false; /* or it is being walked right now: nothing is known of it */
    return type == LUA_TTABLE ? visit_table(r, depth) : visit_function(r, depth);
}

void ms_freeze_functions(lua_State *L, ms_script *script)
{
    reach r = {.L = L, .script = script};
    lua_newtable(L);
    r.inert = lua_absindex(L, -1);
    for (uint32_t i = 0; i < script->vertical.n_customs; i++) {
        ms_function *f = &script->functions[i];
        f->first_upvalue = script->n_upvalues;
        lua_newtable(L);
        r.seen = lua_absindex(L, -1);
        lua_rawgeti(L, LUA_REGISTRYINDEX, f->fn);
        visit(&r, 0);
        lua_pop(L, 2);
        f->n_upvalues = script->n_upvalues - f->first_upvalue;
    }
    lua_pop(L, 1);
}

void ms_restore(lua_State *L, const ms_script *script, const ms_function *f)
{
    for (uint32_t i = 0; i < f->n_upvalues; i++) {
        const ms_upvalue *up = &script->upvalues[f->first_upvalue + i];
        lua_rawgeti(L, LUA_REGISTRYINDEX, up->function);
        lua_rawgeti(L, LUA_REGISTRYINDEX, up->value);
        lua_setupvalue(L, -2, up->number);
        lua_pop(L, 1);
    }
}
