/* Attribute documents as the pipeline handles them. */
#include "flow/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct fixture {
    ms_arena *arena;
    ms_json_reader *reader;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    f.arena = ms_arena_new(0);
    f.reader = ms_json_reader_new();
    *state = &f;
    return f.arena && f.reader ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ms_json_reader_free(f->reader);
    ms_arena_free(f->arena);
    return 0;
}

static ms_attrs parse(fixture *f, const char *json)
{
    ms_attrs attrs;
    assert_true(ms_attrs_parse(f->arena, f->reader, ms_str_z(json), &attrs));
    return attrs;
}

static void assert_text(fixture *f, const ms_attrs *attrs, const char *expected)
{
    ms_str text = ms_attrs_text(f->arena, attrs);
    assert_non_null(text.p);
    assert_string_equal(text.p, expected);
}

static void texts_pass_through_untouched(void **state)
{
    fixture *f = *state;
    const char *json = "{\"n\":1.50,\"big\":123456789012345678901234567890,\"a\":[1, 2],"
                       "\"s\":\"\\u20ac\",\"nil\":null,\"o\":{}}";
    ms_attrs attrs = parse(f, json);
    assert_text(f, &attrs, json);
}

static void the_last_of_repeated_keys_counts(void **state)
{
    fixture *f = *state;
    ms_attrs attrs = parse(f, "{\"a\":1,\"b\":2,\"\\u0061\":3}");
    assert_text(f, &attrs, "{\"a\":3,\"b\":2}");
}

static void nothing_and_empty_are_no_attributes(void **state)
{
    fixture *f = *state;
    ms_attrs attrs;
    assert_true(ms_attrs_parse(f->arena, f->reader, MS_NONE, &attrs));
    assert_text(f, &attrs, "{}");
    attrs = parse(f, "{}");
    assert_text(f, &attrs, "{}");
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const wrong[] = {"", "[]", "null", "1", "{\"a\":}", "{\"a\":1", "{}{}"};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ms_attrs attrs;
        assert_false(ms_attrs_parse(f->arena, f->reader, ms_str_z(wrong[i]), &attrs));
    }
}

static void set_and_remove_keep_order(void **state)
{
    fixture *f = *state;
    ms_attrs attrs = parse(f, "{\"a\":1,\"b\":2,\"c\":3}");
    ms_attrs_remove(&attrs, MS_STR("b"));
    ms_attrs_remove(&attrs, MS_STR("never there"));
    assert_true(ms_attrs_set(f->arena, &attrs, MS_STR("b"), MS_STR("4")));
    assert_true(ms_attrs_set(f->arena, &attrs, MS_STR("a"), MS_STR("\"x\"")));
    assert_text(f, &attrs, "{\"a\":\"x\",\"c\":3,\"b\":4}");
}

static void many_keys_grow(void **state)
{
    fixture *f = *state;
    ms_attrs attrs = {0};
    for (int i = 0; i < 1000; i++)
        assert_true(
            ms_attrs_set(f->arena, &attrs, ms_arena_format(f->arena, "k%d", i), MS_STR("1")));
    assert_int_equal(attrs.n, 1000);
    assert_non_null(ms_attrs_find(&attrs, MS_STR("k999")));
    assert_null(ms_attrs_find(&attrs, MS_STR("k1000")));
}

/* A body of 1 MiB has room for 100,000 keys. Searching them one by one takes longer than a judge
 * may be silent: it would be killed, and its successor, and the next. */
static void as_many_keys_as_a_body_holds(void **state)
{
    enum { KEYS = 100000 };
    fixture *f = *state;
    ms_attrs attrs = {0};
    for (int i = 0; i < KEYS; i++)
        assert_true(
            ms_attrs_set(f->arena, &attrs, ms_arena_format(f->arena, "k%d", i), MS_STR("1")));
    for (int i = 0; i < KEYS; i += 2)
        ms_attrs_remove(&attrs, ms_arena_format(f->arena, "k%d", i));
    for (int i = 0; i < KEYS; i++) {
        const ms_attr *attr = ms_attrs_find(&attrs, ms_arena_format(f->arena, "k%d", i));
        assert_int_equal(attr != NULL, i % 2);
    }
    for (int i = 0; i < KEYS; i += 4)
        assert_true(
            ms_attrs_set(f->arena, &attrs, ms_arena_format(f->arena, "k%d", i), MS_STR("2")));
    ms_attrs again;
    assert_true(ms_attrs_parse(f->arena, f->reader, ms_attrs_text(f->arena, &attrs), &again));
    assert_int_equal(again.n, KEYS * 3 / 4);
    assert_string_equal(ms_attrs_find(&again, MS_STR("k8"))->raw.p, "2");
    assert_string_equal(again.items[again.n - 1].key.p, "k99996");
}

static void equality_is_of_values(void **state)
{
    fixture *f = *state;
    assert_true(ms_raw_equal(f->arena, MS_STR("8"), MS_STR("8.0")));
    assert_true(
        ms_raw_equal(f->arena, MS_STR("{\"a\":1,\"b\":2}"), MS_STR("{ \"b\":2, \"a\": 1}")));
    assert_true(ms_raw_equal(f->arena, MS_STR("\"\\u20ac\""), MS_STR("\"€\"")));
    assert_false(ms_raw_equal(f->arena, MS_STR("8"), MS_STR("\"8\"")));
    assert_false(ms_raw_equal(f->arena, MS_STR("null"), MS_NONE));
    assert_true(ms_raw_equal(f->arena, MS_NONE, MS_NONE));
    assert_false(ms_raw_equal(f->arena, MS_STR("9007199254740993"), MS_STR("9007199254740992")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_pass_through_untouched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_of_repeated_keys_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_and_empty_are_no_attributes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(set_and_remove_keep_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_keys_grow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_many_keys_as_a_body_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equality_is_of_values, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("flow/attrs", tests, NULL, NULL);
}
