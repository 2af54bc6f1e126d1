/* Both readers of JSON at once: whatever one accepts the other must accept. */
#include "base/json.h"
#include "spec.h"

#include <math.h>

static ms_json_reader *reader;

/* Whether `source` (any bytes, not padded) is accepted as a tree, and `{"k":source}` as fields. */
static bool accepted(ms_str source, ms_error *err)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    char *p = tight(source);
    ms_status tree = ms_json_parse(arena, (ms_str){p, source.n}, &v, err);
    free(p);

    ms_buf b = {0};
    ms_fields top = {0}, nested = {0};
    ms_buf_z(&b, "{\"k\":");
    ms_buf_str(&b, source);
    ms_buf_char(&b, '}');
    p = tight(ms_buf_view(&b));
    ms_status flat = ms_json_read(reader, (ms_str){p, b.n}, "k", &top, &nested, NULL);
    if (tree != flat)
        fail_msg("tree %s, flat %s: " MS_FMT, ms_status_name(tree), ms_status_name(flat),
                 MS_ARG(source));
    free(p);
    ms_buf_free(&b);
    ms_fields_free(&top);
    ms_fields_free(&nested);
    ms_arena_free(arena);
    assert_true(tree == MS_OK || tree == MS_INVALID);
    return tree == MS_OK;
}

static void accept_all(const char *const *list)
{
    ms_error err;
    for (; *list; list++)
        if (!accepted(ms_str_z(*list), &err))
            fail_msg("refused: %s: %s", *list, err.text);
}

static void refuse_all(const char *const *list)
{
    for (; *list; list++)
        if (accepted(ms_str_z(*list), NULL))
            fail_msg("accepted: %s", *list);
}

/* clang-format would give each text a line of its own. */
/* clang-format off */
static void accepts_json(void **state)
{
    (void)state;
    static const char *const good[] = {
        "null", "true", "false", "0", "-0", "1", "-1", "1.0", "1e5", "1E+5", "1e-5", "0.5", "\"\"",
        "[]", "{}", " [ ] ", "\t\r\n{\n}\t", "[1,2]", "[ 1 , 2 ]", "{\"a\":1}",
        "{ \"a\" : 1 , \"b\" : [ ] }", "{\"\":0}", "{\"a\":1,\"a\":2}", "[[[[]]]]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"",
        "\"\\uffff\"", "\"\xf0\x9f\x98\x80\"", "\"\x7f\"", "\"[1,2\"", "[\"a]\",\"{\"]", "\"\\\\\"",
        "\"a\\\\\\\"b\"", "[\"\\\\\",\"x\"]", "1e308", "-1e308", "1e-400", "12345678901234567890",
        "0e999999999", "0.0e99999999999999999999", NULL};
    accept_all(good);
}

static void refuses_what_is_no_scalar(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", " ", "\n", "nul", "nulll", "True", "tru e", "NaN", "Infinity", "-Infinity", "undefined",
        "'a'", "a", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "0x10", "1_000", "1 2",
        "--1", "1-", "1.2.3", "1e5.5", "1e400", "-1e400", "[1e309]", "1e99999999999999999999",
        "123456789e4294967296", NULL};
    refuse_all(bad);
}

static void refuses_what_is_no_string(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\"", "\"a", "a\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u 123\"",
        "\"\\U0041\"", "\"\\\n\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"",
        "\"\\ud83d\\u0041\"", "\"\\ud83d\\ud83d\"", "\"\\ude00\\ud83d\"", "\"a\"b", "\"a\"\"b\"",
        "1\"a\"", "\"a\"1", "\"\t\"", "\"a\nb\"", "\"\x01\"", "\"a\"\\", "\\\"a\"", NULL};
    refuse_all(bad);
}

static void refuses_broken_structure(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1}", "[1]]", "[]]", "{",
        "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}",
        "{\"a\"::1}", "{a:1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1]",
        "{\"a\",\"b\"}", "{\"a\":1}}", "{\"a\":1}x", "[1:2]", "[\"a\":1]", ":", ",", NULL};
    refuse_all(bad);
}

