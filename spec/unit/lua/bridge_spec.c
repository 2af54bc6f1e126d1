/* ms_value to Lua and back: what went in comes out, and what cannot is refused. */
#include "lua_support.h"

#include "lua/bridge.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <math.h>

typedef struct crossing {
    const ms_value *in;
    ms_arena *arena;
    ms_value out;
    ms_status status;
    ms_error err;
} crossing;

static int push_and_read(lua_State *L)
{
    crossing *c = lua_touserdata(L, 1);
    ms_bridge_push(L, c->in);
    c->status = ms_bridge_read(L, -1, c->arena, &c->out, &c->err);
    return 0;
}

static bool cross(crossing *c)
{
    lua_State *L = luaL_newstate();
    lua_pushcfunction(L, push_and_read);
    lua_pushlightuserdata(L, c);
    bool ok = lua_pcall(L, 1, 0, 0) == LUA_OK;
    if (!ok)
        snprintf(c->err.text, sizeof c->err.text, "%s", lua_tostring(L, -1));
    lua_close(L);
    return ok;
}

static const char *const same[] = {
    "null",
    "true",
    "false",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "0.1",
    "1e300",
    "-0.0",
    "5e-324",
    "\"\"",
    "\"\\u20ac \\ud83d\\ude00\"",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "{\"a\":[],\"b\":{}}",
    "[null]",
    "[null,null,1,null]",
    "{\"\":null}",
    "{\"1\":1,\"2\":2}",
    "[1,[2,[3,{\"k\":[4,null,false,\"x\",1.5]}]]]",
};

static void test_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        ms_arena *arena = ms_arena_new(0);
        ms_value value;
        ms_buf text = {0};
        crossing c = {.in = &value, .arena = arena};
        if (ms_json_parse(arena, ms_str_z(same[i]), &value, &c.err))
            fail_msg("%s: %s", same[i], c.err.text);
        assert_true(cross(&c));
        assert_int_equal(c.status, MS_OK);
        ms_json_write(&text, &c.out);
        if (!ms_json_equal(&value, &c.out) || value.kind != c.out.kind ||
            value.count != c.out.count)
            fail_msg("%s came back as %.*s", same[i], (int)text.n, text.p);
        ms_buf_free(&text);
        ms_arena_free(arena);
    }
}

static void test_keys_come_back_in_one_order(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value value;
    ms_buf text = {0};
    crossing c = {.in = &value, .arena = arena};
    const char *json = "{\"b\":1,\"a\":2,\"ab\":3,\"\":4,\"a\":5}";
    assert_int_equal(ms_json_parse(arena, ms_str_z(json), &value, &c.err), MS_OK);
    assert_true(cross(&c));
    ms_json_write(&text, &c.out);
    ms_buf_char(&text, '\0');
    assert_string_equal(text.p, "{\"\":4,\"a\":5,\"ab\":3,\"b\":1}");
    ms_buf_free(&text);
    ms_arena_free(arena);
}

static void test_rows_are_objects_of_texts(void **state)
{
    (void)state;
    const ms_str columns[] = {MS_STR("id"), MS_STR("name")};
    const ms_str cells[] = {MS_STR("1"), MS_STR("x"), MS_STR("2"), MS_NONE};
    const ms_rows rows = {.n_columns = 2, .n_rows = 2, .columns = columns, .cells = cells};
    const ms_rows none = {.n_columns = 2, .columns = columns};
    ms_value value = {.kind = MS_ROWS, .as.rows = &rows};
    ms_arena *arena = ms_arena_new(0);
    ms_buf text = {0};
    crossing c = {.in = &value, .arena = arena};
    assert_true(cross(&c));
    ms_json_write(&text, &c.out);
    value.as.rows = &none;
    assert_true(cross(&c));
    ms_json_write(&text, &c.out);
    ms_buf_char(&text, '\0');
    assert_string_equal(text.p, "[{\"id\":\"1\",\"name\":\"x\"},{\"id\":\"2\",\"name\":null}][]");
    ms_buf_free(&text);
    ms_arena_free(arena);
}

static ms_value nested(ms_arena *arena, int depth)
{
    ms_value value = ms_array(NULL, 0);
    for (int i = 1; i < depth; i++) {
        ms_value *item = ms_alloc(arena, sizeof *item);
        *item = value;
        value = ms_array(item, 1);
    }
    return value;
}

