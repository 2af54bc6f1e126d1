/* Numbers computed from attributes, as the language offers them. */
#include "lua_support.h"

static const struct {
    const char *when, *attributes;
    ms_truth truth;
} rows[] = {
    {"a.w:per(a.n):at_least(100)", "{\"w\":300,\"n\":3}", MS_YES},
    {"a.w:per(a.n):at_least(100)", "{\"w\":299.98,\"n\":3}", MS_NO},
    {"a.w:per(a.n):at_least(100)", "{\"w\":300,\"n\":0}", MS_UNKNOWN},
    {"a.w:per(a.n):at_least(100)", "{\"w\":300}", MS_UNKNOWN},
    {"a.w:per(a.n):at_least(100)", "{\"w\":\"300\",\"n\":3}", MS_UNKNOWN},
    {"a.w:per(a.n):missing()", "{\"w\":300,\"n\":0}", MS_YES},
    {"a.n:per(a.m):equals(3)", "{\"n\":5,\"m\":2}", MS_YES},
    {"a.n:per(a.m):between(2, 3)", "{\"n\":5,\"m\":2}", MS_YES},
    {"a.n:per(a.m):at_least(a.m)", "{\"n\":5,\"m\":2}", MS_YES},
    {"a.n:per(a.m:per(a.n:whole(10))):equals(10)", "{\"n\":20,\"m\":4}", MS_YES},
    {"a.w:whole():equals(12)", "{\"w\":12.99}", MS_YES},
    {"a.w:whole(5):equals(2)", "{\"w\":14.99}", MS_YES},
    {"a.w:whole(5):equals(2)", "{\"w\":9.99}", MS_NO},
    {"a.w:whole(5.0):equals(3)", "{\"w\":15}", MS_YES},
    {"a.n:whole(1000):equals(70)", "{\"n\":\"70.999\"}", MS_YES},
    {"a.t:last_number():at_least(20)", "{\"t\":\"€15-20k\"}", MS_YES},
    {"a.t:last_number():at_least(20)", "{\"t\":\"€20-19k\"}", MS_NO},
    {"a.t:last_number():at_least(20)", "{\"t\":\"a lot\"}", MS_UNKNOWN},
    {"a.t:last_number():at_least(20)", "{}", MS_UNKNOWN},
    {"a.t:last_number():at_least(a.n)", "{\"t\":\"3\",\"n\":4}", MS_NO},
};

static void test_formulas(void **state)
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

/* The same formula is one number, whoever asks for it. */
static void test_one_number_a_formula(void **state)
{
    (void)state;
    bench b = open_bench(HEAD "local x = a.w:per(a.n)\n" RULE(
        "x:at_least(1)") "rule { id = \"S\", points = 1, because = \"b\", when = "
                         "a.w:per(a.n):at_least(2) }\n"
                         "derive { \"avg\", x, says = \"s\" }\n"
                         "derive { \"points\", a.w:whole(10) }\n");
    const ms_vertical *v = ms_script_vertical(b.script);
    assert_int_equal(v->n_attributes, 10);
    assert_int_equal(v->n_computed, 2);
    assert_true(ms_str_eqz(v->attributes[10].name, "w per n"));
    assert_int_equal(v->attributes[10].line, 2);
    assert_int_equal(v->attributes[10].type, MS_T_MONEY);
    assert_true(ms_str_eqz(v->attributes[11].name, "w in whole 10s"));
    assert_int_equal(v->computed[1].by, 1000);
    assert_int_equal(v->derived[0].slot, 10);
    assert_int_equal(judge(&b, "{\"w\":25,\"n\":2}"), MS_OK);
    assert_string_equal(managed(&b, "avg"), "12.5");
    assert_string_equal(managed(&b, "points"), "2");
    close_bench(&b);
}