static void refuses_bytes_between_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "// c\n1", "1 // c", "/**/1", "[1]\\", "\\", "1\\", "[\"a\"\\,1]", "\xef\xbb\xbf[]",
        "\x0c[]", "[\x0b]", "\"a\"\x0c", "\x1a", "{\"a\"\x1a\" 1}", "{\"a\"\x1a 1}", "[1\x0c 2]",
        NULL};
    refuse_all(bad);
}

static void refuses_what_is_not_utf8(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\"\x80\"", "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc3\"", "\"\xc3(\"", "\"\xe0\x80\x80\"",
        "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf0\x80\x80\x80\"",
        "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"", "\"\xfe\"", "\xc3", "[\xff]",
        "{\"\xff\":1}", "\"\\\xff\"", NULL};
    refuse_all(bad);
}
/* clang-format on */

/* The same fault at every offset against the scanner's blocks of 64 and its last, partial one. */
static void finds_faults_at_every_offset(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    for (int before = 0; before < 140; before++)
        for (int after = 0; after < 140; after += 23) {
            assert_true(accepted(
                ms_arena_format(arena, "[\"%*s\\\\\",\"%*s\"]", before, "", after, ""), NULL));
            assert_false(
                accepted(ms_arena_format(arena, "[\"%*s\xff%*s\"]", before, "", after, ""), NULL));
            assert_false(
                accepted(ms_arena_format(arena, "[\"%*s\x1f%*s\"]", before, "", after, ""), NULL));
            assert_false(accepted(
                ms_arena_format(arena, "[\"%*s\\\",\"%*s\"]", before, "", after, ""), NULL));
            assert_false(
                accepted(ms_arena_format(arena, "%*s[1}%*s", before, "", after, ""), NULL));
            ms_arena_reset(arena);
        }
    ms_arena_free(arena);
}

static const char sample[] =
    "{\"id\":1,\"name\":\"L\xc3\xa9\\u00e9\\ud83d\\ude00\",\"e\":null,\"t\":[true,false,-1.5e-7],"
    "\"custom_attributes\":{\"budget\\u005fmin\":20000,\"x\":{\"y\":[{},[],\"\"]},\"z\":\"\\\"\"}}";

static void refuses_every_truncation(void **state)
{
    (void)state;
    assert_true(accepted(MS_STR(sample), NULL));
    for (size_t n = 0; n < sizeof sample - 1; n++)
        assert_false(accepted((ms_str){sample, n}, NULL));
}

/* Every byte replaced by every other: no crash, both readers agree (checked in `accepted`). */
static void agrees_on_every_mutation(void **state)
{
    (void)state;
    char copy[sizeof sample];
    int good = 0;
    for (size_t i = 0; i < sizeof sample - 1; i++)
        for (int c = 0; c < 256; c++) {
            memcpy(copy, sample, sizeof sample);
            copy[i] = (char)c;
            good += accepted((ms_str){copy, sizeof sample - 1}, NULL);
        }
    assert_in_range(good, 1000, 20000);
}

static void refuses_nul_bytes_anywhere(void **state)
{
    (void)state;
    char copy[sizeof sample + 1];
    for (size_t i = 0; i < sizeof sample; i++) {
        memcpy(copy, sample, i);
        copy[i] = '\0';
        memcpy(copy + i + 1, sample + i, sizeof sample - 1 - i);
        assert_false(accepted((ms_str){copy, sizeof sample}, NULL));
    }
}

static void limits_depth(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_error err;
    for (int objects = 0; objects < 2; objects++)
        for (int depth = 64; depth <= 66; depth++) {
            ms_buf b = {0};
            for (int i = 0; i < depth; i++)
                ms_buf_z(&b, objects ? "{\"a\":" : "[");
            ms_buf_z(&b, objects ? "1" : "");
            for (int i = 0; i < depth; i++)
                ms_buf_char(&b, objects ? '}' : ']');
            ms_status s = ms_json_parse(arena, ms_buf_view(&b), &v, &err);
            assert_int_equal(s, depth > 64 ? MS_INVALID : MS_OK);
            ms_fields top = {0};
            s = objects ? ms_json_read(reader, ms_buf_view(&b), NULL, &top, NULL, &err) : s;
            assert_int_equal(s, depth > 64 ? MS_INVALID : MS_OK);
            if (s)
                assert_non_null(strstr(err.text, "more than 64 levels"));
            ms_fields_free(&top);
            ms_buf_free(&b);
        }
    ms_buf b = {0};
    for (int i = 0; i < 1000000; i++)
        ms_buf_char(&b, '[');
    assert_int_equal(ms_json_parse(arena, ms_buf_view(&b), &v, &err), MS_INVALID);
    ms_buf_free(&b);
    ms_arena_free(arena);
}

