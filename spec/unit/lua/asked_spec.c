/*
 * What can be asked of each type, written as analysts write it: every border of yes, no and
 * unknown. Each condition is judged twice, as a step of the program and walked from its root,
 * beside a pattern that never matches.
 */
#include "lua_support.h"

#include "rules/judge.h"

#define TYPES                                                                                      \
    "vertical { name = \"v\", title = \"V\" } local a = attributes { "                             \
    "{ \"k\", text }, { \"n\", number }, { \"i\", integer }, { \"w\", money }, "                   \
    "{ \"s\", time }, { \"s2\", time }, { \"d\", date }, { \"e\", email }, "                       \
    "{ \"p\", phone { country = \"31\" } }, { \"u\", url }, { \"h\", handle }, "                   \
    "{ \"t\", text }, { \"raw\", as_is }, { \"c\", choice { \"low\", \"mid\", \"high\" } }, "      \
    "{ \"cs\", choices { \"x\", \"y\", \"z\" } }, { \"b\", boolean } }\n"

typedef struct sample {
    const char *when, *in;
    char want;
} sample;

static char letter(const ms_decision *d, uint32_t rule)
{
    return "ny?"[ms_rule_truth(d, rule)];
}

static void ask(const sample *s)
{
    char text[2048], in[1024];
    snprintf(text, sizeof text,
             TYPES "rule { id = \"A\", points = 1, because = \"b\", when = %s }\n"
                   "rule { id = \"B\", points = 1, because = \"b\", when = any { %s, "
                   "a.k:matches \"no\" } }\n",
             s->when, s->when);
    snprintf(in, sizeof in, "{\"k\":\"yes\"%s%s", s->in[1] == '}' ? "" : ",", s->in + 1);
    bench b = open_bench(text);
    if (judge(&b, in))
        fail_msg("%s: %s", s->when, b.err.text);
    if (letter(&b.decision, 0) != s->want || letter(&b.decision, 1) != s->want)
        fail_msg("%s for %s: %c as a step, %c walked, want %c", s->when, s->in,
                 letter(&b.decision, 0), letter(&b.decision, 1), s->want);
    close_bench(&b);
}

static void ask_all(const sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ask(&samples[i]);
}
#define ASK_ALL(samples) ask_all(samples, sizeof(samples) / sizeof *(samples))

static const sample numbers[] = {
    {"a.n:at_least(0.1)", "{\"n\":0.1}", 'y'},
    {"a.n:at_least(0.3)", "{\"n\":0.30000000000000004}", 'y'},
    {"a.n:more_than(0.3)", "{\"n\":0.30000000000000004}", 'n'},
    {"a.n:at_least(0.1)", "{\"n\":0.099999}", 'n'},
    {"a.n:at_least(0.1)", "{\"n\":\"0,1\"}", 'y'},
    {"a.n:at_least(0.1)", "{\"n\":\"1.500\"}", '?'},
    {"a.n:at_least(0.1)", "{}", '?'},
    {"a.n:equals(-1.25)", "{\"n\":-1.25}", 'y'},
    {"a.n:is_not(-1.25)", "{\"n\":-1.25}", 'n'},
    {"a.n:is_not(-1.25)", "{\"n\":-1.250001}", 'y'},
    {"a.n:is_not(-1.25)", "{\"n\":true}", '?'},
    {"a.n:between(-1, 0.5)", "{\"n\":-1}", 'y'},
    {"a.n:between(-1, 0.5)", "{\"n\":0.500001}", 'n'},
    {"a.n:less_than(1000000000000)", "{\"n\":999999999999.999999}", 'y'},
    {"a.n:per(a.i):equals(3.333333)", "{\"n\":10,\"i\":3}", 'y'},
    {"a.n:per(a.i):equals(-3.333333)", "{\"n\":-10,\"i\":3}", 'y'},
    {"a.n:whole(10):equals(-2)", "{\"n\":-10.5}", 'y'},
    {"a.n:whole():equals(2)", "{\"n\":2.999999}", 'y'},
    {"a.i:is_not(5)", "{\"i\":5}", 'n'},
    {"a.i:is_not(5)", "{\"i\":6}", 'y'},
    {"a.i:is_not(5)", "{\"i\":\"x\"}", '?'},
    {"a.w:is_not(0.1)", "{\"w\":0.1}", 'n'},
    {"a.n:present()", "{\"n\":\"1.500\"}", 'n'},
    {"a.n:missing()", "{\"n\":\"1.500\"}", 'y'},
};

