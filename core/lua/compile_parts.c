/* The parts of a plan that are no conditions: attributes, labels, derived attributes. */
#include "base/json.h"
#include "lua/bridge.h"
#include "lua/inside.h"

static ms_type type_of(lua_State *L, ms_str name)
{
    ms_type type = MS_T_AS_IS;
    if (!ms_type_named(name, &type))
        luaL_error(L, "the library's plan: no type %s", name.p);
    return type;
}

static void compile_ranges(lua_State *L, int plan, ms_vertical *v)
{
    v->n_ranges = ms_field_list(L, plan, "ranges");
    ms_pair *ranges = ms_script_alloc(L, v->n_ranges, sizeof *ranges);
    for (uint32_t i = 0; i < v->n_ranges; i++) {
        ms_push_entry(L, i);
        ranges[i].low = (uint16_t)(ms_field_integer(L, -1, "low", 0) - 1);
        ranges[i].high = (uint16_t)(ms_field_integer(L, -1, "high", 0) - 1);
        lua_pop(L, 1);
    }
    v->ranges = ranges;
    lua_pop(L, 1);
}

ms_status ms_value_json(lua_State *L, int index, ms_str *json, ms_error *err)
{
    ms_arena *arena = ms_script_of(L)->arena;
    ms_value value;
    ms_buf buf = {0};
    *json = MS_NONE;
    ms_status status = ms_bridge_read(L, index, arena, &value, err);
    if (status || value.kind == MS_ABSENT)
        return status;
    ms_json_write(&buf, &value);
    *json = buf.failed ? MS_NONE : ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return json->p ? MS_OK : MS_NOMEM;
}

static ms_str default_of(lua_State *L)
{
    ms_str json;
    ms_error err = {0};
    lua_getfield(L, -1, "otherwise");
    ms_status status = ms_value_json(L, -1, &json, &err);
    lua_pop(L, 1);
    if (status == MS_NOMEM)
        ms_raise_no_memory(L);
    if (status)
        luaL_error(L, "the library's plan: otherwise: %s", err.text);
    return json;
}

/* The attribute on top of the stack, declared or computed. */
void ms_compile_attribute(lua_State *L, ms_attribute *a)
{
    a->name = ms_field_text(L, -1, "name", true);
    a->type = type_of(L, ms_field_text(L, -1, "type", true));
    a->says = ms_field_text(L, -1, "says", false);
    a->unit = ms_field_text(L, -1, "unit", false);
    a->choices = ms_field_texts(L, -1, "choices", &a->n_choices);
    a->min = ms_field_integer(L, -1, "min", 0);
    a->max = ms_field_integer(L, -1, "max", 0);
    a->pattern = ms_field_text(L, -1, "pattern", false);
    a->country = ms_field_text(L, -1, "country", false);
    a->personal = ms_field_true(L, -1, "personal");
    a->otherwise = default_of(L);
    a->deprecated = ms_field_text(L, -1, "deprecated", false);
    a->columns = ms_field_texts(L, -1, "columns", &a->n_columns);
    lua_getfield(L, -1, "place");
    a->line = (uint32_t)ms_field_integer(L, -1, "line", 0);
    lua_pop(L, 1);
}

static ms_formula formula_of(lua_State *L, ms_str name)
{
    static const char *const names[] = {
        [MS_F_PER] = "per", [MS_F_WHOLE] = "whole", [MS_F_LAST_NUMBER] = "last_number"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ms_str_eqz(name, names[i]))
            return (ms_formula)i;
    return (ms_formula)luaL_error(L, "the library's plan: no formula %s", name.p);
}

static ms_computed compile_computed(lua_State *L, const ms_vertical *v)
{
    return (ms_computed){
        .formula = formula_of(L, ms_field_text(L, -1, "formula", true)),
        .slot = ms_compile_slot(v, ms_field_integer(L, -1, "of", 1)),
        .slot2 = ms_compile_slot(v, ms_field_integer(L, -1, "of2", 1)),
        .by = ms_field_integer(L, -1, "by", 0),
    };
}

uint16_t ms_compile_slot(const ms_vertical *v, int64_t slot)
{
    enum { FIRST_FACT = 1001 };
    return (uint16_t)(slot < FIRST_FACT ? slot - 1
                                        : v->n_attributes + v->n_computed + slot - FIRST_FACT);
}

