/* Values as JSON, and when two of them are equal. */
#include "base/json.h"
#include "spec.h"

static void expect_text(ms_str s, const char *json)
{
    ms_buf b = {0};
    char *p = tight(s);
    ms_json_string(&b, (ms_str){p, s.n});
    free(p);
    assert_str(ms_buf_view(&b), json);
    ms_buf_free(&b);
}

static void escapes_strings(void **state)
{
    (void)state;
    expect_text(MS_STR(""), "\"\"");
    expect_text(MS_STR("plain text, /slash/ and '"), "\"plain text, /slash/ and '\"");
    expect_text(MS_STR("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    expect_text((ms_str){"a\0b\x1f\x7f", 5}, "\"a\\u0000b\\u001f\x7f\"");
    expect_text(MS_STR("\xc3\xbc"
                       "berbau \xe9\xa3\x9f\xf0\x9f\x98\x80"),
                "\"\xc3\xbc"
                "berbau \xe9\xa3\x9f\xf0\x9f\x98\x80\"");
}

static void replaces_what_is_not_utf8(void **state)
{
    (void)state;
    expect_text(MS_STR("a\xff"
                       "b"),
                "\"a\xef\xbf\xbd"
                "b\"");
    expect_text(MS_STR("\xc3"), "\"\xef\xbf\xbd\"");
    expect_text(MS_STR("\xf0\x9f\x98"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    expect_text(MS_STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Every byte at every place in an 8-byte block, read back. */
static void every_byte_survives(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    for (int c = 1; c < 128; c++)
        for (size_t at = 0; at < 20; at++) {
            char text[20], *p;
            ms_buf b = {0};
            ms_value v;
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            p = tight((ms_str){text, sizeof text});
            ms_json_string(&b, (ms_str){p, sizeof text});
            assert_int_equal(ms_json_parse(arena, ms_buf_view(&b), &v, NULL), MS_OK);
            assert_int_equal(v.count, sizeof text);
            assert_memory_equal(v.as.string, text, sizeof text);
            free(p);
            ms_buf_free(&b);
            ms_arena_reset(arena);
        }
    ms_arena_free(arena);
}

static void expect_rewritten(const char *json, const char *compact)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_buf b = {0};
    assert_int_equal(ms_json_parse(arena, ms_str_z(json), &v, NULL), MS_OK);
    ms_json_write(&b, &v);
    assert_str(ms_buf_view(&b), compact);
    ms_buf_free(&b);
    ms_arena_free(arena);
}

static void keeps_spelling_and_order(void **state)
{
    (void)state;
    expect_rewritten(" { \"b\" : 1.50 , \"a\" : [ 12345678901234567890 , -0 , 1E5 ] } ",
                     "{\"b\":1.50,\"a\":[12345678901234567890,-0,1E5]}");
    expect_rewritten("{\"\\u0061\":\"\\u00e9\"}", "{\"a\":\"\xc3\xa9\"}");
    expect_rewritten("[null,true,false,[],{},\"\"]", "[null,true,false,[],{},\"\"]");
}

static void writes_values_made_by_hand(void **state)
{
    (void)state;
    ms_str columns[] = {MS_STR("id"), MS_STR("n")}, cells[] = {MS_STR("1"), MS_NONE};
    ms_rows rows = {2, 1, columns, cells, MS_NONE};
    ms_member members[] = {{MS_STR("i"), ms_int(5)},
                           {MS_STR("gone"), {.kind = MS_ABSENT}},
                           {MS_STR("d"), ms_double(2.5)},
                           {MS_STR("r"), {.kind = MS_ROWS, .as.rows = &rows}}};
    ms_value v = ms_object(members, 4), absent = {.kind = MS_ABSENT};
    ms_buf b = {0};
    ms_json_write(&b, &v);
    assert_str(ms_buf_view(&b), "{\"i\":5,\"d\":2.5,\"r\":[{\"id\":\"1\",\"n\":null}]}");
    b.n = 0;
    ms_json_write(&b, &absent);
    assert_str(ms_buf_view(&b), "null");
    ms_buf_free(&b);
}

static void writes_for_people(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_buf b = {0};
    assert_int_equal(ms_json_parse(arena, MS_STR("{\"a\":[1,{\"b\":[]}],\"c\":{}}"), &v, NULL),
                     MS_OK);
    ms_json_write_pretty(&b, &v);
    assert_str(ms_buf_view(&b), "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n"
                                "  \"c\": {}\n}");
    ms_buf_free(&b);
    ms_arena_free(arena);
}

static bool equal(const char *a, const char *b)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value x, y;
    assert_int_equal(ms_json_parse(arena, ms_str_z(a), &x, NULL), MS_OK);
    assert_int_equal(ms_json_parse(arena, ms_str_z(b), &y, NULL), MS_OK);
    bool forth = ms_json_equal(&x, &y), back = ms_json_equal(&y, &x);
    assert_int_equal(forth, back);
    ms_arena_free(arena);
    return forth;
}

static void compares_as_json(void **state)
{
    (void)state;
    assert_true(equal("{\"a\":1,\"b\":[2]}", "{ \"b\":[2.0], \"a\":1e0 }"));
    assert_true(equal("-0", "0.0"));
    assert_true(equal("{\"a\":1,\"a\":2}", "{\"a\":2}"));
    assert_true(equal("{\"a\":2,\"b\":0,\"a\":1}", "{\"a\":1,\"b\":0}"));
    assert_true(equal("\"\\u0041\"", "\"A\""));
    assert_true(equal("12345678901234567890", "12345678901234567890.0"));
    assert_false(equal("{\"a\":1,\"a\":2}", "{\"a\":1}"));
    assert_false(equal("{\"a\":null}", "{}"));
    assert_false(equal("{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}"));
    assert_false(equal("[]", "{}"));
    assert_false(equal("[1,2]", "[2,1]"));
    assert_false(equal("[1]", "[1,1]"));
    assert_false(equal("1", "\"1\""));
    assert_false(equal("0", "false"));
    assert_false(equal("null", "false"));
    assert_false(equal("\"a\"", "\"ab\""));
}

/* Beyond 2^53 a double must not swallow the difference. */
static void compares_large_integers_exactly(void **state)
{
    (void)state;
    assert_false(equal("9007199254740993", "9007199254740992"));
    assert_false(equal("9007199254740993", "9007199254740992.0"));
    assert_true(equal("9007199254740992", "9007199254740992.0"));
    assert_false(equal("9223372036854775807", "9223372036854775808"));
    assert_true(equal("-9223372036854775808", "-9223372036854775808.0"));
}

/* 100,000 keys in opposite orders: pairwise search would not end. */
static void compares_large_objects(void **state)
{
    (void)state;
    ms_buf a = {0}, b = {0};
    for (int i = 0, n = 100000; i < n; i++) {
        ms_buf_format(&a, "%c\"k%d\":%d", i ? ',' : '{', i, i);
        ms_buf_format(&b, "%c\"k%d\":%d", i ? ',' : '{', n - 1 - i, n - 1 - i);
    }
    ms_buf_add(&a, "}", 2);
    ms_buf_add(&b, "}", 2);
    assert_true(equal(a.p, b.p));
    ms_buf_free(&a);
    ms_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_strings),
        cmocka_unit_test(replaces_what_is_not_utf8),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(keeps_spelling_and_order),
        cmocka_unit_test(writes_values_made_by_hand),
        cmocka_unit_test(writes_for_people),
        cmocka_unit_test(compares_as_json),
        cmocka_unit_test(compares_large_integers_exactly),
        cmocka_unit_test(compares_large_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