static const sample times[] = {
    {"a.s:on_or_after \"2025-02-01\"", "{\"s\":\"2025-02-01T00:00Z\"}", 'y'},
    {"a.s:on_or_after \"2025-02-01\"", "{\"s\":\"2025-01-31T23:59:59.9Z\"}", 'n'},
    {"a.s:before \"2025-02-01\"", "{\"s\":\"2025-02-01T00:59:59+01:00\"}", 'y'},
    {"a.s:before \"2025-02-01\"", "{\"s\":\"2025-02-01T01:00:00+01:00\"}", 'n'},
    /* of a day its end */
    {"a.s:after \"2025-02-01\"", "{\"s\":\"2025-02-01T23:59:59Z\"}", 'n'},
    {"a.s:after \"2025-02-01\"", "{\"s\":\"2025-02-02\"}", 'y'},
    {"a.s:on_or_before \"2025-02-01\"", "{\"s\":\"2025-02-01T23:59:59.999Z\"}", 'y'},
    {"a.s:on_or_before \"2025-02-01\"", "{\"s\":\"2025-02-02T00:00Z\"}", 'n'},
    {"a.s:between(\"2025-02-01\", \"2025-02-01\")", "{\"s\":\"2025-02-01T12:00Z\"}", 'y'},
    /* of a moment itself */
    {"a.s:after \"2025-02-01T12:00Z\"", "{\"s\":\"2025-02-01T12:00Z\"}", 'n'},
    {"a.s:after \"2025-02-01T12:00Z\"", "{\"s\":\"2025-02-01T12:00:01Z\"}", 'y'},
    {"a.s:on_or_before \"2025-02-01T13:00+01:00\"", "{\"s\":\"2025-02-01T12:00Z\"}", 'y'},
    {"a.s:before \"2025-02-01T12:00\"", "{\"s\":1738411200}", 'n'},
    {"a.s:before \"2025-02-01T12:00\"", "{\"s\":1738411199.9}", 'y'},
    {"a.s:before(a.s2)", "{\"s\":\"2025-02-01T12:00+01:00\",\"s2\":\"2025-02-01T12:00Z\"}", 'y'},
    {"a.s:after(a.s2)", "{\"s\":\"2025-02-01T12:00+01:00\",\"s2\":\"2025-02-01T11:00Z\"}", 'n'},
    {"a.s:on_or_before(a.s2)", "{\"s\":\"2025-02-01\"}", '?'},
    {"a.s:after \"2025-02-01\"", "{\"s\":\"2025-02-30\"}", '?'},
    /* days ago: from the day, by UTC, of 2025-02-01 */
    {"a.s:within_days(0)", "{\"s\":\"2025-02-01T00:00Z\"}", 'y'},
    {"a.s:within_days(0)", "{\"s\":\"2025-01-31T23:59:59Z\"}", 'n'},
    {"a.s:within_days(0)", "{\"s\":\"2025-02-01T00:30+01:00\"}", 'n'},
    {"a.s:within_days(0)", "{\"s\":\"2025-02-09\"}", 'y'},
    {"a.s:older_than_days(1)", "{\"s\":\"2025-01-31T00:00Z\"}", 'n'},
    {"a.s:older_than_days(1)", "{\"s\":\"2025-01-30T23:59Z\"}", 'y'},
    {"a.s:older_than_days(20120)", "{\"s\":-1}", 'y'},
    {"a.s:older_than_days(20120)", "{\"s\":0}", 'n'},
    {"a.s:within_days(1)", "{}", '?'},
    {"a.d:after \"2025-02-01\"", "{\"d\":\"2025-02-01T23:00\"}", 'n'},
    {"a.d:after \"2025-02-01\"", "{\"d\":\"2025-02-02\"}", 'y'},
    {"a.d:on_or_before \"2025-02-01\"", "{\"d\":\"2025-02-01\"}", 'y'},
    {"a.d:between(\"2025-02-01\", \"2025-02-28\")", "{\"d\":\"2025-02-28\"}", 'y'},
    {"a.d:between(\"2025-02-01\", \"2025-02-28\")", "{\"d\":\"2025-03-01\"}", 'n'},
};

