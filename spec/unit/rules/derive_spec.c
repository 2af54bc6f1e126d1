/* Derived attributes: each type in a template, booleans from rules, verticals without a status. */
#include "court.h"

enum { N, M, CH, SET, FLAG, T, D, RAW };

static const ms_str letters[] = {MS_STR("x"), MS_STR("y"), MS_STR("z")};
static const ms_attribute attributes[] = {
    {.name = MS_STR("n"), .type = MS_T_INTEGER, .min = -5000, .max = 5000},
    {.name = MS_STR("m"), .type = MS_T_MONEY, .min = -1000000, .max = MAX_CENTS},
    {.name = MS_STR("c"), .type = MS_T_CHOICE, CHOICE_OF(letters)},
    {.name = MS_STR("set"), .type = MS_T_CHOICES, CHOICE_OF(letters)},
    {.name = MS_STR("flag"), .type = MS_T_BOOLEAN},
    {.name = MS_STR("t"), .type = MS_T_TEXT},
    {.name = MS_STR("d"), .type = MS_T_DATE},
    {.name = MS_STR("raw"), .type = MS_T_AS_IS},
};

typedef struct sample {
    ms_piece piece;
    const char *in, *text; /* NULL: no value */
} sample;

static void every_type_in_words(void **state)
{
    static const sample samples[] = {
        {{.slot = N}, "{\"n\":\"1.234\"}", "\"1234\""},
        {{.slot = N}, "{\"n\":-12}", "\"-12\""},
        {{.slot = N, .form = MS_FORM_THOUSANDS}, "{\"n\":1999}", "\"1\""},
        {{.slot = N, .form = MS_FORM_THOUSANDS}, "{\"n\":-1}", "\"-1\""},
        {{.slot = N, .form = MS_FORM_THOUSANDS}, "{\"n\":-2000}", "\"-2\""},
        {{.slot = M}, "{\"m\":12.50}", "\"12.5\""},
        {{.slot = M}, "{\"m\":-0.07}", "\"-0.07\""},
        {{.slot = M, .form = MS_FORM_THOUSANDS}, "{\"m\":1999.99}", "\"1\""},
        {{.slot = M, .form = MS_FORM_THOUSANDS}, "{\"m\":-0.01}", "\"-1\""},
        {{.slot = CH}, "{\"c\":\" Y\"}", "\"y\""},
        {{.slot = SET}, "{\"set\":[\"z\",\"x\",\"z\"]}", "\"x, z\""},
        {{.slot = SET}, "{\"set\":[]}", "\"\""},
        {{.slot = FLAG}, "{\"flag\":false}", "\"false\""},
        {{.slot = T}, "{\"t\":\" a\\\"b\\n\\u0000c \"}", "\"a\\\"b\\n\\u0000c\""},
        {{.slot = D}, "{\"d\":\"2025-02-01T10:00\"}", "\"2025-02-01T10:00\""},
        {{.slot = RAW}, "{\"raw\":\" x \"}", "\" x \""},
        {{.slot = RAW}, "{\"raw\":[1, 2]}", "\"[1, 2]\""},
        {{.slot = RAW}, "{\"raw\":\"\"}", NULL},
        {{.slot = N}, "{\"n\":\"?\"}", NULL},
        {{.slot = N}, "{}", NULL},
        {{.slot = -1, .text = MS_STR("just \"text\"")}, "{}", "\"just \\\"text\\\"\""},
    };
    court *c = court_open();
    (void)state;
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        char want[128] = "{}";
        const ms_template template = {&samples[i].piece, 1};
        const ms_derived derived = {
            .name = MS_STR("out"), .templates = &template, .n_templates = 1};
        ms_vertical v = {.attributes = attributes,
                         .n_attributes = COUNT(attributes),
                         .derived = &derived,
                         .n_derived = 1};
        seal(c, &v);
        judge_at(c, &v, samples[i].in, 0, false);
        if (samples[i].text)
            snprintf(want, sizeof want, "{\"out\":%s}", samples[i].text);
        assert_string_equal(writes_of(c), want);
        ms_vertical_unseal(&v);
    }
    court_close(c);
}

static void booleans_from_rules(void **state)
{
    static const ms_cond condition = {
        .op = MS_C_COMPARE, .size = 1, .slot = N, .cmp = MS_GE, .a = 1};
    static const ms_rule rule = {.id = MS_STR("R"), .label = -1, .points = -3};
    static const ms_derived derived = {.name = MS_STR("is"), .kind = MS_D_RULE};
    court *c = court_open();
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = &condition,
                     .n_conditions = 1,
                     .rules = &rule,
                     .n_rules = 1,
                     .derived = &derived,
                     .n_derived = 1,
                     .score_min = -1000000,
                     .score_max = 1000000};
    (void)state;
    seal(c, &v);
    judge(c, &v, "{\"n\":1}");
    assert_string_equal(writes_of(c), "{\"is\":true}");
    judge(c, &v, "{\"is\":true}"); /* unknown has not fired */
    assert_string_equal(writes_of(c), "{\"is\":false}");
    judge(c, &v, "{\"is\":\"true\",\"n\":1}");
    assert_string_equal(writes_of(c), "{\"is\":true}");
    judge(c, &v, "{\"is\":false,\"n\":0}");
    assert_string_equal(writes_of(c), "{}");
    /* no status, no place for the score: shown, not stored */
    judge(c, &v, "{\"n\":5}");
    c->out.n = 0;
    ms_decision_line(&c->d, MS_STR("\"a\""), &c->top, &c->out);
    assert_string_equal(text_of(c),
                        "{\"id\":\"a\",\"vertical\":\"spec\",\"version\":\"v\",\"attributes\":{"
                        "\"n\":5,\"is\":true},\"changed\":{\"is\":true},\"writes\":{\"is\":true},"
                        "\"score\":-0.3,\"lead_status\":null,\"labels\":[],\"fired\":[\"R\"],"
                        "\"unknown\":[],\"errors\":[]}");
    ms_vertical_unseal(&v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_in_words),
        cmocka_unit_test(booleans_from_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