static void expect_number(const char *text, ms_kind kind, int64_t integer, double number)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    char *p = tight(ms_str_z(text));
    assert_int_equal(ms_json_parse(arena, (ms_str){p, strlen(text)}, &v, NULL), MS_OK);
    free(p);
    if (v.kind != kind)
        fail_msg("%s is of kind %d", text, v.kind);
    if (kind == MS_INT)
        assert_true(v.as.integer == integer);
    else
        assert_memory_equal(&v.as.number, &number, sizeof number);
    assert_str(v.text, text);
    ms_arena_free(arena);
}

static void keeps_numbers_at_the_borders(void **state)
{
    (void)state;
    expect_number("0", MS_INT, 0, 0);
    expect_number("-0", MS_INT, 0, 0);
    expect_number("9007199254740993", MS_INT, 9007199254740993, 0);
    expect_number("999999999999999999", MS_INT, 999999999999999999, 0);
    expect_number("9223372036854775807", MS_INT, INT64_MAX, 0);
    expect_number("-9223372036854775808", MS_INT, INT64_MIN, 0);
    expect_number("9223372036854775808", MS_DOUBLE, 0, 0x1p63);
    expect_number("-9223372036854775809", MS_DOUBLE, 0, -0x1p63);
    expect_number("10000000000000000000", MS_DOUBLE, 0, 1e19);
    expect_number("18446744073709551616", MS_DOUBLE, 0, 0x1p64);
    expect_number("18446744073709551617", MS_DOUBLE, 0, 0x1p64); /* 1 when it wraps */
    expect_number("-18446744073709551617", MS_DOUBLE, 0, -0x1p64);
    expect_number("100000000000000000000000000000", MS_DOUBLE, 0, 1e29);
    expect_number("8.0", MS_DOUBLE, 0, 8);
    expect_number("-0.0", MS_DOUBLE, 0, -0.0);
    expect_number("0.1", MS_DOUBLE, 0, 0.1);
    expect_number("1.7976931348623157e308", MS_DOUBLE, 0, 1.7976931348623157e308);
    expect_number("17976931348623157e292", MS_DOUBLE, 0, 1.7976931348623157e308);
    expect_number("5e-324", MS_DOUBLE, 0, 5e-324);
    expect_number("2e-324", MS_DOUBLE, 0, 0);
    expect_number("-1e-400", MS_DOUBLE, 0, -0.0);
    expect_number("1e-99999999999999999999", MS_DOUBLE, 0, 0);
    expect_number("0.00000000000000000000001e-310", MS_DOUBLE, 0, 0);
    expect_number("0e400", MS_DOUBLE, 0, 0);
    expect_number("2.2250738585072011e-308", MS_DOUBLE, 0, 2.2250738585072011e-308);
}

static void decides_long_numbers_by_magnitude(void **state)
{
    (void)state;
    ms_buf b = {0};
    ms_buf_z(&b, "0.");
    for (int i = 0; i < 400; i++)
        ms_buf_char(&b, '0');
    ms_buf_z(&b, "1e500"); /* = 1e99 */
    ms_buf_char(&b, '\0');
    expect_number(b.p, MS_DOUBLE, 0, 1e99);
    b.n = 0;
    for (int i = 0; i < 309; i++)
        ms_buf_char(&b, '9');
    assert_false(accepted(ms_buf_view(&b), NULL)); /* 1e309 */
    ms_buf_z(&b, "e-1");
    assert_true(accepted(ms_buf_view(&b), NULL)); /* 1e308 */
    ms_buf_free(&b);
    assert_false(accepted(MS_STR("1.7976931348623159e308"), NULL)); /* would round to infinity */
}

