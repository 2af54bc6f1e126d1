/*
 * Custom functions: slots into a table of plain values, the answer back.
 *
 * The table is frozen, so that a function can leave nothing in it, and made once: a call only
 * changes the values behind it. Names and choices are texts that Lua has already. A call of a
 * function that compares numbers and choices allocates nothing.
 */
#include "lua/inside.h"

#include "base/json.h"
#include "base/text.h"
#include "lua/bridge.h"

enum { MAX_VALUE = 64 << 10 }; /* of what is stored with every contact, and in its journal */

typedef struct call {
    ms_script *script;
    uint32_t custom;
    const ms_slots *slots;
    bool large;       /* it was given a value that must not be kept */
    ms_truth truth;   /* condition */
    ms_arena *arena;  /* derive; NULL for a condition */
    ms_str json;      /* derive */
    ms_error *err;    /* filled with `status` when the answer is of no use */
    ms_status status; /* found out inside, without a Lua error */
} call;

/* Upvalues of what calls a custom function. */
enum { FUNCTION = 1, ARGUMENTS, VALUES /* behind the arguments */, HANDLES };
/* In the handles, from the attribute's place on: its name, then its choices. */
enum { NAME, FIRST_CHOICE };

static void push_choices(lua_State *L, const ms_attribute *a, uint64_t mask, lua_Integer place)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < a->n_choices; i++)
        if (mask >> i & 1) {
            lua_rawgeti(L, lua_upvalueindex(HANDLES), place + FIRST_CHOICE + (lua_Integer)i);
            lua_rawseti(L, -2, ++n);
        }
    ms_mark_array(L, -1);
}

/* As it came in, whatever it is: a nested value is parsed for the call. */
static void push_as_is(lua_State *L, const ms_field *field)
{
    ms_value value = {.kind = field->kind};
    ms_arena *arena = NULL;
    switch (field->kind) {
    case MS_BOOL: value.as.boolean = field->as.boolean; break;
    case MS_INT: value.as.integer = field->as.integer; break;
    case MS_DOUBLE: value.as.number = field->as.number; break;
    case MS_STRING: value = ms_string(field->as.string); break;
    case MS_ARRAY:
    case MS_OBJECT:
        arena = ms_script_of(L)->call_arena;
        if (ms_json_parse(arena, field->raw, &value, NULL) != MS_OK)
            luaL_error(L, "an attribute cannot be read");
        break;
    default: break;
    }
    ms_bridge_push(L, &value);
}

static void push_slot(lua_State *L, const ms_attribute *a, const ms_slot *slot, lua_Integer place)
{
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_DATE:
    case MS_T_TIME: lua_pushinteger(L, slot->number); break;
    case MS_T_NUMBER: lua_pushnumber(L, (lua_Number)slot->number / MS_MILLION); break;
    case MS_T_MONEY: lua_pushnumber(L, (lua_Number)slot->number / 100); break;
    case MS_T_BOOLEAN: lua_pushboolean(L, slot->number != 0); break;
    case MS_T_CHOICE:
        lua_rawgeti(L, lua_upvalueindex(HANDLES), place + FIRST_CHOICE + slot->number);
        break;
    case MS_T_CHOICES: push_choices(L, a, slot->mask, place); break;
    case MS_T_TEXT:
    case MS_T_URL:
    case MS_T_EMAIL:
    case MS_T_PHONE:
    case MS_T_HANDLE: lua_pushlstring(L, slot->text.p, slot->text.n); break;
    case MS_T_AS_IS: push_as_is(L, slot->field); break;
    }
}

/* False when one of the attributes that it reads is missing or invalid. */
static bool reads_are_there(const call *c, const ms_custom *custom)
{
    for (uint32_t i = 0; i < custom->n_reads; i++)
        if (c->slots->items[custom->reads[i]].state != MS_SLOT_VALID)
            return false;
    return true;
}

static void take_truth(lua_State *L, call *c, const ms_custom *custom)
{
    if (lua_isnil(L, -1))
        c->truth = MS_UNKNOWN;
    else if (lua_isboolean(L, -1))
        c->truth = lua_toboolean(L, -1) ? MS_YES : MS_NO;
    else
        c->status = ms_fail(c->err, MS_SCRIPT,
                            MS_FMT ":%u: the function answers true, false or nil (not known); it "
                                   "answered a %s",
                            MS_ARG(c->script->vertical.file), custom->line, luaL_typename(L, -1));
}

