/* Computed numbers: each formula at its borders, in conditions, derived, explained, and refused. */
#include "court.h"

enum {
    SPENT,
    COUNT_OF,
    N,
    T,
    N_DECLARED,
    PER = N_DECLARED,
    EUROS,
    TENS,
    LAST,
    RATIO,
    HALF,
    N_SLOTS
};

static const ms_attribute attributes[N_SLOTS] = {
    {.name = MS_STR("spent"), .type = MS_T_MONEY, .min = -MAX_CENTS, .max = MAX_CENTS},
    {.name = MS_STR("count"), .type = MS_T_INTEGER, .min = -100, .max = MAX_INT_VALUE},
    {.name = MS_STR("n"), .type = MS_T_INTEGER, .min = INT64_MIN, .max = INT64_MAX},
    {.name = MS_STR("t"), .type = MS_T_TEXT},
    {.name = MS_STR("spent per count"), .type = MS_T_MONEY},
    {.name = MS_STR("whole spent"), .type = MS_T_INTEGER},
    {.name = MS_STR("spent in whole 10s"), .type = MS_T_INTEGER},
    {.name = MS_STR("last number of t"), .type = MS_T_INTEGER},
    {.name = MS_STR("n per count"), .type = MS_T_INTEGER},
    {.name = MS_STR("n per count per last number of t"), .type = MS_T_INTEGER},
};
static const ms_computed computed[] = {
    {MS_F_PER, .slot = SPENT, .slot2 = COUNT_OF}, {MS_F_WHOLE, .slot = SPENT, .by = 100},
    {MS_F_WHOLE, .slot = SPENT, .by = 1000},      {MS_F_LAST_NUMBER, .slot = T},
    {MS_F_PER, .slot = N, .slot2 = COUNT_OF},     {MS_F_PER, .slot = RATIO, .slot2 = LAST},
};
static const ms_derived derived[] = {
    {.name = MS_STR("avg"), .kind = MS_D_NUMBER, .slot = PER},
    {.name = MS_STR("euros"), .kind = MS_D_NUMBER, .slot = EUROS},
    {.name = MS_STR("tens"), .kind = MS_D_NUMBER, .slot = TENS},
    {.name = MS_STR("last"), .kind = MS_D_NUMBER, .slot = LAST},
    {.name = MS_STR("ratio"), .kind = MS_D_NUMBER, .slot = RATIO},
    {.name = MS_STR("half"), .kind = MS_D_NUMBER, .slot = HALF},
};
static const ms_cond conditions[] = {
    {.op = MS_C_COMPARE, .cmp = MS_GE, .size = 1, .slot = PER, .a = 10000},
    {.op = MS_C_COMPARE_SLOTS, .cmp = MS_GT, .size = 1, .slot = HALF, .slot2 = LAST},
    {.op = MS_C_MISSING, .size = 1, .slot = PER},
};
static const ms_rule rules[] = {
    {.id = MS_STR("A"), .condition = 0, .label = -1, .line = 3},
    {.id = MS_STR("B"), .condition = 1, .label = -1, .line = 4},
    {.id = MS_STR("C"), .condition = 2, .label = -1, .line = 5},
};

static ms_vertical draft(void)
{
    return (ms_vertical){
        .attributes = attributes,
        .n_attributes = N_DECLARED,
        .computed = computed,
        .n_computed = COUNT(computed),
        .derived = derived,
        .n_derived = COUNT(derived),
        .conditions = conditions,
        .n_conditions = COUNT(conditions),
        .rules = rules,
        .n_rules = COUNT(rules),
    };
}

