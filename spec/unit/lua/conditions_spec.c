/* Every condition method of the language, compiled and judged: yes, no and unknown. */
#include "lua_support.h"

static const struct {
    const char *when, *attributes;
    ms_truth truth;
} rows[] = {
    {"a.n:at_least(5)", "{\"n\":5}", MS_YES},
    {"a.n:at_least(5)", "{\"n\":4}", MS_NO},
    {"a.n:at_least(5)", "{}", MS_UNKNOWN},
    {"a.n:at_least(5)", "{\"n\":\"x\"}", MS_UNKNOWN},
    {"a.n:at_most(5)", "{\"n\":5}", MS_YES},
    {"a.n:at_most(5)", "{\"n\":6}", MS_NO},
    {"a.n:more_than(5)", "{\"n\":5}", MS_NO},
    {"a.n:more_than(5)", "{\"n\":6}", MS_YES},
    {"a.n:less_than(5)", "{\"n\":5}", MS_NO},
    {"a.n:less_than(5)", "{\"n\":4}", MS_YES},
    {"a.n:equals(5)", "{\"n\":5}", MS_YES},
    {"a.n:equals(5.0)", "{\"n\":6}", MS_NO},
    {"a.n:between(5, 7)", "{\"n\":4}", MS_NO},
    {"a.n:between(5, 7)", "{\"n\":5}", MS_YES},
    {"a.n:between(5, 7)", "{\"n\":7}", MS_YES},
    {"a.n:between(5, 7)", "{\"n\":8}", MS_NO},
    {"a.n:between(5, 7)", "{}", MS_UNKNOWN},
    {"a.n:at_least(a.m)", "{\"n\":4,\"m\":4}", MS_YES},
    {"a.n:at_least(a.m)", "{\"n\":3,\"m\":4}", MS_NO},
    {"a.n:at_least(a.m)", "{\"n\":3}", MS_UNKNOWN},
    {"a.w:at_least(10.25)", "{\"w\":10.25}", MS_YES},
    {"a.w:at_least(10.25)", "{\"w\":10.24}", MS_NO},
    {"a.w:equals(0.1)", "{\"w\":0.1}", MS_YES},
    {"a.c:is \"high\"", "{\"c\":\" HIGH\"}", MS_YES},
    {"a.c:is \"high\"", "{\"c\":\"low\"}", MS_NO},
    {"a.c:is \"high\"", "{\"c\":\"\"}", MS_UNKNOWN},
    {"a.c:is_not \"high\"", "{\"c\":\"low\"}", MS_YES},
    {"a.c:is_not \"high\"", "{\"c\":\"high\"}", MS_NO},
    {"a.c:is_not \"high\"", "{}", MS_UNKNOWN},
    {"a.c:one_of { \"low\", \"high\" }", "{\"c\":\"low\"}", MS_YES},
    {"a.c:one_of(\"low\")", "{\"c\":\"high\"}", MS_NO},
    {"a.cs:contains \"y\"", "{\"cs\":[\"x\",\"y\"]}", MS_YES},
    {"a.cs:contains { \"x\", \"z\" }", "{\"cs\":[\"x\",\"y\"]}", MS_NO},
    {"a.cs:contains(\"x\", \"z\")", "{\"cs\":[\"z\",\"x\"]}", MS_YES},
    {"a.cs:contains \"y\"", "{\"cs\":[]}", MS_NO},
    {"a.cs:contains \"y\"", "{}", MS_UNKNOWN},
    {"a.cs:count_at_least(2)", "{\"cs\":[\"x\",\"y\"]}", MS_YES},
    {"a.cs:count_at_least(2)", "{\"cs\":[\"x\",\"x\"]}", MS_NO},
    {"a.b:is_true()", "{\"b\":true}", MS_YES},
    {"a.b:is_true()", "{\"b\":false}", MS_NO},
    {"a.b:is_false()", "{\"b\":false}", MS_YES},
    {"a.b:is_false()", "{}", MS_UNKNOWN},
    {"a.t:is \"x y\"", "{\"t\":\" x y \"}", MS_YES},
    {"a.t:is_not \"x\"", "{\"t\":\"X\"}", MS_YES},
    {"a.t:one_of { \"p\", \"q\" }", "{\"t\":\"q\"}", MS_YES},
    {"a.t:matches \"[a-c]+\"", "{\"t\":\"abc\"}", MS_YES},
    {"a.t:matches \"[a-c]+\"", "{\"t\":\"abcd\"}", MS_NO},
    {"a.t:matches \"a.*\"", "{}", MS_UNKNOWN},
    {"a.any:is \"job\"", "{\"any\":\"job\"}", MS_YES},
    {"a.any:is \"job\"", "{\"any\":\" job\"}", MS_NO},
    {"a.any:is \"1\"", "{\"any\":1}", MS_NO},
    {"a.any:is \"job\"", "{\"any\":null}", MS_UNKNOWN},
    {"a.d:on_or_after \"2025-01-15\"", "{\"d\":\"2025-01-15\"}", MS_YES},
    {"a.d:on_or_after \"2025-01-15\"", "{\"d\":\"2025-01-14\"}", MS_NO},
    {"a.d:before \"2025-01-15\"", "{\"d\":\"2025-01-14T23:59:59Z\"}", MS_YES},
    {"a.d:before \"2025-01-15\"", "{\"d\":\"2025-01-15\"}", MS_NO},
    {"a.d:on_or_after(a.e)", "{\"d\":\"2025-01-15\",\"e\":\"2025-01-15T09:00:00Z\"}", MS_YES},
    {"a.d:before(a.e)", "{\"d\":\"2025-01-15\",\"e\":\"2025-01-15\"}", MS_NO},
    {"a.d:before(a.e)", "{\"d\":\"2025-01-15\"}", MS_UNKNOWN},
    {"a.d:within_days(90)", "{\"d\":\"2024-11-03\"}", MS_YES},
    {"a.d:within_days(90)", "{\"d\":\"2024-11-02\"}", MS_NO},
    {"a.d:within_days(90)", "{\"d\":\"2026-01-01\"}", MS_YES},
    {"a.d:older_than_days(90)", "{\"d\":\"2024-11-03\"}", MS_NO},
    {"a.d:older_than_days(90)", "{\"d\":\"2024-11-02\"}", MS_YES},
    {"a.n:present()", "{\"n\":0}", MS_YES},
    {"a.n:present()", "{\"n\":\"x\"}", MS_NO},
    {"a.n:missing()", "{\"n\":\"x\"}", MS_YES},
    {"a.n:missing()", "{\"n\":null}", MS_YES},
    {"all { a.n:at_least(5), a.b:is_true() }", "{\"n\":5}", MS_UNKNOWN},
    {"all { a.n:at_least(5), a.b:is_true() }", "{\"n\":4}", MS_NO},
    {"any { a.n:at_least(5), a.b:is_true() }", "{\"n\":5}", MS_YES},
    {"any { a.n:at_least(5), a.b:is_true() }", "{\"n\":4}", MS_UNKNOWN},
    {"none { a.n:at_least(5), a.b:is_true() }", "{\"n\":5}", MS_NO},
    {"none { a.n:at_least(5), a.b:is_true() }", "{\"n\":4,\"b\":false}", MS_YES},
    {"at_least(2, { a.n:present(), a.m:present(), a.b:present() })", "{\"n\":5,\"b\":true}",
     MS_YES},
    {"at_least(2, { a.n:present(), a.m:present(), a.b:present() })", "{\"n\":5}", MS_NO},
    {"all { any { all { a.n:at_least(1) } }, none { none { a.n:at_least(2) } } }", "{\"n\":2}",
     MS_YES},
};