static const sample texts[] = {
    {"a.e:is \"Noor@Mail.DE\"", "{\"e\":\"noor@mail.de\"}", 'y'},
    {"a.e:is \"noor@mail.de\"", "{\"e\":\" NOOR@mail.de \"}", 'y'},
    {"a.e:is_not \"noor@mail.de\"", "{\"e\":\"luca@mail.de\"}", 'y'},
    {"a.e:is_not \"noor@mail.de\"", "{\"e\":\"luca\"}", '?'},
    {"a.e:not_one_of { \"a@b.de\", \"c@d.de\" }", "{\"e\":\"C@D.de\"}", 'n'},
    {"a.e:not_one_of(\"a@b.de\", \"c@d.de\")", "{\"e\":\"e@d.de\"}", 'y'},
    {"a.e:ends_with \"@MAIL.de\"", "{\"e\":\"noor@mail.de\"}", 'y'},
    {"a.e:ends_with(\".nl\", \".be\")", "{\"e\":\"noor@mail.be\"}", 'y'},
    {"a.e:ends_with { \".nl\", \".be\" }", "{\"e\":\"noor@mail.de\"}", 'n'},
    {"a.p:one_of { \"06 12345678\" }", "{\"p\":\"0031-612345678\"}", 'y'},
    {"a.p:starts_with \"+31\"", "{\"p\":\"0612345678\"}", 'y'},
    {"a.p:starts_with \"+32\"", "{\"p\":\"0612345678\"}", 'n'},
    {"a.u:is \"HTTPS://A.de/X\"", "{\"u\":\"https://a.DE/X\"}", 'y'},
    {"a.u:is \"https://a.de/x\"", "{\"u\":\"https://a.de/X\"}", 'n'},
    {"a.u:contains \"/X\"", "{\"u\":\"https://a.de/x\"}", 'y'},
    {"a.h:is \"https://instagram.com/Noor/\"", "{\"h\":\"NOOR\"}", 'y'},
    {"a.h:matches \"@n.*\"", "{\"h\":\"https://x.com/noor\"}", 'y'},
    {"a.h:starts_with \"noor\"", "{\"h\":\"noor\"}", 'n'},
    {"a.t:contains \"MANAGER\"", "{\"t\":\"Senior account manager\"}", 'y'},
    {"a.t:contains \"manager\"", "{\"t\":\"Manage\"}", 'n'},
    {"a.t:contains \"ü\"", "{\"t\":\"MÜNCHEN\"}", 'n'}, /* A to Z only */
    {"a.t:contains \"nche\"", "{\"t\":\"MÜNCHEN\"}", 'y'},
    {"a.t:contains \"@\"", "{\"t\":\"`\"}", 'n'},
    {"a.t:contains \"[\"", "{\"t\":\"{\"}", 'n'},
    {"a.t:contains \"%d+\"", "{\"t\":\"12\"}", 'n'},
    {"a.t:contains_any { \"ceo\", \"founder\" }", "{\"t\":\"Co-Founder\"}", 'y'},
    {"a.t:contains_any(\"ceo\", \"founder\")", "{\"t\":\"CFO\"}", 'n'},
    {"a.t:starts_with \"Head of\"", "{\"t\":\"  head OF sales\"}", 'y'},
    {"a.t:starts_with \"Head of\"", "{\"t\":\"head\"}", 'n'},
    {"a.t:ends_with \"ss\"", "{\"t\":\"s\"}", 'n'},
    {"a.t:ends_with \"sales\"", "{\"t\":\"sales\"}", 'y'},
    {"a.t:contains \"x\"", "{}", '?'},
    {"a.t:contains \"x\"", "{\"t\":5}", '?'},
    {"none { a.t:contains \"x\" }", "{\"t\":\"  \"}", '?'},
    {"a.t:one_of(\"a\", \"b\")", "{\"t\":\"B\"}", 'n'}, /* exactly */
    {"a.t:not_one_of(\"a\", \"b\")", "{\"t\":\"B\"}", 'y'},
    {"a.raw:contains \"job\"", "{\"raw\":\"JOB_search\"}", 'y'},
    {"a.raw:contains \"5\"", "{\"raw\":5}", 'n'},
    {"a.raw:starts_with \"[\"", "{\"raw\":[1]}", 'n'},
    {"a.raw:matches \".*\"", "{\"raw\":5}", 'n'},
    {"a.raw:matches \"j.*\"", "{\"raw\":\"job\"}", 'y'},
    {"a.raw:ends_with \"x\"", "{\"raw\":null}", '?'},
    {"a.raw:not_one_of { \"x\" }", "{\"raw\":7}", 'y'},
};

