/* Flat fields: what a line of contacts becomes. */
#include "base/json.h"
#include "spec.h"

static ms_json_reader *reader;
static ms_fields top, nested;

static ms_status read_line(const char *json, const char *nested_key)
{
    return ms_json_read(reader, ms_str_z(json), nested_key, &top, &nested, NULL);
}

static void reads_members_in_order(void **state)
{
    (void)state;
    assert_int_equal(
        read_line(" {\"i\": -7 ,\"d\":1.50,\"s\":\"x\", \"t\":true,\"n\" : null,\"a\":[1, {}] ,"
                  "\"o\":{ \"p\":[] }} ",
                  NULL),
        MS_OK);
    static const struct {
        const char *key, *raw;
        ms_kind kind;
    } want[] = {{"i", "-7", MS_INT},
                {"d", "1.50", MS_DOUBLE},
                {"s", "\"x\"", MS_STRING},
                {"t", "true", MS_BOOL},
                {"n", "null", MS_NULL},
                {"a", "[1, {}]", MS_ARRAY},
                {"o", "{ \"p\":[] }", MS_OBJECT}};
    assert_int_equal(top.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < top.n; i++) {
        assert_str(top.items[i].key, want[i].key);
        assert_str(top.items[i].raw, want[i].raw);
        assert_int_equal(top.items[i].kind, want[i].kind);
    }
    assert_int_equal(top.items[0].as.integer, -7);
    assert_true(top.items[1].as.number == 1.5);
    assert_str(top.items[2].as.string, "x");
    assert_true(top.items[3].as.boolean);
    assert_int_equal(nested.n, 0);
}

static void reads_the_nested_object(void **state)
{
    (void)state;
    assert_int_equal(read_line("{\"id\":1,\"c\":{\"a\":1,\"b\":{\"c\":2},\"c\":[]},\"z\":2}", "c"),
                     MS_OK);
    assert_int_equal(top.n, 3);
    assert_str(top.items[1].raw, "{\"a\":1,\"b\":{\"c\":2},\"c\":[]}");
    assert_int_equal(top.items[1].kind, MS_OBJECT);
    assert_int_equal(nested.n, 3);
    assert_str(nested.items[1].raw, "{\"c\":2}");
    assert_str(nested.items[2].key, "c");
    assert_int_equal(nested.items[2].kind, MS_ARRAY);
}

static void nested_is_empty_unless_it_is_an_object(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"c\":null}", "{\"c\":[{\"a\":1}]}", "{\"c\":\"{}\"}",
                                        "{\"c\":{}}",   "{\"C\":{\"a\":1}}",   "{}"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(read_line("{\"c\":{\"old\":1}}", "c"), MS_OK);
        assert_int_equal(nested.n, 1);
        assert_int_equal(read_line(lines[i], "c"), MS_OK);
        assert_int_equal(nested.n, 0);
    }
}

static void last_repeat_of_the_nested_key_counts(void **state)
{
    (void)state;
    assert_int_equal(read_line("{\"c\":{\"a\":1,\"b\":2},\"c\":{\"x\":3}}", "c"), MS_OK);
    assert_int_equal(top.n, 2);
    assert_int_equal(nested.n, 1);
    assert_str(nested.items[0].key, "x");
    assert_int_equal(read_line("{\"c\":{\"a\":1},\"c\":5}", "c"), MS_OK);
    assert_int_equal(nested.n, 0);
    assert_int_equal(read_line("{\"c\":{\"a\":1,\"a\":2}}", "c"), MS_OK);
    assert_int_equal(nested.n, 2); /* repeated keys are the caller's */
    assert_int_equal(nested.items[1].as.integer, 2);
}