static void test_depth_is_limited(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value value = nested(arena, MS_BRIDGE_MAX_DEPTH);
    crossing c = {.in = &value, .arena = arena};
    assert_true(cross(&c));
    assert_int_equal(c.status, MS_OK);
    value = nested(arena, MS_BRIDGE_MAX_DEPTH + 1);
    assert_false(cross(&c));
    assert_non_null(strstr(c.err.text, "levels"));
    ms_arena_free(arena);
}

static void test_size_is_limited(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value *items = ms_alloc_zero(arena, MS_BRIDGE_MAX_VALUES, sizeof *items);
    for (int i = 0; i < MS_BRIDGE_MAX_VALUES; i++)
        items[i] = ms_int(i);
    ms_value value = ms_array(items, MS_BRIDGE_MAX_VALUES - 1);
    crossing c = {.in = &value, .arena = arena};
    assert_true(cross(&c));
    assert_int_equal(c.status, MS_OK);
    value.count++;
    assert_false(cross(&c));
    assert_non_null(strstr(c.err.text, "parts"));

    char *text = ms_alloc_zero(arena, MS_BRIDGE_MAX_TEXT + 1, 1);
    memset(text, 'x', MS_BRIDGE_MAX_TEXT + 1);
    value = ms_string((ms_str){text, MS_BRIDGE_MAX_TEXT});
    assert_true(cross(&c));
    assert_int_equal(c.status, MS_OK);
    value.count++;
    assert_false(cross(&c));
    assert_non_null(strstr(c.err.text, "bytes of text"));
    ms_arena_free(arena);
}

/* Reads what a piece of Lua returns. */
static ms_status read_lua(const char *code, ms_arena *arena, ms_value *out, ms_error *err)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    assert_int_equal(luaL_dostring(L, code), LUA_OK);
    ms_status status = ms_bridge_read(L, -1, arena, out, err);
    assert_int_equal(lua_gettop(L), 1);
    lua_close(L);
    return status;
}

static void test_what_is_no_value(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"return print", "a function is no value"},
        {"return coroutine.create(print)", "a thread is no value"},
        {"return io.stdout", "a userdata is no value"},
        {"return 0/0", "a number that is none"},
        {"return -1/0", "a number that is none"},
        {"return '\\xff'", "not UTF-8"},
        {"return 'a\\0b'", "holds a NUL"},
        {"return { ['\\xff'] = 1 }", "not UTF-8"},
        {"return { 1, x = 1 }", "a list without gaps"},
        {"return { [2] = 1 }", "a list without gaps"},
        {"return { [1.5] = 1 }", "a list without gaps"},
        {"return { [math.mininteger] = 1 }", "a list without gaps"},
        {"return { [math.maxinteger] = 1 }", "a list without gaps"},
        {"return { [{}] = 1 }", "a list without gaps"},
        {"return { x = { y = print } }", "a function is no value"},
        {"local t = {} t.t = t return t", "levels"},
        {"return setmetatable({}, { __index = function() error 'ran' end, __len = error })",
         "no value"},
        {"local t = {} for i = 1, 70000 do t[i] = i end return t", "parts"},
        {"local t, s = {}, ('x'):rep(70000) for i = 1, 20 do t[i] = s end return t",
         "bytes of text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ms_arena *arena = ms_arena_new(0);
        ms_value out = {0};
        ms_error err = {0};
        assert_int_equal(read_lua(rows[i][0], arena, &out, &err), MS_INVALID);
        if (!strstr(err.text, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], err.text);
        ms_arena_free(arena);
    }
}

static void test_nil_is_absent(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value out = ms_int(1);
    ms_error err = {0};
    assert_int_equal(read_lua("return nil", arena, &out, &err), MS_OK);
    assert_int_equal(out.kind, MS_ABSENT);
    assert_int_equal(read_lua("return 3.0", arena, &out, &err), MS_OK);
    assert_int_equal(out.kind, MS_DOUBLE);
    assert_int_equal(read_lua("return 3", arena, &out, &err), MS_OK);
    assert_int_equal(out.kind, MS_INT);
    ms_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_keys_come_back_in_one_order),
        cmocka_unit_test(test_rows_are_objects_of_texts),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_size_is_limited),
        cmocka_unit_test(test_what_is_no_value),
        cmocka_unit_test(test_nil_is_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