static void take_value(lua_State *L, call *c, const ms_custom *custom)
{
    ms_value value = {0};
    ms_error why = {0};
    ms_buf json = {0};
    c->status = ms_bridge_read(L, -1, c->arena, &value, &why);
    if (c->status == MS_INVALID)
        c->status = ms_fail(c->err, MS_SCRIPT, MS_FMT ":%u: the function's value: %s",
                            MS_ARG(c->script->vertical.file), custom->line, why.text);
    else if (c->status)
        ms_fail(c->err, c->status, "%s", why.text);
    if (c->status || value.kind == MS_ABSENT)
        return;
    ms_json_write(&json, &value);
    if (json.n > MAX_VALUE) {
        c->status =
            ms_fail(c->err, MS_SCRIPT,
                    MS_FMT ":%u: the function's value has %zu bytes as JSON; %d are allowed",
                    MS_ARG(c->script->vertical.file), custom->line, json.n, MAX_VALUE);
        ms_buf_free(&json);
        return;
    }
    c->json = json.failed ? MS_NONE : ms_arena_dup(c->arena, ms_buf_view(&json));
    ms_buf_free(&json);
    if (!c->json.p)
        c->status = ms_fail(c->err, MS_NOMEM, "out of memory");
}

/* Tables, and texts that Lua does not share. */
static bool is_large(lua_State *L, ms_type type)
{
    enum { SHARED = 40 };
    if (type == MS_T_INTEGER || type == MS_T_DATE || type == MS_T_CHOICE)
        return false; /* the usual ones */
    return lua_type(L, -1) == LUA_TTABLE ||
           (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) > SHARED);
}

static void set_values(lua_State *L, call *c, const ms_custom *custom)
{
    const ms_attribute *attributes = c->script->vertical.attributes;
    for (uint32_t i = 0; i < custom->n_reads; i++) {
        uint16_t slot = custom->reads[i];
        lua_Integer place = c->script->places[slot];
        lua_rawgeti(L, lua_upvalueindex(HANDLES), place + NAME);
        push_slot(L, &attributes[slot], &c->slots->items[slot], place);
        c->large |= is_large(L, attributes[slot].type);
        lua_rawset(L, lua_upvalueindex(VALUES));
    }
}

/* Nothing large is kept until the next call. The keys are there, so nothing is allocated. */
static void clear_values(lua_State *L, const ms_script *script, const ms_custom *custom, int values,
                         int handles)
{
    for (uint32_t i = 0; i < custom->n_reads; i++) {
        lua_rawgeti(L, handles, script->places[custom->reads[i]] + NAME);
        lua_pushboolean(L, 0);
        lua_rawset(L, values);
    }
}

/* [protected] */
static int run(lua_State *L)
{
    call *c = lua_touserdata(L, 1);
    ms_script *script = c->script;
    const ms_custom *custom = &script->vertical.customs[c->custom];
    set_values(L, c, custom);
    lua_pushvalue(L, lua_upvalueindex(FUNCTION));
    lua_pushvalue(L, lua_upvalueindex(ARGUMENTS));
    lua_pushinteger(L, c->slots->today);
    lua_call(L, 2, 1);
    ms_restore(L, script, script->running);
    if (c->large)
        clear_values(L, script, custom, lua_upvalueindex(VALUES), lua_upvalueindex(HANDLES));
    if (c->arena)
        take_value(L, c, custom);
    else
        take_truth(L, c, custom);
    return 0;
}

void ms_forget_call(ms_script *script)
{
    lua_State *L = script->L;
    const ms_function *f = script->running;
    if (!f)
        return;
    ms_restore(L, script, f);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->handles);
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->call);
    lua_getupvalue(L, -1, VALUES);
    int values = lua_gettop(L);
    clear_values(L, script, &script->vertical.customs[f - script->functions], values, values - 2);
    lua_settop(L, values - 3);
}

static ms_status call_custom(call *c)
{
    ms_script *s = c->script;
    const ms_custom *custom = &s->vertical.customs[c->custom];
    if (!reads_are_there(c, custom))
        return MS_OK;
    s->call_line = custom->line;
    s->running = &s->functions[c->custom];
    ms_arena_reset(s->call_arena);
    ms_status status = ms_protect_ref(s, s->running->call, c, s->limits.cpu_ms, MS_SCRIPT, c->err);
    if (status)
        ms_forget_call(s);
    s->call_line = 0;
    s->running = NULL;
    return status ? status : c->status;
}

