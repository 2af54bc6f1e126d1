/* Custom functions: slots into a table of plain values, the answer back. */
#include "lua/inside.h"

#include "base/json.h"
#include "lua/bridge.h"

typedef struct call {
    ms_script *script;
    uint32_t custom;
    const ms_slots *slots;
    ms_truth truth;   /* condition */
    ms_arena *arena;  /* derive; NULL for a condition */
    ms_str json;      /* derive */
    ms_error *err;    /* filled with `status` when the answer is of no use */
    ms_status status; /* found out inside, without a Lua error */
} call;

static void push_choices(lua_State *L, const ms_attribute *a, uint64_t mask)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < a->n_choices; i++)
        if (mask >> i & 1) {
            lua_pushlstring(L, a->choices[i].p, a->choices[i].n);
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

static void push_slot(lua_State *L, const ms_attribute *a, const ms_slot *slot)
{
    switch (a->type) {
    case MS_T_INTEGER:
    case MS_T_DATE:
    case MS_T_TIME: lua_pushinteger(L, slot->number); break;
    case MS_T_NUMBER: lua_pushnumber(L, (lua_Number)slot->number / MS_MILLION); break;
    case MS_T_MONEY: lua_pushnumber(L, (lua_Number)slot->number / 100); break;
    case MS_T_BOOLEAN: lua_pushboolean(L, slot->number != 0); break;
    case MS_T_CHOICE: {
        ms_str choice = a->choices[slot->number];
        lua_pushlstring(L, choice.p, choice.n);
        break;
    }
    case MS_T_CHOICES: push_choices(L, a, slot->mask); break;
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
    c->json = json.failed ? MS_NONE : ms_arena_dup(c->arena, ms_buf_view(&json));
    ms_buf_free(&json);
    if (!c->json.p)
        c->status = ms_fail(c->err, MS_NOMEM, "out of memory");
}

/* [protected] */
static int run(lua_State *L)
{
    call *c = lua_touserdata(L, 1);
    ms_script *script = c->script;
    const ms_custom *custom = &script->vertical.customs[c->custom];
    ms_restore(L, script);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->functions[c->custom]);
    lua_createtable(L, 0, (int)custom->n_reads);
    for (uint32_t i = 0; i < custom->n_reads; i++) {
        uint16_t slot = custom->reads[i];
        const ms_attribute *a = &script->vertical.attributes[slot];
        lua_pushlstring(L, a->name.p, a->name.n);
        push_slot(L, a, &c->slots->items[slot]);
        lua_rawset(L, -3);
    }
    lua_pushinteger(L, c->slots->today);
    lua_call(L, 2, 1);
    if (c->arena)
        take_value(L, c, custom);
    else
        take_truth(L, c, custom);
    return 0;
}

static ms_status call_custom(call *c)
{
    ms_script *s = c->script;
    const ms_custom *custom = &s->vertical.customs[c->custom];
    if (!reads_are_there(c, custom))
        return MS_OK;
    s->call_line = custom->line;
    ms_arena_reset(s->call_arena);
    ms_status status = ms_protect(s, run, c, s->limits.cpu_ms, MS_SCRIPT, c->err);
    s->call_line = 0;
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

ms_script_calls ms_script_callbacks(ms_script *script)
{
    return (ms_script_calls){.script = script, .condition = call_condition, .derive = call_derive};
}
