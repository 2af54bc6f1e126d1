#include "lua/bridge.h"

#include "base/text.h"
#include "lua/inside.h"

#include <math.h>
#include <stdlib.h>

/* Its address is the null of all states. */
static const char null_value;

void ms_bridge_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&null_value);
}

/* What a conversion may still use up. */
typedef struct room {
    size_t values, text;
} room;

/* ---- to Lua --------------------------------------------------------------------------------- */

static void push(lua_State *L, const ms_value *v, int depth, room *left);

static void push_text(lua_State *L, const char *p, size_t n, room *left)
{
    if (n > left->text)
        luaL_error(L, "a value of more than %d bytes of text", MS_BRIDGE_MAX_TEXT);
    left->text -= n;
    lua_pushlstring(L, n ? p : "", n);
}

static void push_array(lua_State *L, const ms_value *v, int depth, room *left)
{
    lua_createtable(L, (int)(v->count < left->values ? v->count : left->values), 0);
    for (uint32_t i = 0; i < v->count; i++) {
        push(L, &v->as.items[i], depth + 1, left);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    ms_mark_array(L, -1);
}

static void push_object(lua_State *L, const ms_value *v, int depth, room *left)
{
    lua_newtable(L);
    for (uint32_t i = 0; i < v->count; i++) {
        push_text(L, v->as.members[i].key.p, v->as.members[i].key.n, left);
        push(L, &v->as.members[i].value, depth + 1, left);
        lua_rawset(L, -3);
    }
}

static void push_cell(lua_State *L, ms_str cell, int depth, room *left)
{
    ms_value value = ms_string_or_null(cell);
    push(L, &value, depth, left);
}

static void push_rows(lua_State *L, const ms_rows *rows, int depth, room *left)
{
    lua_newtable(L);
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        lua_createtable(L, 0, (int)rows->n_columns);
        for (uint32_t c = 0; c < rows->n_columns; c++) {
            push_text(L, rows->columns[c].p, rows->columns[c].n, left);
            push_cell(L, ms_cell(rows, i, c), depth + 2, left);
            lua_rawset(L, -3);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    ms_mark_array(L, -1);
}

static void push(lua_State *L, const ms_value *v, int depth, room *left)
{
    if (depth > MS_BRIDGE_MAX_DEPTH)
        luaL_error(L, "a value of more than %d levels", MS_BRIDGE_MAX_DEPTH);
    if (left->values-- == 0)
        luaL_error(L, "a value of more than %d parts", MS_BRIDGE_MAX_VALUES);
    luaL_checkstack(L, 6, NULL);
    switch (v->kind) {
    case MS_ABSENT: lua_pushnil(L); break;
    case MS_NULL: ms_bridge_push_null(L); break;
    case MS_BOOL: lua_pushboolean(L, v->as.boolean); break;
    case MS_INT: lua_pushinteger(L, v->as.integer); break;
    case MS_DOUBLE: lua_pushnumber(L, v->as.number); break;
    case MS_STRING: push_text(L, v->as.string, v->count, left); break;
    case MS_ARRAY: push_array(L, v, depth, left); break;
    case MS_OBJECT: push_object(L, v, depth, left); break;
    case MS_ROWS: push_rows(L, v->as.rows, depth, left); break;
    }
}

void ms_bridge_push(lua_State *L, const ms_value *value)
{
    room left = {MS_BRIDGE_MAX_VALUES, MS_BRIDGE_MAX_TEXT};
    push(L, value, 1, &left);
}

/* ---- from Lua ------------------------------------------------------------------------------- */

typedef struct reading {
    lua_State *L;
    ms_arena *arena;
    room left;
    ms_error *err;
} reading;

static ms_status read_value(reading *r, int index, int depth, ms_value *out);

static ms_status read_text(reading *r, int index, ms_str *out)
{
    size_t n = 0;
    const char *p = lua_tolstring(r->L, index, &n);
    if (n > r->left.text)
        return ms_fail(r->err, MS_INVALID, "a value of more than %d bytes of text",
                       MS_BRIDGE_MAX_TEXT);
    r->left.text -= n;
    if (!ms_utf8_valid((ms_str){p, n}) || memchr(p, '\0', n))
        return ms_fail(r->err, MS_INVALID, "a text that is not UTF-8 or holds a NUL");
    *out = ms_arena_dup(r->arena, (ms_str){p, n});
    return out->p ? MS_OK : ms_fail(r->err, MS_NOMEM, "out of memory");
}

typedef struct shape {
    size_t strings, integers, others;
    lua_Integer highest;
} shape;

/* Counts the kinds of keys of the raw table at `index`. */
static shape look(lua_State *L, int index)
{
    shape s = {0};
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            s.strings++;
        else if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > 0)
            s.integers++;
        else
            s.others++;
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > s.highest)
            s.highest = lua_tointeger(L, -1);
    }
    return s;
}