static const char *const wrong[][2] = {
    {RULE("a.w:per(3):at_least(1)"),
     "vertical.lua:2: w:per needs an integer attribute to divide by, not 3"},
    {RULE("a.w:per(a.t):at_least(1)"), "w:per needs an integer attribute to divide by, not t"},
    {RULE("a.w:per():at_least(1)"), "divide by, not nothing"},
    {RULE("a.w:per(a.w):at_least(1)"), "divide by, not w"},
    {RULE("a.w.per(a.n):at_least(1)"), "write a colon: a.w:per(...)"},
    {RULE("a.w:whole(0):at_least(1)"),
     "w:whole counts in whole numbers from 1 to 1000000, not in 0"},
    {RULE("a.w:whole(2.5):at_least(1)"), "not in 2.5"},
    {RULE("a.w:whole(1000001):at_least(1)"), "not in 1000001"},
    {RULE("a.w:whole \"10\""), "not in \"10\""},
    {RULE("a.n:last_number():at_least(1)"), "n is an integer and has no condition \"last_number\""},
    {RULE("a.t:hole()"), "t is a text and has no condition \"hole\"; it has contains, "
                         "contains_any, ends_with, is, is_not, "
                         "last_number, matches"},
    {RULE("a.n:hole():x()"), "did you mean \"whole\"?"},
    {RULE("a.w:per(a.n)"), "rule \"R\" needs when, a condition; it has an attribute"},
    {RULE("a.w:per(a.n):is \"x\""), "w per n is an amount of money and has no condition \"is\""},
    {RULE("a.w:per(a.n):at_least(a.n)"), "only attributes of one type compare"},
    {RULE("a.n:present()") "derive { \"x\", a.w }",
     "derive \"x\" takes words { ... }, fired \"ID\", "
     "a computed number or custom { ... }; it has "
     "an attribute"},
    {RULE("a.n:present()") "derive { \"w\", a.w:whole() }", "an attribute of that name comes in"},
    {RULE("a.n:present()") "range { a.n, a.w:whole() }",
     "a range is two attributes that come in; whole w is computed"},
    {RULE("custom { reads = { a.w:whole() }, says = \"s\", fn = function() return true end }"),
     "custom: reads: whole w is computed; read what it is made of"},
    {RULE("a.n:present()") "for i = 1, 65 do local x = a.n:whole(i) end",
     "too much is computed: at most 64 numbers"},
    {RULE("a.n:present()") "local x = a.n for i = 1, 60 do x = x:per(x) end",
     "too much is computed"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[4096];
        snprintf(text, sizeof text, HEAD "%s", wrong[i][0]);
        refused(text, wrong[i][1]);
    }
}

/* One misspelt name is one problem, however much is computed from it. */
static void test_a_mistake_is_said_once(void **state)
{
    (void)state;
    ms_script *script = NULL;
    ms_error err;
    assert_int_equal(
        load(HEAD "local x = a.nn:per(a.m):whole()\n" RULE(
                 "x:at_least(3)") "derive { \"x\", x }\nderive { \"y\", a.w:per(a.nn) }\n",
             &script, &err),
        MS_INVALID);
    assert_non_null(strstr(err.text, "vertical.lua:2: unknown attribute \"nn\""));
    assert_non_null(strstr(err.text, "\nvertical.lua:5: unknown attribute \"nn\""));
    assert_null(strchr(strchr(err.text, '\n') + 1, '\n'));
}

/* A function of the script cannot add to what is computed. */
static void test_nothing_is_computed_later(void **state)
{
    (void)state;
    bench b = open_bench(HEAD RULE("custom { reads = { a.n }, says = \"s\", fn = function() "
                                   "return a.n:whole(7) end }"));
    assert_int_equal(judge(&b, "{\"n\":1}"), MS_SCRIPT);
    assert_non_null(strstr(b.err.text, "a computed number is declared while the vertical loads"));
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_one_number_a_formula),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_a_mistake_is_said_once),
        cmocka_unit_test(test_nothing_is_computed_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
