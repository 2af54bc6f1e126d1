/* YAML: the core schema, line numbers, and everything that is refused. */
#include "base/json.h"
#include "base/yaml.h"
#include "spec.h"

static ms_status parse(ms_arena *arena, ms_str yaml, ms_value *v, ms_yaml_marks **marks,
                       ms_error *err)
{
    char *p = tight(yaml);
    ms_status status = ms_yaml_parse(arena, (ms_str){p, yaml.n}, "file.yaml", v, marks, err);
    free(p); /* nothing may borrow from the source */
    return status;
}

static void expect(const char *yaml, const char *json)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_error err;
    ms_buf b = {0};
    if (parse(arena, ms_str_z(yaml), &v, NULL, &err))
        fail_msg("refused '%s': %s", yaml, err.text);
    ms_json_write(&b, &v);
    assert_str(ms_buf_view(&b), json);
    ms_buf_free(&b);
    ms_arena_free(arena);
}

static void refuse(const char *yaml, const char *why)
{
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_error err;
    if (parse(arena, ms_str_z(yaml), &v, NULL, &err) != MS_INVALID)
        fail_msg("accepted '%s'", yaml);
    if (!strstr(err.text, why))
        fail_msg("'%s' is not in '%s'", why, err.text);
    assert_int_equal(v.kind, MS_NULL);
    ms_arena_free(arena);
}

static void reads_documents(void **state)
{
    (void)state;
    expect("", "null");
    expect("# only a comment\n", "null");
    expect("---\n...\n", "null");
    expect("a: 1\nb:\n  - x\n  - [y, {z: 'q'}]\nc:\n",
           "{\"a\":1,\"b\":[\"x\",[\"y\",{\"z\":\"q\"}]],\"c\":null}");
    expect("%YAML 1.2\n---\n- a\n...\n", "[\"a\"]");
    expect("\xef\xbb\xbf"
           "a: 1",
           "{\"a\":1}");
    expect("a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}");
    expect("1: x\ntrue: y\nnull: z", "{\"1\":\"x\",\"true\":\"y\",\"null\":\"z\"}");
    expect("{a: {}, b: []}", "{\"a\":{},\"b\":[]}");
    expect("a: \"\\u00e9\\t\"", "{\"a\":\"\xc3\xa9\\t\"}");
}

static void follows_the_core_schema(void **state)
{
    (void)state;
    expect("[null, Null, NULL, ~, nULL]", "[null,null,null,null,\"nULL\"]");
    expect("[true, True, TRUE, false, tRUE]", "[true,true,true,false,\"tRUE\"]");
    expect("[yes, no, on, off, y, n]", "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\"]");
    expect("['1', \"true\", 'null', '']", "[\"1\",\"true\",\"null\",\"\"]");
    expect("[0, -7, +7, 007, -012, 0o17, 0x1F]", "[0,-7,7,7,-12,15,31]");
    expect("[1.50, 1e3, -.5, 5., +1.5, .5e1, 01.5]", "[1.50,1e3,-0.5,5,1.5,5,1.5]");
    expect("[9223372036854775807, -9223372036854775808]",
           "[9223372036854775807,-9223372036854775808]");
    expect("[9223372036854775808, 00009223372036854775807]",
           "[9223372036854775808,9223372036854775807]");
    expect("[00000000000000000000000000000000007]", "[7]");
    expect("[12:30, 1_000, 0b1, 0xg, 0o8, -0x1, 1e, e1, ., -, +, 1.2.3, 2025-02-01]",
           "[\"12:30\",\"1_000\",\"0b1\",\"0xg\",\"0o8\",\"-0x1\",\"1e\",\"e1\",\".\",\"-\",\"+\","
           "\"1.2.3\",\"2025-02-01\"]");
}

static void keeps_kinds_apart(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    assert_int_equal(parse(arena, MS_STR("[1, 1.0, 9223372036854775808, '1']"), &v, NULL, NULL),
                     MS_OK);
    assert_int_equal(v.as.items[0].kind, MS_INT);
    assert_int_equal(v.as.items[1].kind, MS_DOUBLE);
    assert_int_equal(v.as.items[2].kind, MS_DOUBLE);
    assert_int_equal(v.as.items[3].kind, MS_STRING);
    ms_arena_free(arena);
}

static void refuses_what_configuration_does_not_need(void **state)
{
    (void)state;
    refuse("a: &x 1", "file.yaml:1:4: anchors");
    refuse("a: &x [1]", "anchors");
    refuse("a: *x", "file.yaml:1:4: anchors and aliases");
    refuse("a: [&x 1, *x]", "anchors");
    refuse("&x a: 1", "anchors");
    refuse("a: !!int 1", "file.yaml:1:4: tags");
    refuse("a: ! 1", "tags");
    refuse("a: !!map {b: 1}", "tags");
    refuse("!x [1]", "tags");
    refuse("a: 1\nb: 2\na: 3", "file.yaml:3:1: 'a' again; first in line 1");
    refuse("a: {b: 1, 'b': 2}", "'b' again");
    refuse("[a]: 1", "a key has to be a word");
    refuse("{a: 1}: 1", "a key has to be a word");
    refuse("a: 1\n---\nb: 1", "file.yaml:2:1: a second document");
    refuse("---\n---\n", "a second document");
    refuse("a: .inf", "no 64-bit float");
    refuse("a: -.Inf", "no 64-bit float");
    refuse("a: .NaN", "no 64-bit float");
    refuse("a: 1e999", "no 64-bit float");
    refuse("a: +1e999", "no 64-bit float");
    refuse("a: 0xFFFFFFFFFFFFFFFF", "no 64-bit");
    refuse("a: \"\\0\"", "NUL");
}

