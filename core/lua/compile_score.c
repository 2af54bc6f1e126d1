/* What the score, the status and the facts of a plan are made of. */
#include "lua/inside.h"

void ms_compile_groups(lua_State *L, int plan, ms_vertical *v)
{
    lua_getfield(L, plan, "score");
    v->score_attribute = ms_field_text(L, -1, "attribute", true);
    v->score_min = (int32_t)ms_field_integer(L, -1, "min", 0);
    v->score_max = (int32_t)ms_field_integer(L, -1, "max", 0);
    lua_pop(L, 1);
    v->n_groups = ms_field_list(L, plan, "groups");
    ms_group *groups = ms_script_alloc(L, v->n_groups, sizeof *groups);
    for (uint32_t i = 0; i < v->n_groups; i++) {
        ms_push_entry(L, i);
        groups[i].name = ms_field_text(L, -1, "name", true);
        groups[i].says = ms_field_text(L, -1, "says", true);
        groups[i].highest = ms_field_true(L, -1, "highest");
        groups[i].min = (int32_t)ms_field_integer(L, -1, "min", MS_NO_MIN);
        groups[i].max = (int32_t)ms_field_integer(L, -1, "max", MS_NO_MAX);
        groups[i].line = (uint32_t)ms_field_integer(L, -1, "line", 0);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    v->groups = groups;
}

static void compile_case(lua_State *L, ms_vertical *v, ms_status_case *c)
{
    bool asks = lua_getfield(L, -1, "condition") == LUA_TTABLE;
    if (asks)
        c->condition = ms_compile_condition(L, v);
    lua_pop(L, 1);
    c->rule = asks ? MS_NO_RULE : ms_compile_rule_order(L);
    c->value = ms_field_text(L, -1, "value", true);
    c->line = (uint32_t)ms_field_integer(L, -1, "line", 0);
}

void ms_compile_status(lua_State *L, int plan, ms_vertical *v)
{
    ms_status_plan *s = &v->status;
    if (lua_getfield(L, plan, "status") == LUA_TTABLE) {
        s->attribute = ms_field_text(L, -1, "attribute", true);
        s->otherwise = ms_field_text(L, -1, "otherwise", true);
        s->keep = ms_field_texts(L, -1, "keep", &s->n_keep);
        s->stages = ms_field_texts(L, -1, "stages", &s->n_stages);
        s->only_forward = ms_field_true(L, -1, "only_forward");
        s->n_cases = ms_field_list(L, -1, "cases");
        ms_status_case *cases = ms_script_alloc(L, s->n_cases, sizeof *cases);
        for (uint32_t i = 0; i < s->n_cases; i++) {
            ms_push_entry(L, i);
            compile_case(L, v, &cases[i]);
            lua_pop(L, 1);
        }
        s->cases = cases;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static ms_fact_take take_of(lua_State *L, ms_str name)
{
    static const char *const names[] = {
        [MS_TAKE_SIMILARITY] = "similarity", [MS_TAKE_COUNT] = "count",   [MS_TAKE_FOUND] = "found",
        [MS_TAKE_TITLE] = "title",           [MS_TAKE_TITLES] = "titles",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ms_str_eqz(name, names[i]))
            return (ms_fact_take)i;
    return (ms_fact_take)luaL_error(L, "the library's plan: no look-up gives %s", name.p);
}

void ms_compile_facts(lua_State *L, int plan, ms_vertical *v)
{
    v->n_facts = ms_field_list(L, plan, "facts");
    ms_fact *facts = ms_script_alloc(L, v->n_facts, sizeof *facts);
    for (uint32_t i = 0; i < v->n_facts; i++) {
        ms_push_entry(L, i);
        facts[i].take = take_of(L, ms_field_text(L, -1, "take", true));
        facts[i].query = ms_compile_templates(L, v, "query", &facts[i].n_query);
        facts[i].category = ms_field_text(L, -1, "category", false);
        facts[i].threshold = (int32_t)ms_field_integer(L, -1, "threshold", -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    v->facts = facts;
}