static void reads_100000_doubles_exactly(void **state)
{
    (void)state;
    uint64_t seed = 3;
    ms_arena *arena = ms_arena_new(0);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = spec_random(&seed);
        double d;
        char text[40];
        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d))
            continue;
        int n = snprintf(text, sizeof text, "%.17g", d);
        ms_value v;
        assert_int_equal(ms_json_parse(arena, (ms_str){text, (size_t)n}, &v, NULL), MS_OK);
        double back = v.kind == MS_INT ? (double)v.as.integer : v.as.number;
        assert_memory_equal(&back, &d, sizeof d);
        ms_arena_reset(arena);
    }
    ms_arena_free(arena);
}

static void expect_error(const char *text, const char *what)
{
    ms_error err = {0};
    assert_false(accepted(ms_str_z(text), &err));
    assert_string_equal(err.text, what);
}

static void names_what_and_where(void **state)
{
    (void)state;
    expect_error("", "not JSON: nothing there (line 1, column 1)");
    expect_error("{\n  \"a\": 1,\n  \"b\": tru\n}",
                 "not JSON: expected a value (line 3, column 8)");
    expect_error("[\"\xc3\xa9\xf0\x9f\x98\x80\", x]",
                 "not JSON: expected a value (line 1, column 8)");
    expect_error("[1, \"ab\xff\"]", "not JSON: not UTF-8 (line 1, column 8)");
    expect_error("{\"a\":[1}", "not JSON: expected ',' or ']' (line 1, column 8)");
    expect_error("{\"a\":1", "not JSON: it ends too early (line 1, column 7)");
    expect_error("[\"a\\\\\", \"b]", "not JSON: a string without end (line 1, column 9)");
    expect_error("[\"\\q\"]", "not JSON: no such escape (line 1, column 3)");
    expect_error("[1] 2", "not JSON: text behind the end (line 1, column 5)");
}

static void refuses_nul_in_trees_only(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_error err;
    ms_value v;
    ms_fields top = {0};
    ms_str value = MS_STR("{\"a\":\"x\\u0000y\"}"), key = MS_STR("{\"x\\u0000\":1}");
    assert_int_equal(ms_json_parse(arena, value, &v, &err), MS_INVALID);
    assert_int_equal(ms_json_parse(arena, key, &v, &err), MS_INVALID);
    assert_int_equal(ms_json_read(reader, value, NULL, &top, NULL, &err), MS_OK);
    assert_int_equal(top.items[0].as.string.n, 3);
    assert_memory_equal(top.items[0].as.string.p, "x\0y", 3);
    assert_int_equal(ms_json_read(reader, key, NULL, &top, NULL, &err), MS_OK);
    assert_memory_equal(top.items[0].key.p, "x\0", 2);
    ms_fields_free(&top);
    ms_arena_free(arena);
}

static int open_reader(void **state)
{
    (void)state;
    reader = ms_json_reader_new();
    return reader ? 0 : -1;
}

static int close_reader(void **state)
{
    (void)state;
    ms_json_reader_free(reader);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_json),
        cmocka_unit_test(refuses_what_is_no_scalar),
        cmocka_unit_test(refuses_what_is_no_string),
        cmocka_unit_test(refuses_broken_structure),
        cmocka_unit_test(refuses_bytes_between_tokens),
        cmocka_unit_test(refuses_what_is_not_utf8),
        cmocka_unit_test(finds_faults_at_every_offset),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(agrees_on_every_mutation),
        cmocka_unit_test(refuses_nul_bytes_anywhere),
        cmocka_unit_test(limits_depth),
        cmocka_unit_test(keeps_numbers_at_the_borders),
        cmocka_unit_test(decides_long_numbers_by_magnitude),
        cmocka_unit_test(reads_100000_doubles_exactly),
        cmocka_unit_test(names_what_and_where),
        cmocka_unit_test(refuses_nul_in_trees_only),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