/* The list on top of the stack, which it takes off. */
static void compile_list(lua_State *L, ms_attribute *attributes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ms_push_entry(L, i);
        ms_compile_attribute(L, &attributes[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static uint32_t count_list(lua_State *L, int plan, const char *name)
{
    uint32_t n = ms_field_list(L, plan, name);
    lua_pop(L, 1);
    return n;
}

void ms_compile_attributes(lua_State *L, int plan, ms_vertical *v)
{
    v->n_attributes = count_list(L, plan, "attributes");
    v->n_computed = count_list(L, plan, "computed");
    v->n_facts = count_list(L, plan, "facts");
    ms_attribute *attributes = ms_script_alloc(L, ms_vertical_slots(v), sizeof *attributes);
    ms_computed *computed = ms_script_alloc(L, v->n_computed, sizeof *computed);
    ms_field_list(L, plan, "attributes");
    compile_list(L, attributes, v->n_attributes);
    ms_field_list(L, plan, "computed");
    for (uint32_t i = 0; i < v->n_computed; i++) {
        ms_push_entry(L, i);
        computed[i] = compile_computed(L, v);
        lua_pop(L, 1);
    }
    compile_list(L, attributes + v->n_attributes, v->n_computed);
    ms_field_list(L, plan, "facts");
    compile_list(L, attributes + v->n_attributes + v->n_computed, v->n_facts);
    v->attributes = attributes;
    v->computed = computed;
    compile_ranges(L, plan, v);
}

void ms_compile_labels(lua_State *L, int plan, ms_vertical *v)
{
    v->n_labels = ms_field_list(L, plan, "labels");
    ms_label *labels = ms_script_alloc(L, v->n_labels, sizeof *labels);
    for (uint32_t i = 0; i < v->n_labels; i++) {
        ms_push_entry(L, i);
        labels[i].title = ms_field_text(L, -1, "title", true);
        labels[i].description = ms_field_text(L, -1, "description", true);
        labels[i].colour = ms_field_text(L, -1, "colour", true);
        labels[i].sidebar = ms_field_true(L, -1, "sidebar");
        labels[i].owned = ms_field_true(L, -1, "owned");
        labels[i].line = (uint32_t)ms_field_integer(L, -1, "line", 0);
        lua_pop(L, 1);
    }
    v->labels = labels;
    lua_pop(L, 1);
}

/* ---- derived attributes --------------------------------------------------------------------- */

static ms_template compile_template(lua_State *L, const ms_vertical *v)
{
    ms_template t = {.n = ms_field_list(L, -1, "pieces")};
    ms_piece *pieces = ms_script_alloc(L, t.n, sizeof *pieces);
    for (uint32_t i = 0; i < t.n; i++) {
        ms_push_entry(L, i);
        pieces[i].text = ms_field_text(L, -1, "text", false);
        int64_t slot = ms_field_integer(L, -1, "slot", 0);
        pieces[i].slot = slot ? ms_compile_slot(v, slot) : -1;
        ms_str form = ms_field_text(L, -1, "form", false);
        pieces[i].form = ms_str_eqz(form, "thousands") ? MS_FORM_THOUSANDS : MS_FORM_PLAIN;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    t.pieces = pieces;
    return t;
}

const ms_template *ms_compile_templates(lua_State *L, const ms_vertical *v, const char *name,
                                        uint32_t *n)
{
    *n = ms_field_list(L, -1, name);
    ms_template *templates = ms_script_alloc(L, *n, sizeof *templates);
    for (uint32_t i = 0; i < *n; i++) {
        ms_push_entry(L, i);
        templates[i] = compile_template(L, v);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return templates;
}

uint32_t ms_compile_rule_order(lua_State *L)
{
    lua_getfield(L, -1, "rule");
    uint32_t order = (uint32_t)ms_field_integer(L, -1, "order", 0) - 1;
    lua_pop(L, 1);
    return order;
}

void ms_compile_derived(lua_State *L, int plan, ms_vertical *v)
{
    v->n_derived = ms_field_list(L, plan, "derived");
    ms_derived *derived = ms_script_alloc(L, v->n_derived, sizeof *derived);
    for (uint32_t i = 0; i < v->n_derived; i++) {
        ms_derived *d = &derived[i];
        ms_push_entry(L, i);
        ms_str kind = ms_field_text(L, -1, "kind", true);
        d->name = ms_field_text(L, -1, "name", true);
        d->says = ms_field_text(L, -1, "says", false);
        d->line = (uint32_t)ms_field_integer(L, -1, "line", 0);
        if (ms_str_eqz(kind, "template")) {
            d->kind = MS_D_TEMPLATE;
            d->templates = ms_compile_templates(L, v, "templates", &d->n_templates);
        } else if (ms_str_eqz(kind, "rule")) {
            d->kind = MS_D_RULE;
            d->rule = ms_compile_rule_order(L);
        } else if (ms_str_eqz(kind, "number")) {
            d->kind = MS_D_NUMBER;
            d->slot = ms_compile_slot(v, ms_field_integer(L, -1, "slot", 0));
        } else {
            d->kind = MS_D_CUSTOM;
            d->custom = (uint32_t)ms_field_integer(L, -1, "custom", 0) - 1;
        }
        lua_pop(L, 1);
    }
    v->derived = derived;
    lua_pop(L, 1);
}

/* ---- custom functions ----------------------------------------------------------------------- */

static const uint16_t *compile_reads(lua_State *L, const ms_vertical *v, uint32_t *n)
{
    *n = ms_field_list(L, -1, "reads");
    uint16_t *reads = ms_script_alloc(L, *n, sizeof *reads);
    for (uint32_t i = 0; i < *n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        reads[i] = ms_compile_slot(v, lua_tointeger(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return reads;
}

void ms_compile_customs(lua_State *L, int plan, ms_script *script)
{
    ms_vertical *v = &script->vertical;
    v->n_customs = ms_field_list(L, plan, "customs");
    ms_custom *customs = ms_script_alloc(L, v->n_customs, sizeof *customs);
    script->functions = ms_script_alloc(L, v->n_customs, sizeof *script->functions);
    for (uint32_t i = 0; i < v->n_customs; i++) {
        ms_push_entry(L, i);
        customs[i].says = ms_field_text(L, -1, "says", true);
        customs[i].line = (uint32_t)ms_field_integer(L, -1, "line", 0);
        customs[i].reads = compile_reads(L, v, &customs[i].n_reads);
        lua_getfield(L, -1, "fn");
        script->functions[i].fn = luaL_ref(L, LUA_REGISTRYINDEX);
        lua_pop(L, 1);
    }
    v->customs = customs;
    lua_pop(L, 1);
}