static void values(void **state)
{
    static const struct {
        const char *in, *changed;
    } samples[] = {
        {"{\"spent\":450,\"count\":3}", "{\"avg\":150,\"euros\":450,\"tens\":45}"},
        {"{\"spent\":0.01,\"count\":2}", "{\"avg\":0.01,\"euros\":0,\"tens\":0}"},
        {"{\"spent\":0.01,\"count\":3}", "{\"avg\":0,\"euros\":0,\"tens\":0}"},
        {"{\"spent\":0.02,\"count\":3}", "{\"avg\":0.01,\"euros\":0,\"tens\":0}"},
        {"{\"spent\":299.99,\"count\":3}", "{\"avg\":100,\"euros\":299,\"tens\":29}"},
        {"{\"spent\":299.98,\"count\":3}", "{\"avg\":99.99,\"euros\":299,\"tens\":29}"},
        {"{\"spent\":-0.01,\"count\":2}", "{\"avg\":0,\"euros\":-1,\"tens\":-1}"},
        {"{\"spent\":-0.03,\"count\":2}", "{\"avg\":-0.01,\"euros\":-1,\"tens\":-1}"},
        {"{\"spent\":-0.02,\"count\":3}", "{\"avg\":-0.01,\"euros\":-1,\"tens\":-1}"},
        {"{\"spent\":-10,\"count\":1}", "{\"avg\":-10,\"euros\":-10,\"tens\":-1}"},
        {"{\"spent\":1e8,\"count\":1}",
         "{\"avg\":100000000,\"euros\":100000000,\"tens\":10000000}"},
        {"{\"spent\":5,\"count\":0}", "{\"euros\":5,\"tens\":0}"},
        {"{\"spent\":5,\"count\":-1}", "{\"euros\":5,\"tens\":0}"},
        {"{\"count\":3}", "{}"},
        {"{\"spent\":\"\",\"count\":3}", "{\"spent\":null}"},
        {"{\"t\":\"15-20k\"}", "{\"last\":20}"},
        {"{\"t\":\"20\"}", "{\"last\":20}"},
        {"{\"t\":\"x007y\"}", "{\"last\":7}"},
        {"{\"t\":\"3.5\"}", "{\"last\":5}"},
        {"{\"t\":\"-4\"}", "{\"last\":4}"},
        {"{\"t\":\"none\"}", "{}"},
        {"{\"t\":\"\xd9\xa3\"}", "{}"}, /* a digit, but not an ASCII one */
        {"{\"t\":\"999999999999999\"}", "{\"last\":999999999999999}"},
        {"{\"t\":\"9999999999999999\"}", "{}"},
        {"{\"t\":\"7 9999999999999999\"}", "{}"},
        {"{\"n\":9223372036854775807,\"count\":1}", "{\"ratio\":9223372036854775807}"},
        {"{\"n\":-9223372036854775808,\"count\":1}", "{\"ratio\":-9223372036854775808}"},
        {"{\"n\":9223372036854775807,\"count\":2}", "{\"ratio\":4611686018427387904}"},
        {"{\"n\":100,\"count\":4,\"t\":\"10\"}", "{\"last\":10,\"ratio\":25,\"half\":3}"},
        {"{\"n\":100,\"count\":4,\"t\":\"0\"}", "{\"last\":0,\"ratio\":25}"},
    };
    court *c = court_open();
    ms_vertical v = draft();
    (void)state;
    seal(c, &v);
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        judge(c, &v, samples[i].in);
        if (strcmp(changed_of(c), samples[i].changed) != 0)
            fail_msg("%s: %s", samples[i].in, changed_of(c));
    }
    ms_vertical_unseal(&v);
    court_close(c);
}

/* What stood there is replaced, kept when equal, and removed when there is no value. */
static void what_stood_there(void **state)
{
    court *c = court_open();
    ms_vertical v = draft();
    (void)state;
    seal(c, &v);
    judge(c, &v, "{\"spent\":450,\"count\":4,\"avg\":112.50,\"euros\":450.0,\"tens\":\"45\"}");
    assert_string_equal(changed_of(c), "{\"tens\":45}");
    judge(c, &v, "{\"avg\":\"many\",\"euros\":null,\"last\":3}");
    assert_string_equal(changed_of(c), "{\"avg\":null,\"euros\":null,\"last\":null}");
    assert_string_equal(writes_of(c), "{\"avg\":null,\"euros\":null,\"last\":null}");
    assert_string_equal(attributes_of(c), "{}");
    judge(c, &v, "{\"spent\":\"x\",\"count\":3,\"avg\":150}");
    assert_string_equal(errors_of(c), "[\"spent\"]");
    assert_string_equal(attributes_of(c), "{\"count\":3}");
    /* nothing comes in under a computed number's own name */
    judge(c, &v, "{\"spent per count\":900}");
    assert_string_equal(attributes_of(c), "{\"spent per count\":900}");
    assert_string_equal(unknown_of(c), "[\"A\",\"B\"]");
    ms_vertical_unseal(&v);
    court_close(c);
}