static void unescapes_keys_and_strings(void **state)
{
    (void)state;
    assert_int_equal(
        read_line(
            "{\"\\u0063\":{\"budget\\u005fmin\":\"\\u20ac\\n\\ud83d\\ude00\\/\",\"p\":\"plain\"}}",
            "c"),
        MS_OK);
    assert_int_equal(nested.n, 2);
    assert_str(nested.items[0].key, "budget_min");
    assert_str(nested.items[0].as.string, "\xe2\x82\xac\n\xf0\x9f\x98\x80/");
    assert_str(nested.items[0].raw, "\"\\u20ac\\n\\ud83d\\ude00\\/\"");
    assert_str(nested.items[1].as.string, "plain");
    assert_str(top.items[0].key, "c");
}

/* All strings of a document stay valid together, however many are escaped. */
static void keeps_all_strings_until_the_next_read(void **state)
{
    (void)state;
    ms_buf b = {0};
    ms_buf_char(&b, '{');
    for (int i = 0; i < 5000; i++)
        ms_buf_format(&b, "%s\"\\u006b%d\":\"\\\"%d\\\"\"", i ? "," : "", i, i);
    ms_buf_char(&b, '}');
    assert_int_equal(ms_json_read(reader, ms_buf_view(&b), NULL, &top, NULL, NULL), MS_OK);
    assert_int_equal(top.n, 5000);
    for (int i = 0; i < 5000; i++) {
        char key[32], value[32];
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "\"%d\"", i);
        assert_str(top.items[i].key, key);
        assert_str(top.items[i].as.string, value);
    }
    ms_buf_free(&b);
}

static void wants_one_object(void **state)
{
    (void)state;
    static const char *const bad[] = {"[]", "1",    "\"x\"", "null",
                                      "",   "{}{}", "{} []", "[{\"a\":1}]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_line(bad[i], "c") != MS_INVALID)
            fail_msg("accepted %s", bad[i]);
    ms_error err;
    assert_int_equal(ms_json_read(reader, MS_STR("[1]"), NULL, &top, NULL, &err), MS_INVALID);
    assert_string_equal(err.text, "not JSON: expected an object (line 1, column 1)");
}

/* What is passed through is as valid as what is read. */
static void validates_what_it_skips(void **state)
{
    (void)state;
    static const char *const values[] = {"[1,]",        "{\"a\":01}",
                                         "[\"\\q\"]",   "[\"\\ud800\"]",
                                         "[[nul]]",     "{\"a\":{\"b\":1e999}}",
                                         "{\"\\x\":1}", "[1 2]",
                                         "{\"a\":}",    "[}"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char line[100];
        snprintf(line, sizeof line, "{\"a\":1,\"skip\":%s,\"z\":1}", values[i]);
        if (read_line(line, "c") != MS_INVALID)
            fail_msg("accepted %s", line);
        snprintf(line, sizeof line, "{\"c\":{\"skip\":%s}}", values[i]);
        if (read_line(line, "c") != MS_INVALID)
            fail_msg("accepted %s", line);
    }
}

static void is_usable_after_a_fault(void **state)
{
    (void)state;
    assert_int_equal(read_line("{\"a\":\"\xff\"}", "c"), MS_INVALID);
    assert_int_equal(read_line("{\"c\":{\"x\":\"\\q\"}}", "c"), MS_INVALID);
    assert_int_equal(read_line("{\"c\":{\"x\":\"\\n\"}}", "c"), MS_OK);
    assert_int_equal(nested.n, 1);
    assert_str(nested.items[0].as.string, "\n");
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
    ms_json_reader_free(NULL);
    ms_fields_free(&top);
    ms_fields_free(&nested);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_members_in_order),
        cmocka_unit_test(reads_the_nested_object),
        cmocka_unit_test(nested_is_empty_unless_it_is_an_object),
        cmocka_unit_test(last_repeat_of_the_nested_key_counts),
        cmocka_unit_test(unescapes_keys_and_strings),
        cmocka_unit_test(keeps_all_strings_until_the_next_read),
        cmocka_unit_test(wants_one_object),
        cmocka_unit_test(validates_what_it_skips),
        cmocka_unit_test(is_usable_after_a_fault),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