static const sample lists[] = {
    {"a.c:not_one_of { \"low\", \"mid\" }", "{\"c\":\"HIGH\"}", 'y'},
    {"a.c:not_one_of(\"low\", \"mid\")", "{\"c\":\"mid\"}", 'n'},
    {"a.c:not_one_of(\"low\", \"mid\")", "{\"c\":\"other\"}", '?'},
    {"a.cs:contains_any { \"x\", \"z\" }", "{\"cs\":[\"y\",\"z\"]}", 'y'},
    {"a.cs:contains_any(\"x\", \"z\")", "{\"cs\":[\"y\"]}", 'n'},
    {"a.cs:contains_any \"x\"", "{\"cs\":[]}", 'n'},
    {"a.cs:contains_any \"x\"", "{\"cs\":[\"x\",\"w\"]}", '?'},
    {"a.cs:contains_any \"x\"", "{}", '?'},
    {"a.cs:contains { \"x\", \"z\" }", "{\"cs\":[\"z\"]}", 'n'},
    {"a.cs:count_at_most(1)", "{\"cs\":[\"x\",\"X\"]}", 'y'},
    {"a.cs:count_at_most(1)", "{\"cs\":[\"x\",\"y\"]}", 'n'},
    {"a.cs:count_at_most(0)", "{\"cs\":[]}", 'y'},
    {"a.cs:count_at_most(0)", "{\"cs\":null}", '?'},
};

static void test_numbers(void **state)
{
    (void)state;
    ASK_ALL(numbers);
}

static void test_times(void **state)
{
    (void)state;
    ASK_ALL(times);
}

static void test_texts(void **state)
{
    (void)state;
    ASK_ALL(texts);
}

static void test_lists(void **state)
{
    (void)state;
    ASK_ALL(lists);
}

/* Kleene: what is unknown of the new kinds of conditions, in groups. */
static void test_groups(void **state)
{
    static const char *const unknown[] = {
        "a.t:contains \"x\"",      "a.e:ends_with \"x\"",     "a.h:starts_with \"@\"",
        "a.n:is_not(5)",           "a.cs:contains_any \"x\"", "a.s:within_days(3)",
        "a.c:not_one_of(\"low\")",
    };
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        static const struct {
            const char *form;
            char want;
        } forms[] = {
            {"all { %s, a.i:equals(1) }", '?'},
            {"all { %s, a.i:equals(2) }", 'n'},
            {"any { %s, a.i:equals(1) }", 'y'},
            {"any { %s, a.i:equals(2) }", '?'},
            {"none { %s, a.i:equals(1) }", 'n'},
            {"none { %s, a.i:equals(2) }", '?'},
            {"at_least(1, { %s, a.i:equals(1) })", 'y'},
            {"at_least(2, { %s, a.i:equals(1) })", '?'},
            {"at_least(2, { %s, a.i:equals(2) })", 'n'},
        };
        for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
            char when[256];
            snprintf(when, sizeof when, forms[k].form, unknown[i]);
            ask(&(sample){when, "{\"i\":1}", forms[k].want});
        }
    }
}

/* Over the borders of the window that a search goes through, at every place. */
static void test_long_texts(void **state)
{
    enum { LENGTH = 9000, WANTED = 150 };
    char rule[1024], wanted[WANTED + 1];
    char *text = malloc(LENGTH + 64);
    (void)state;
    assert_non_null(text);
    for (int i = 0; i < WANTED; i++)
        wanted[i] = (char)('a' + i % 3);
    wanted[WANTED] = '\0';
    snprintf(rule, sizeof rule,
             TYPES "rule { id = \"A\", points = 1, because = \"b\", when = a.t:contains \"%s\" }",
             wanted);
    bench b = open_bench(rule);
    for (int at = 0; at + WANTED <= LENGTH; at += at > 3900 && at < 4200 ? 1 : 97) {
        memcpy(text, "{\"t\":\"", 6);
        memset(text + 6, 'A', LENGTH);
        for (int i = 0; i < WANTED; i++)
            text[6 + at + i] = (char)(wanted[i] - 32);
        memcpy(text + 6 + LENGTH, "\"}", 3);
        assert_int_equal(truth(&b, text), MS_YES);
        text[6 + at + WANTED / 2] = '-';
        assert_int_equal(truth(&b, text), MS_NO);
    }
    close_bench(&b);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_times),
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_groups),  cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