static void refuses_what_is_no_yaml(void **state)
{
    (void)state;
    refuse("a: [1", "file.yaml:");
    refuse("a: 1\n b: 2", "file.yaml:2:");
    refuse("\ta: 1", "file.yaml:1:1:");
    refuse("a: 'x", "file.yaml:");
    refuse("a: \"\\q\"", "file.yaml:1:");
    refuse("- a\nb: 1", "file.yaml:2:");
    refuse("a: \xff", "file.yaml:1:4: not UTF-8 (byte 0xFF)");
    refuse("a: \x01", "file.yaml: ");
    refuse("%YAML 3.0\n---\na", "file.yaml:1:");
    refuse("@a", "file.yaml:1:1:");
}

static void refuses_nul_bytes(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value v;
    ms_error err;
    ms_str yaml = {"a: 1\0b: 2", 9};
    assert_int_equal(parse(arena, yaml, &v, NULL, &err), MS_INVALID);
    ms_arena_free(arena);
}

static void limits_levels(void **state)
{
    (void)state;
    for (int depth = 64; depth <= 65; depth++) {
        ms_arena *arena = ms_arena_new(0);
        ms_buf b = {0};
        ms_value v;
        ms_error err;
        for (int i = 0; i < depth; i++)
            ms_buf_char(&b, '[');
        for (int i = 0; i < depth; i++)
            ms_buf_char(&b, ']');
        ms_status want = depth > 64 ? MS_INVALID : MS_OK;
        assert_int_equal(parse(arena, ms_buf_view(&b), &v, NULL, &err), want);
        if (want)
            assert_non_null(strstr(err.text, "more than 64 levels"));
        ms_buf_free(&b);
        ms_arena_free(arena);
    }
}

static void knows_lines(void **state)
{
    (void)state;
    static const char yaml[] =
        "# comment\na: 1\nb:\n  - x\n  -\n    k: |\n      long\n      text\nc: {d: 2}\n";
    ms_arena *arena = ms_arena_new(0);
    ms_yaml_marks *marks = NULL;
    ms_value v;
    assert_int_equal(parse(arena, MS_STR(yaml), &v, &marks, NULL), MS_OK);
    const ms_member *m = v.as.members;
    assert_int_equal(ms_yaml_line(marks, &v), 2);
    assert_int_equal(ms_yaml_line(marks, &m[0]), 2);
    assert_int_equal(ms_yaml_line(marks, m[0].key.p), 2);
    assert_int_equal(ms_yaml_line(marks, &m[0].value), 2);
    assert_int_equal(ms_yaml_line(marks, &m[1]), 3);
    assert_int_equal(ms_yaml_line(marks, &m[1].value), 4);
    assert_int_equal(ms_yaml_line(marks, &m[1].value.as.items[0]), 4);
    const ms_value *second = &m[1].value.as.items[1];
    assert_int_equal(ms_yaml_line(marks, second), 6);
    assert_int_equal(ms_yaml_line(marks, ms_get(second, "k")), 6);
    assert_int_equal(ms_yaml_line(marks, ms_get(&m[2].value, "d")), 9);
    assert_int_equal(ms_yaml_line(marks, yaml), 0);
    assert_int_equal(ms_yaml_line(NULL, &v), 0);
    ms_arena_free(arena);
}

/* Cut and mutated documents: any answer, but no crash, leak or read beyond. */
static void survives_mutations(void **state)
{
    (void)state;
    static const char yaml[] =
        "a: [1, 'x', {b: ~}]\nc: |\n  t\nd: \"\\u00e9\"\ne:\n- 1.5\n- &f g\n";
    uint64_t seed = 4;
    for (int i = 0; i < 20000; i++) {
        char copy[sizeof yaml];
        ms_value v;
        ms_arena *arena = ms_arena_new(512);
        memcpy(copy, yaml, sizeof yaml);
        for (int k = 0; k < 1 + i % 3; k++)
            copy[spec_random(&seed) % (sizeof yaml - 1)] =
                i % 2 ? "[]{}:,-?&*!|>'\"%@# \n\t"[spec_random(&seed) % 21]
                      : (char)spec_random(&seed);
        size_t n = spec_random(&seed) % sizeof yaml;
        ms_status s = parse(arena, (ms_str){copy, i % 5 ? sizeof yaml - 1 : n}, &v, NULL, NULL);
        assert_true(s == MS_OK || s == MS_INVALID);
        ms_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_documents),
        cmocka_unit_test(follows_the_core_schema),
        cmocka_unit_test(keeps_kinds_apart),
        cmocka_unit_test(refuses_what_configuration_does_not_need),
        cmocka_unit_test(refuses_what_is_no_yaml),
        cmocka_unit_test(refuses_nul_bytes),
        cmocka_unit_test(limits_levels),
        cmocka_unit_test(knows_lines),
        cmocka_unit_test(survives_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