static void conditions_and_words(void **state)
{
    court *c = court_open();
    ms_vertical v = draft();
    static const struct {
        const char *in, *fired, *unknown, *page;
    } samples[] = {
        {"{\"spent\":300,\"count\":3}", "[\"A\"]", "[\"B\"]", "spent per count = 100 ≥ 100 "},
        {"{\"spent\":299.98,\"count\":3}", "[]", "[\"B\"]", "no: spent per count = 99.99 < 100 "},
        {"{\"spent\":299.98}", "[\"C\"]", "[\"A\",\"B\"]", "A  unknown: count missing "},
        {"{\"spent\":\"x\"}", "[\"C\"]", "[\"A\",\"B\"]",
         "A  unknown: count missing; spent not valid "},
        {"{\"spent\":1,\"count\":0}", "[\"C\"]", "[\"A\",\"B\"]",
         "A  unknown: spent per count has no value "},
        {"{\"n\":1,\"count\":0}", "[\"C\"]", "[\"A\",\"B\"]",
         "B  unknown: t missing; n per count has no value "},
        {"{\"n\":1,\"count\":1,\"t\":\"x\"}", "[\"C\"]", "[\"A\",\"B\"]",
         "B  unknown: last number of t has no value "},
        {"{\"n\":100,\"count\":4,\"t\":\"2\"}", "[\"B\",\"C\"]", "[\"A\"]",
         "n per count per last number of t = 13 > last number of t = 2 "},
    };
    (void)state;
    seal(c, &v);
    for (uint32_t i = 0; i < COUNT(samples); i++) {
        judge(c, &v, samples[i].in);
        assert_string_equal(fired_of(c), samples[i].fired);
        assert_string_equal(unknown_of(c), samples[i].unknown);
        c->out.n = 0;
        ms_decision_explain(&c->d, &c->out);
        if (!strstr(text_of(c), samples[i].page))
            fail_msg("%s: no \"%s\" in\n%s", samples[i].in, samples[i].page, text_of(c));
    }
    c->out.n = 0;
    ms_condition_words(&v, 0, &c->out);
    assert_string_equal(text_of(c), "spent per count is at least 100");
    ms_vertical_unseal(&v);
    court_close(c);
}

/* Twice a value that has none, doubled 40 times: looked at once each. */
static void a_ladder_of_numbers(void **state)
{
    enum { STEPS = 40 };
    static ms_attribute names[1 + STEPS];
    static ms_computed steps[STEPS];
    static const ms_rule rule = {.id = MS_STR("A"), .label = -1};
    ms_cond c0 = {.op = MS_C_COMPARE, .cmp = MS_GE, .size = 1, .slot = STEPS, .a = 1};
    court *c = court_open();
    ms_vertical v = {.attributes = names,
                     .n_attributes = 1,
                     .computed = steps,
                     .n_computed = STEPS,
                     .conditions = &c0,
                     .n_conditions = 1,
                     .rules = &rule,
                     .n_rules = 1};
    (void)state;
    for (uint16_t i = 0; i <= STEPS; i++)
        names[i] = (ms_attribute){.name = MS_STR("x"), .type = MS_T_INTEGER, .max = 9};
    for (uint16_t i = 0; i < STEPS; i++)
        steps[i] = (ms_computed){MS_F_PER, .slot = i, .slot2 = i};
    seal(c, &v);
    judge(c, &v, "{\"x\":0}");
    assert_string_equal(unknown_of(c), "[\"A\"]");
    c->out.n = 0;
    ms_decision_explain(&c->d, &c->out);
    assert_non_null(strstr(text_of(c), "unknown: x has no value "));
    judge(c, &v, "{\"x\":7}");
    assert_string_equal(fired_of(c), "[\"A\"]");
    ms_vertical_unseal(&v);
    court_close(c);
}

static uint64_t hash(court *c, const ms_vertical *v, const char *in)
{
    read_fields(c, in, strlen(in));
    return ms_judge_input_hash(c->judge, v, &c->top, NULL);
}

