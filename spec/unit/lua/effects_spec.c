/*
 * What one change would gain or lose: the words for it, and where there is too much to try.
 */
#include "lua_support.h"

#include "rules/counterfactual.h"

/* ---- where there is too much to try --------------------------------------------------------- */

typedef struct single {
    bench b;
    ms_arena *arena;
    ms_effects effects;
    ms_buf text;
} single;

static const char *effects_of(single *s, const char *script, const char *attributes)
{
    ms_error err = {0};
    s->b = open_bench(script);
    s->arena = ms_arena_new(0);
    assert_int_equal(judge(&s->b, attributes), MS_OK);
    ms_status status =
        ms_effects_find(&s->b.decision, &s->b.attributes, NULL, s->arena, &s->effects, &err);
    if (status)
        fail_msg("%s", err.text);
    s->text.n = 0;
    ms_effects_text(&s->effects, ms_script_vertical(s->b.script), &s->text);
    ms_buf_char(&s->text, '\0');
    assert_false(s->text.failed);
    return s->text.p;
}

static void close_single(single *s)
{
    ms_buf_free(&s->text);
    ms_arena_free(s->arena);
    close_bench(&s->b);
    *s = (single){0};
}

#define TAIL "labels { { \"ll\", colour = \"#10b981\", says = \"s\" } }"
#define LABELLED(when)                                                                             \
    HEAD "rule { id = \"R\", points = 10, because = \"b\", label = \"ll\", when = " when " }"      \
         "\n" TAIL

/* A function that does not end for some values is not asked for ever, and no range is made up. */
static void endless(void **state)
{
    single s = {0};
    (void)state;
    const char *text = effects_of(
        &s,
        LABELLED("all { a.n:at_least(5), custom { reads = { a.n, a.c }, says = \"s\","
                 " fn = function(v) while v.n > 9 or v.c == \"high\" do end return true end } }"),
        "{\"n\":7,\"c\":\"low\"}");
    assert_true(s.effects.cut);
    assert_non_null(strstr(text, "loses ll if: n = 4 (among others) or missing"));
    assert_non_null(strstr(text, "this may not be all"));
    close_single(&s);
}

/* More borders than are kept: only what was judged is said, no range. */
static void many_borders(void **state)
{
    ms_buf script = {0};
    single s = {0};
    (void)state;
    ms_buf_z(&script,
             HEAD "rule { id = \"R\", points = 10, because = \"b\", label = \"ll\", when = "
                  "any {");
    for (int i = 0; i < 600; i++)
        ms_buf_format(&script, "a.n:equals(%d),", i * 3);
    ms_buf_z(&script, "} }\n" TAIL);
    ms_buf_char(&script, '\0');
    assert_non_null(effects_of(&s, script.p, "{\"n\":1}"));
    assert_true(s.effects.cut && s.effects.n == 1);
    for (uint32_t i = 0; i < s.effects.items[0].ways[0].n_trials; i++) {
        const ms_trial *trial = s.effects.items[0].ways[0].trials[i];
        assert_true(trial->low == trial->high && trial->low % 3 == 0);
    }
    close_single(&s);
    ms_buf_free(&script);
}