static void test_methods(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        snprintf(text, sizeof text, HEAD RULE("%s"), rows[i].when);
        bench b = open_bench(text);
        ms_truth got = truth(&b, rows[i].attributes);
        if (got != rows[i].truth)
            fail_msg("%s for %s: %d, wanted %d", rows[i].when, rows[i].attributes, got,
                     rows[i].truth);
        close_bench(&b);
    }
}

static const char *const wrong[][2] = {
    {"a.anny:is \"x\"",
     "vertical.lua:2: unknown attribute \"anny\"; did you mean \"any\" (vertical.lua:1)?"},
    {"a.n:at_last(5)",
     "n is an integer and has no condition \"at_last\"; it has at_least, at_most"},
    {"a.c:at_least(5)",
     "c is a choice and has no condition \"at_least\" (that is for integer, money, number); "
     "it has is, is_not, missing, not_one_of, one_of, present"},
    {"a.c:is \"hihg\"", "c is never \"hihg\"; allowed: low, high; did you mean \"high\"?"},
    {"a.c:one_of { \"low\", \"hi\" }", "c is never \"hi\""},
    {"a.c:is()", "c is compared with one of: low, high"},
    {"a.c:one_of {}", "c is compared with one of: low, high"},
    {"a.c:is(nil)", "c is compared with one of: low, high"},
    {"a.c:is(a.c)", "c is never an attribute"},
    {"a.n:at_least \"5\"", "n is compared with a whole number, not with \"5\""},
    {"a.n:at_least(5.5)", "n is compared with a whole number, not with 5.5"},
    {"a.n:at_least()", "n is compared with a whole number, not with nothing"},
    {"a.n:at_least(1/0)", "n is compared with a whole number"},
    {"a.n:at_least(a.c)", "only attributes of one type compare"},
    {"a.n:between(7, 5)", "n:between(7, 5) can never be"},
    {"a.n.at_least(5)", "write a colon: a.n:at_least(...)"},
    {"a.w:at_least(0.001)", "w is compared with an amount of at most two decimals, not with 0.001"},
    {"a.w:at_least(0/0)", "w is compared with an amount"},
    {"a.d:before \"2025-13-01\"", "d is compared with a date attribute or a text like"},
    {"a.d:before \"2025-1-1\"", "d is compared with a date attribute or a text like"},
    {"a.d:within_days(-1)", "d:within_days needs a whole number from 0 on, not -1"},
    {"a.t:matches \"(\"", "t:matches needs a regular expression (PCRE2) for the whole text: "},
    {"a.t:matches(5)", "a text in quotes"},
    {"a.t:is(5)", "t is compared with texts in quotes, not with 5"},
    {"all {}", "all { } is empty"},
    {"all { a.n:present(), 5 }", "all: item 2 is 5, not a condition"},
    {"all { a.n }", "all: item 1 is an attribute, not a condition"},
    {"all(a.n:present())", "all takes a list of conditions"},
    {"any { x = a.n:present() }", "any has no field \"x\""},
    {"at_least(3, { a.n:present() })", "whole number from 1 to the number of conditions (1)"},
    {"at_least(0, { a.n:present() })", "whole number from 1"},
    {"a.n:present() and nil", "rule \"R\" needs when, a condition; it has nothing"},
    {"a.n", "rule \"R\" needs when, a condition; it has an attribute"},
    {"score:at_least(3)", "it cannot ask for score or errors; an outcome { ... } can"},
    {"all { a.n:present(), errors:none() }", "it cannot ask for score or errors"},
    {"fired \"S\"", "no rule \"S\" stands before this line"},
    {"a.n:present().x", "a condition has no \"x\""},
    {"custom { reads = {}, says = \"s\", fn = function() end }", "reads lists the attributes"},
    {"custom { reads = { a.n }, fn = function() end }", "custom needs says"},
    {"custom { reads = { a.n }, says = \"s\" }", "custom needs fn = function(v)"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[2048];
        snprintf(text, sizeof text, HEAD RULE("%s"), wrong[i][0]);
        refused(text, wrong[i][1]);
    }
}

static void test_a_condition_used_twice_grows_only_so_far(void **state)
{
    (void)state;
    refused(HEAD "local c = a.n:present() for i = 1, 20 do c = all { c, c } end " RULE("c"),
            "the condition is too large");
    refused(HEAD "local c = a.n:present() for i = 1, 200 do c = all { c } end " RULE("c"),
            "the condition is too large");
    refused(HEAD "local c = a.n:present() local l = {} for i = 1, 4000 do l[i] = c end "
                 "rule { id = \"S\", points = 1, because = \"b\", when = all(l) } " RULE("all(l)"),
            "more than 4096 parts in all");
}

static void test_a_deep_condition_is_judged(void **state)
{
    (void)state;
    bench b =
        open_bench(HEAD "local c = a.n:present() for i = 1, 28 do c = all { c } end " RULE("c"));
    assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_a_condition_used_twice_grows_only_so_far),
        cmocka_unit_test(test_a_deep_condition_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