/* A contact is judged again when what a computed number is made of changes. */
static void reads(void **state)
{
    court *c = court_open();
    ms_vertical v = draft();
    (void)state;
    v.n_derived = 1; /* avg alone */
    v.n_rules = 1;
    seal(c, &v);
    assert_true(ms_vertical_reads(&v, MS_STR("spent")));
    assert_true(ms_vertical_reads(&v, MS_STR("count")));
    assert_false(ms_vertical_reads(&v, MS_STR("t")));
    assert_false(ms_vertical_reads(&v, MS_STR("avg")));
    assert_true(ms_vertical_manages(&v, MS_STR("avg")));
    assert_false(ms_vertical_manages(&v, MS_STR("spent per count")));
    uint64_t h = hash(c, &v, "{\"spent\":1,\"count\":2}");
    assert_true(h == hash(c, &v, "{\"count\":2.0,\"spent\":1.00,\"t\":\"5\",\"avg\":7}"));
    assert_true(h != hash(c, &v, "{\"spent\":1,\"count\":3}"));
    assert_true(h != hash(c, &v, "{\"spent\":1.01,\"count\":2}"));
    ms_vertical_unseal(&v);
    court_close(c);
}

static void refuse(const ms_vertical *v, const char *part)
{
    ms_error err = {0};
    ms_vertical copy = *v;
    ms_arena *arena = ms_arena_new(0);
    assert_non_null(arena);
    copy.file = MS_STR("vertical.lua");
    assert_int_equal(ms_vertical_seal(&copy, arena, &err), MS_INVALID);
    if (!strstr(err.text, part))
        fail_msg("wanted: %s\n got: %s", part, err.text);
    ms_arena_free(arena);
}

static void refused(void **state)
{
    static const char misfit[] = "is not made of earlier attributes that fit";
    static const ms_computed bad[] = {
        {MS_F_PER, .slot = T, .slot2 = COUNT_OF},
        {MS_F_PER, .slot = SPENT, .slot2 = T},
        {MS_F_PER, .slot = SPENT, .slot2 = SPENT},
        {MS_F_PER, .slot = SPENT, .slot2 = PER},
        {MS_F_PER, .slot = PER, .slot2 = COUNT_OF},
        {MS_F_PER, .slot = N, .slot2 = COUNT_OF},
        {MS_F_PER, .slot = SPENT, .slot2 = N_SLOTS},
        {MS_F_PER, .slot = UINT16_MAX, .slot2 = N},
        {MS_F_WHOLE, .slot = SPENT, .by = 100},
        {MS_F_LAST_NUMBER, .slot = T},
        {(ms_formula)7, .slot = SPENT, .slot2 = COUNT_OF},
    };
    static const ms_computed bad_integers[] = {
        {MS_F_WHOLE, .slot = SPENT, .by = 0},   {MS_F_WHOLE, .slot = SPENT, .by = -1},
        {MS_F_WHOLE, .slot = T, .by = 1},       {MS_F_LAST_NUMBER, .slot = N},
        {MS_F_LAST_NUMBER, .slot = N_DECLARED},
    };
    ms_attribute copy[N_SLOTS];
    ms_vertical v = draft();
    (void)state;
    v.n_derived = v.n_rules = 0;
    v.n_computed = 1;
    for (uint32_t i = 0; i < COUNT(bad); i++)
        v.computed = &bad[i], refuse(&v, misfit);
    memcpy(copy, attributes, sizeof copy);
    copy[PER].type = MS_T_INTEGER;
    v.attributes = copy;
    for (uint32_t i = 0; i < COUNT(bad_integers); i++)
        v.computed = &bad_integers[i], refuse(&v, misfit);
    v = draft();
    copy[PER] = (ms_attribute){.type = MS_T_MONEY, .line = 12};
    v.attributes = copy, refuse(&v, "vertical.lua:12: computed number");
    v = draft();
    v.n_computed = 65, refuse(&v, "65 computed numbers, at most 64 are possible");
    v.n_computed = 6, v.computed = NULL, refuse(&v, "computed numbers are counted but not there");
    v = draft();
    ms_derived one = {.name = MS_STR("x"), .kind = MS_D_NUMBER, .slot = SPENT};
    v.derived = &one, v.n_derived = 1, refuse(&v, "derived x has no value to take");
    one.slot = N_SLOTS, refuse(&v, "derived x has no value to take");
    ms_cond far = {.op = MS_C_PRESENT, .size = 1, .slot = N_SLOTS};
    v = draft();
    v.conditions = &far, v.n_conditions = 1, v.n_rules = 1;
    refuse(&v, "an attribute that is not declared");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(what_stood_there),
        cmocka_unit_test(conditions_and_words),
        cmocka_unit_test(a_ladder_of_numbers),
        cmocka_unit_test(reads),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