/* Short words for what is found. */
static void words(void **state)
{
    static const struct {
        const char *when, *contact, *text;
    } samples[] = {
        {"a.n:at_least(5)", "{\"n\":7}", "loses ll if: n < 5 or missing\n"},
        {"a.n:at_least(5)", "{}", "gains ll if: n ≥ 5\n"},
        {"a.n:equals(5)", "{\"n\":5}", "loses ll if: n ≠ 5 or missing\n"},
        {"a.n:between(5, 9)", "{\"n\":1}", "gains ll if: n from 5 to 9\n"},
        {"a.n:present()", "{}", "gains ll if: n = any valid value\n"},
        {"a.w:more_than(2.5)", "{\"w\":1}", "gains ll if: w > 2.5\n"},
        {"a.w:at_most(2.5)", "{\"w\":3}", "gains ll if: w ≤ 2.5\n"},
        {"a.n:at_least(a.m)", "{\"n\":3,\"m\":8}", "gains ll if: n ≥ 8, m < 4\n"},
        {"a.b:is_true()", "{\"b\":true}", "loses ll if: b = false or missing\n"},
        {"a.b:present()", "{}", "gains ll if: b = any valid value\n"},
        {"a.c:is_not \"low\"", "{\"c\":\"low\"}", "gains ll if: c = high\n"},
        {"a.cs:contains \"x\"", "{\"cs\":[\"x\",\"y\"]}", "loses ll if: cs without x or missing\n"},
        {"a.cs:contains \"x\"", "{\"cs\":[]}", "gains ll if: cs with x\n"},
        {"a.cs:count_at_least(2)", "{\"cs\":[\"y\"]}", "gains ll if: cs with x or z\n"},
        {"a.t:is \"hi\"", "{\"t\":\"hi\"}", "loses ll if: t other than \"hi\" or missing\n"},
        {"a.t:is_not \"hi\"", "{}", "gains ll if: t other than \"hi\"\n"},
        {"a.t:contains \"hi\"", "{\"t\":\"oh hi\"}", "loses ll if: t = other text or missing\n"},
        {"a.t:matches \"[0-9]+\"", "{\"t\":\"1\"}", "loses ll if: t missing\n"},
        {"a.any:is \"x\"", "{\"any\":[1]}", "gains ll if: any = \"x\"\n"},
        {"a.d:within_days(30)", "{\"d\":\"2024-01-01\"}", "gains ll if: d ≥ 2025-01-02\n"},
        {"a.d:before(a.e)", "{\"d\":\"2024-01-05\",\"e\":\"2024-01-05\"}",
         "gains ll if: d < 2024-01-05, e ≥ 2024-01-06\n"},
        {"all { a.n:at_least(5), a.b:is_true() }", "{}", ""},
    };
    char script[2048];
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        single s = {0};
        snprintf(script, sizeof script, "%s%s%s",
                 HEAD "rule { id = \"R\", points = 10, because = \"b\", label = \"ll\", when = ",
                 samples[i].when, " }\n" TAIL);
        const char *text = effects_of(&s, script, samples[i].contact);
        if (strcmp(text, samples[i].text) != 0)
            fail_msg("%s, %s:\n%swanted:\n%s", samples[i].when, samples[i].contact, text,
                     samples[i].text);
        close_single(&s);
    }
}

/* Numbers as far as they go, and numbers in a text that not every text may have. */
static void borders_of_types(void **state)
{
    static const struct {
        const char *type, *when, *contact, *text;
    } samples[] = {
        {"integer { min = math.mininteger, max = math.maxinteger }",
         "a.x:at_least(9223372036854775807)", "{\"x\":5}",
         "gains ll if: x = 9223372036854775807\n"},
        {"integer { min = math.mininteger, max = math.maxinteger }",
         "a.x:more_than(math.mininteger)", "{\"x\":5}",
         "loses ll if: x = -9223372036854775808 or missing\n"},
        {"integer { min = math.mininteger, max = math.maxinteger }", "a.x:whole(7):at_least(0)",
         "{\"x\":5}", "loses ll if: x < 0 or missing\n"},
        {"text { max = 3 }", "a.x:last_number():at_least(50)", "{\"x\":\"7\"}",
         "gains ll if: last number of x ≥ 50\n"},
    };
    char script[2048];
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        single s = {0};
        snprintf(script, sizeof script,
                 "vertical { name = \"v\", title = \"V\" }\n"
                 "local a = attributes { { \"x\", %s } }\n"
                 "rule { id = \"R\", points = 10, because = \"b\", label = \"ll\", when = %s }\n"
                 "%s",
                 samples[i].type, samples[i].when, TAIL);
        const char *text = effects_of(&s, script, samples[i].contact);
        if (strcmp(text, samples[i].text) != 0)
            fail_msg("%s, %s:\n%swanted:\n%s", samples[i].type, samples[i].when, text,
                     samples[i].text);
        close_single(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless),
        cmocka_unit_test(many_borders),
        cmocka_unit_test(words),
        cmocka_unit_test(borders_of_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