static ms_status read_array(reading *r, int index, size_t n, int depth, ms_value *out)
{
    ms_value *items = ms_alloc_zero(r->arena, n ? n : 1, sizeof *items);
    if (!items)
        return ms_fail(r->err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(r->L, index, (lua_Integer)i + 1);
        ms_status status = read_value(r, lua_gettop(r->L), depth + 1, &items[i]);
        lua_pop(r->L, 1);
        if (status)
            return status;
    }
    *out = ms_array(items, n);
    return MS_OK;
}

static int by_key(const void *a, const void *b)
{
    const ms_member *x = a, *y = b;
    size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
    int order = memcmp(x->key.p, y->key.p, n);
    return order ? order : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

static ms_status read_object(reading *r, int index, size_t n, int depth, ms_value *out)
{
    lua_State *L = r->L;
    ms_member *members = ms_alloc_zero(r->arena, n ? n : 1, sizeof *members);
    ms_status status = members ? MS_OK : ms_fail(r->err, MS_NOMEM, "out of memory");
    size_t i = 0;
    lua_pushnil(L);
    while (!status && lua_next(L, index)) {
        status = read_text(r, -2, &members[i].key);
        if (!status)
            status = read_value(r, lua_gettop(L), depth + 1, &members[i].value);
        i++;
        lua_pop(L, 1);
    }
    if (status)
        return status;
    qsort(members, n, sizeof *members, by_key);
    *out = ms_object(members, n);
    return MS_OK;
}

static ms_status read_table(reading *r, int index, int depth, ms_value *out)
{
    lua_State *L = r->L;
    bool array = ms_is_array(L, index);
    ms_contents(L, index);
    if (lua_rawequal(L, -1, index) && !array && lua_getmetatable(L, index)) {
        lua_pop(L, 2);
        return ms_fail(r->err, MS_INVALID, "a condition or an attribute is no value");
    }
    int raw = lua_gettop(L);
    shape s = look(L, raw);
    bool list = s.strings == 0 && s.others == 0 && s.highest == (lua_Integer)s.integers;
    ms_status status = MS_OK;
    if (s.integers + s.strings > r->left.values)
        status = ms_fail(r->err, MS_INVALID, "a value of more than %d parts", MS_BRIDGE_MAX_VALUES);
    else if (list && (array || s.integers))
        status = read_array(r, raw, s.integers, depth, out);
    else if (!array && !s.integers && !s.others)
        status = read_object(r, raw, s.strings, depth, out);
    else
        status = ms_fail(r->err, MS_INVALID,
                         "a table is either a list without gaps or has only "
                         "names as keys");
    lua_settop(L, raw - 1);
    return status;
}

static ms_status read_number(reading *r, int index, ms_value *out)
{
    if (lua_isinteger(r->L, index)) {
        *out = ms_int(lua_tointeger(r->L, index));
        return MS_OK;
    }
    *out = ms_double(lua_tonumber(r->L, index));
    return isfinite(out->as.number) ? MS_OK : ms_fail(r->err, MS_INVALID, "a number that is none");
}

static ms_status read_value(reading *r, int index, int depth, ms_value *out)
{
    lua_State *L = r->L;
    ms_str text = MS_NONE;
    ms_status status = MS_OK;
    if (depth > MS_BRIDGE_MAX_DEPTH)
        return ms_fail(r->err, MS_INVALID, "a value of more than %d levels (or one inside itself)",
                       MS_BRIDGE_MAX_DEPTH);
    if (r->left.values-- == 0)
        return ms_fail(r->err, MS_INVALID, "a value of more than %d parts", MS_BRIDGE_MAX_VALUES);
    if (!lua_checkstack(L, 8))
        return ms_fail(r->err, MS_NOMEM, "out of memory");
    switch (lua_type(L, index)) {
    case LUA_TNIL: *out = (ms_value){.kind = MS_ABSENT}; return MS_OK;
    case LUA_TBOOLEAN: *out = ms_bool(lua_toboolean(L, index)); return MS_OK;
    case LUA_TNUMBER: return read_number(r, index, out);
    case LUA_TSTRING:
        status = read_text(r, index, &text);
        *out = ms_string(text);
        return status;
    case LUA_TTABLE: return read_table(r, index, depth, out);
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == (void *)&null_value) {
            *out = ms_null();
            return MS_OK;
        }
        break;
    default: break;
    }
    return ms_fail(r->err, MS_INVALID, "a %s is no value", luaL_typename(L, index));
}

ms_status ms_bridge_read(lua_State *L, int index, ms_arena *arena, ms_value *out, ms_error *err)
{
    reading r = {
        .L = L, .arena = arena, .left = {MS_BRIDGE_MAX_VALUES, MS_BRIDGE_MAX_TEXT}, .err = err};
    int top = lua_gettop(L);
    ms_status status = read_value(&r, lua_absindex(L, index), 1, out);
    lua_settop(L, top);
    return status;
}
