/* Condition trees into one flat program in preorder, and the rules that point into it. */
#include "lua/inside.h"

static const struct {
    const char *name;
    ms_cond_op op;
} ops[] = {
    {"all", MS_C_ALL},
    {"any", MS_C_ANY},
    {"none", MS_C_NONE},
    {"at_least", MS_C_AT_LEAST},
    {"compare", MS_C_COMPARE},
    {"compare_slots", MS_C_COMPARE_SLOTS},
    {"one_of", MS_C_ONE_OF},
    {"contains", MS_C_CONTAINS},
    {"contains_any", MS_C_CONTAINS_ANY},
    {"count", MS_C_COUNT},
    {"text_is", MS_C_TEXT_IS},
    {"text_contains", MS_C_TEXT_CONTAINS},
    {"starts_with", MS_C_STARTS_WITH},
    {"ends_with", MS_C_ENDS_WITH},
    {"matches", MS_C_MATCHES},
    {"present", MS_C_PRESENT},
    {"missing", MS_C_MISSING},
    {"within_days", MS_C_WITHIN_DAYS},
    {"older_days", MS_C_OLDER_DAYS},
    {"score", MS_C_SCORE},
    {"errors", MS_C_ERRORS},
    {"fired", MS_C_FIRED},
    {"custom", MS_C_CUSTOM},
};

static uint8_t op_of(lua_State *L, ms_str name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (ms_str_eqz(name, ops[i].name))
            return (uint8_t)ops[i].op;
    return (uint8_t)luaL_error(L, "the library's plan: no condition %s", name.p);
}

static uint8_t cmp_of(lua_State *L, ms_str name)
{
    static const char *const names[] = {
        [MS_LT] = "lt", [MS_LE] = "le", [MS_EQ] = "eq",
        [MS_NE] = "ne", [MS_GE] = "ge", [MS_GT] = "gt",
    };
    if (!name.p)
        return MS_EQ;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ms_str_eqz(name, names[i]))
            return (uint8_t)i;
    return (uint8_t)luaL_error(L, "the library's plan: no comparison %s", name.p);
}

typedef struct program {
    lua_State *L;
    const ms_vertical *v;
    ms_cond *conditions;
    uint32_t n;
} program;

/* The choices that the node on top of the stack names, as bits. */
static uint64_t choice_mask(lua_State *L)
{
    uint64_t mask = 0;
    uint32_t n = ms_field_list(L, -1, "choices");
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        lua_Integer place = lua_tointeger(L, -1);
        if (place < 1 || place > MS_MAX_CHOICES)
            luaL_error(L, "the library's plan: no choice %d", (int)place);
        mask |= (uint64_t)1 << (place - 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return mask;
}

static int64_t fired_rule(lua_State *L)
{
    lua_getfield(L, -1, "rule");
    int64_t order = ms_field_integer(L, -1, "order", 0) - 1;
    lua_pop(L, 1);
    return order;
}

static void read_node(lua_State *L, const ms_vertical *v, ms_cond *c)
{
    c->op = op_of(L, ms_field_text(L, -1, "op", true));
    c->cmp = cmp_of(L, ms_field_text(L, -1, "cmp", false));
    int64_t slot = ms_field_integer(L, -1, "slot", 1), slot2 = ms_field_integer(L, -1, "slot2", 1);
    c->slot = ms_compile_slot(v, slot);
    c->slot2 = ms_compile_slot(v, slot2);
    c->a = ms_field_integer(L, -1, "a", 0);
    c->size = 1;
    if (c->op == MS_C_ONE_OF || c->op == MS_C_CONTAINS || c->op == MS_C_CONTAINS_ANY)
        c->mask = choice_mask(L);
    else if (c->op >= MS_C_TEXT_IS && c->op <= MS_C_MATCHES)
        c->texts = ms_field_texts(L, -1, "texts", &c->n_texts);
    else if (c->op == MS_C_FIRED)
        c->a = fired_rule(L);
    else if (c->op == MS_C_CUSTOM)
        c->a -= 1;
}

/* Adds the tree on top of the stack; the library bounds its depth. */
static void add_tree(program *p)
{
    lua_State *L = p->L;
    if (p->n == MS_MAX_CONDITIONS)
        luaL_error(L, "the conditions have more than %d parts in all", MS_MAX_CONDITIONS);
    luaL_checkstack(L, 10, NULL);
    uint32_t at = p->n++;
    ms_cond *c = &p->conditions[at];
    read_node(L, p->v, c);
    if (c->op > MS_C_AT_LEAST)
        return;
    c->n_children = (uint16_t)ms_field_list(L, -1, "children");
    for (uint32_t i = 0; i < c->n_children; i++) {
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
            luaL_error(L, "the library's plan: a condition is no table");
        add_tree(p);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    c->size = (uint16_t)(p->n - at);
}

static void compile_rule(program *p, ms_rule *r)
{
    lua_State *L = p->L;
    r->id = ms_field_text(L, -1, "id", true);
    r->name = ms_field_text(L, -1, "name", false);
    r->because = ms_field_text(L, -1, "because", true);
    r->points = (int32_t)ms_field_integer(L, -1, "points", 0);
    r->label = (int16_t)(ms_field_integer(L, -1, "label", 0) - 1);
    r->outcome = ms_field_true(L, -1, "outcome");
    r->line = (uint32_t)ms_field_integer(L, -1, "line", 0);
    r->group = (int16_t)(ms_field_integer(L, -1, "group", 0) - 1);
    r->condition = (uint16_t)p->n;
    lua_getfield(L, -1, "condition");
    add_tree(p);
    lua_pop(L, 1);
}

void ms_compile_rules(lua_State *L, int plan, ms_vertical *v)
{
    program p = {.L = L, .v = v};
    p.conditions = ms_script_alloc(L, MS_MAX_CONDITIONS, sizeof *p.conditions);
    v->n_rules = ms_field_list(L, plan, "rules");
    ms_rule *rules = ms_script_alloc(L, v->n_rules, sizeof *rules);
    for (uint32_t i = 0; i < v->n_rules; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        compile_rule(&p, &rules[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    v->rules = rules;
    v->conditions = p.conditions;
    v->n_conditions = p.n;
}

uint16_t ms_compile_condition(lua_State *L, ms_vertical *v)
{
    program p = {L, v, (ms_cond *)v->conditions, v->n_conditions}; /* not sealed yet: still ours */
    add_tree(&p);
    uint16_t root = (uint16_t)v->n_conditions;
    v->n_conditions = p.n;
    return root;
}