static ms_status call_condition(void *script, uint32_t custom, const ms_slots *slots, ms_truth *out,
                                ms_error *err)
{
    call c = {.script = script, .custom = custom, .slots = slots, .truth = MS_UNKNOWN, .err = err};
    ms_status status = call_custom(&c);
    *out = status ? MS_UNKNOWN : c.truth;
    return status;
}

static ms_status call_derive(void *script, uint32_t custom, const ms_slots *slots, ms_arena *arena,
                             ms_str *out, ms_error *err)
{
    call c = {.script = script, .custom = custom, .slots = slots, .arena = arena, .err = err};
    ms_status status = call_custom(&c);
    *out = status ? MS_NONE : c.json;
    return status;
}

/* ---- once ----------------------------------------------------------------------------------- */

static void make_handles(lua_State *L, ms_script *script)
{
    const ms_vertical *v = &script->vertical;
    uint32_t n_slots = ms_vertical_slots(v);
    lua_Integer next = 1;
    script->places = ms_script_alloc(L, n_slots, sizeof *script->places);
    lua_newtable(L);
    for (uint32_t i = 0; i < n_slots; i++) {
        const ms_attribute *a = &v->attributes[i];
        script->places[i] = next;
        lua_pushlstring(L, a->name.p, a->name.n);
        lua_rawseti(L, -2, next++);
        for (uint32_t k = 0; k < a->n_choices; k++) {
            lua_pushlstring(L, a->choices[k].p, a->choices[k].n);
            lua_rawseti(L, -2, next++);
        }
    }
    script->handles = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Pushes the arguments and the table behind them, with a place for each value. */
static void push_arguments(lua_State *L, const ms_vertical *v, const ms_custom *custom)
{
    lua_createtable(L, 0, (int)custom->n_reads);
    for (uint32_t i = 0; i < custom->n_reads; i++) {
        ms_str name = v->attributes[custom->reads[i]].name;
        lua_pushlstring(L, name.p, name.n);
        lua_pushboolean(L, 0);
        lua_rawset(L, -3);
    }
    ms_freeze(L, -1);
    ms_contents(L, -1);
}

void ms_prepare_calls(lua_State *L, ms_script *script)
{
    make_handles(L, script);
    for (uint32_t i = 0; i < script->vertical.n_customs; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, script->functions[i].fn);
        push_arguments(L, &script->vertical, &script->vertical.customs[i]);
        lua_rawgeti(L, LUA_REGISTRYINDEX, script->handles);
        lua_pushcclosure(L, run, HANDLES);
        script->functions[i].call = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}

/* ---- while the functions are tried ---------------------------------------------------------- */

/* __index of the values: what is there is found before it is asked. */
static int refuse_read(lua_State *L)
{
    const char *names[MS_MAX_SLOTS + 1] = {NULL};
    ms_script *script = ms_script_of(L);
    const char *name = luaL_tolstring(L, 2, NULL);
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, 1) && n < MS_MAX_SLOTS; lua_pop(L, 1))
        names[n++] = lua_tostring(L, -2); /* kept by the table */
    const char *near = ms_nearest(ms_str_z(name), names);
    script->code = ms_code_find("E101");
    if (ms_vertical_slot(&script->vertical, ms_str_z(name)) >= 0)
        return luaL_error(L, "\"%s\" is not in reads; add it: reads = { ..., a.%s }", name, name);
    return luaL_error(L, "\"%s\" is not in reads%s%s%s", name, near ? "; did you mean \"" : "",
                      near ? near : "", near ? "\"?" : "");
}

/* [protected] */
static int guard_reads(lua_State *L)
{
    ms_script *script = ms_script_of(L);
    bool on = *(const bool *)lua_touserdata(L, 1);
    for (uint32_t i = 0; i < script->vertical.n_customs; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, script->functions[i].call);
        lua_getupvalue(L, -1, VALUES);
        if (on) {
            lua_createtable(L, 0, 1);
            lua_pushcfunction(L, refuse_read);
            lua_setfield(L, -2, "__index");
        } else {
            lua_pushnil(L);
        }
        lua_setmetatable(L, -2);
        lua_pop(L, 2);
    }
    return 0;
}

ms_status ms_guard_reads(ms_script *script, bool on, ms_error *err)
{
    return ms_protect(script, guard_reads, &on, script->limits.load_ms, MS_INTERNAL, err);
}

static void begin(void *script)
{
    ms_budget_round(((ms_script *)script)->budget);
}

ms_script_calls ms_script_callbacks(ms_script *script)
{
    return (ms_script_calls){
        .script = script, .begin = begin, .condition = call_condition, .derive = call_derive};
}
