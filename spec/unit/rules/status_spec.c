/* The status: every combination of what stood there and what the rules say, against the words of
 * the language. */
#include "court.h"

enum { R1, R2, O1 };
static const ms_str stages[] = {MS_STR("new"), MS_STR("warm"), MS_STR("hot"), MS_STR("client")};
static const ms_str keep[] = {MS_STR("client")};

/* n at least 10: R1; n at least 20: R2; a score of at least 3.0: O1. Cases: m is yes -> client;
 * O1 fired -> hot; "n at least 10 or m unknown" and no errors -> warm. */
typedef struct plan {
    ms_attribute attributes[2];
    ms_cond conditions[16];
    ms_rule rules[3];
    ms_status_case cases[3];
    ms_custom customs[1];
    ms_vertical v;
} plan;

static ms_status fails(void *script, uint32_t custom, const ms_slots *slots, ms_truth *out,
                       ms_error *err)
{
    (void)script, (void)custom, (void)slots;
    *out = MS_UNKNOWN;
    return ms_fail(err, MS_SCRIPT, "vertical.lua:9: no");
}

static void make(plan *p)
{
    *p = (plan){
        .attributes = {{.name = MS_STR("n"), .type = MS_T_INTEGER, .max = 100},
                       {.name = MS_STR("m"), .type = MS_T_BOOLEAN}},
        .conditions =
            {
                {.op = MS_C_COMPARE, .size = 1, .cmp = MS_GE, .a = 10},
                {.op = MS_C_COMPARE, .size = 1, .cmp = MS_GE, .a = 20},
                {.op = MS_C_SCORE, .size = 1, .cmp = MS_GE, .a = 30},
                /* 3 */ {.op = MS_C_COMPARE, .size = 1, .slot = 1, .cmp = MS_EQ, .a = 1},
                /* 4 */ {.op = MS_C_ALL, .n_children = 2, .size = 5},
                {.op = MS_C_ANY, .n_children = 2, .size = 3},
                {.op = MS_C_FIRED, .size = 1, .a = R1},
                {.op = MS_C_MISSING, .size = 1, .slot = 1},
                {.op = MS_C_ERRORS, .size = 1, .a = 0},
                /* 9 */ {.op = MS_C_CUSTOM, .size = 1},
                /* 10 */ {.op = MS_C_FIRED, .size = 1, .a = O1},
            },
        .rules = {{.id = MS_STR("R1"), .points = 10, .label = -1},
                  {.id = MS_STR("R2"), .points = 20, .condition = 1, .label = -1},
                  {.id = MS_STR("O1"), .condition = 2, .label = -1, .outcome = true}},
        .cases = {{.rule = MS_NO_RULE, .condition = 3, .value = MS_STR("client")},
                  {.rule = O1, .value = MS_STR("hot")},
                  {.rule = MS_NO_RULE, .condition = 4, .value = MS_STR("warm")}},
    };
    p->v = (ms_vertical){
        .attributes = p->attributes,
        .n_attributes = 2,
        .conditions = p->conditions,
        .n_conditions = 11,
        .rules = p->rules,
        .n_rules = 3,
        .customs = p->customs,
        .n_customs = 1,
        .calls = {.condition = fails},
        .score_attribute = MS_STR("score"),
        .score_max = 100,
        .status = {.attribute = MS_STR("st"),
                   .cases = p->cases,
                   .n_cases = 3,
                   .otherwise = MS_STR("new")},
    };
}

static void with_stages(plan *p, bool only_forward)
{
    p->v.status.stages = stages;
    p->v.status.n_stages = COUNT(stages);
    p->v.status.only_forward = only_forward;
}

static int stage_of(const char *text)
{
    for (size_t i = 0; i < COUNT(stages); i++)
        if (ms_str_eqz(stages[i], text))
            return (int)i;
    return -1;
}

static const char *const stored[] = {"",
                                     ",\"st\":null",
                                     ",\"st\":\"new\"",
                                     ",\"st\":\"warm\"",
                                     ",\"st\":\"hot\"",
                                     ",\"st\":\"client\"",
                                     ",\"st\":\"Hot\"",
                                     ",\"st\":\"lost\"",
                                     ",\"st\":7",
                                     ",\"st\":[\"hot\"]",
                                     ",\"st\":\"h\\u006ft\""};
static const char *const stored_text[] = {"",    "",     "new", "warm", "hot", "client",
                                          "Hot", "lost", "",    "",     "hot"};
static const char *const numbers[] = {"null", "5", "10", "20", "\"x\""};
static const char *const flags[] = {"null", "true", "false", "7"};

/* What the language says, for number `n`, flag `m` and what stood there. */
static const char *wanted(const plan *p, size_t n, size_t m, const char *before)
{
    const ms_status_plan *status = &p->v.status;
    bool r1 = n == 2 || n == 3, errors = n == 4 || m == 3;
    const char *chosen = m == 1                                ? "client"
                         : n == 3                              ? "hot"
                         : (r1 || m == 0 || m == 3) && !errors ? "warm"
                                                               : "new";
    if (status->n_keep && strcmp(before, "client") == 0)
        return "client";
    return status->only_forward && stage_of(before) > stage_of(chosen) ? before : chosen;
}

static void check_all(court *c, const plan *p)
{
    for (size_t n = 0; n < COUNT(numbers); n++)
        for (size_t m = 0; m < COUNT(flags); m++)
            for (size_t s = 0; s < COUNT(stored); s++) {
                char text[128], json[32];
                snprintf(text, sizeof text, "{\"n\":%s,\"m\":%s%s}", numbers[n], flags[m],
                         stored[s]);
                judge(c, &p->v, text);
                const char *want = wanted(p, n, m, stored_text[s]);
                if (!ms_str_eqz(c->d.status, want))
                    fail_msg("%s: %.*s, not %s", text, (int)c->d.status.n, c->d.status.p, want);
                snprintf(json, sizeof json, "\"st\":\"%s\"", want);
                bool writes = strstr(writes_of(c), "\"st\":") != NULL;
                assert_int_equal(writes, strcmp(want, stored_text[s]) != 0);
                if (writes)
                    assert_non_null(strstr(writes_of(c), json));
                assert_non_null(strstr(attributes_of(c), writes ? json : "\"st\":"));
            }
}

static void every_combination(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++)
        for (int staged = 0; staged < 3; staged++) {
            plan p;
            court *c = court_open();
            make(&p);
            if (staged)
                with_stages(&p, staged == 2);
            p.v.status.keep = keep;
            p.v.status.n_keep = (uint32_t)kept;
            seal(c, &p.v);
            check_all(c, &p);
            ms_vertical_unseal(&p.v);
            court_close(c);
        }
}

static void why_it_is_so(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    with_stages(&p, true);
    p.v.status.keep = keep;
    p.v.status.n_keep = 1;
    seal(c, &p.v);
    judge(c, &p.v, "{\"n\":20,\"m\":false}");
    assert_int_equal(c->d.status_why, MS_STATUS_CASE);
    assert_int_equal(c->d.status_case, 1);
    judge(c, &p.v, "{\"n\":10,\"m\":false,\"st\":\"hot\"}");
    assert_int_equal(c->d.status_why, MS_STATUS_AHEAD);
    assert_int_equal(c->d.status_case, 2);
    judge(c, &p.v, "{\"m\":false,\"st\":\"warm\"}");
    assert_int_equal(c->d.status_why, MS_STATUS_AHEAD);
    assert_int_equal(c->d.status_case, 3); /* otherwise */
    judge(c, &p.v, "{\"m\":false,\"st\":\"new\"}");
    assert_int_equal(c->d.status_why, MS_STATUS_OTHERWISE);
    judge(c, &p.v, "{\"st\":\"client\"}");
    assert_int_equal(c->d.status_why, MS_STATUS_KEPT);
    ms_vertical_unseal(&p.v);
    p.v.status = (ms_status_plan){0};
    seal(c, &p.v);
    judge(c, &p.v, "{\"st\":\"client\"}");
    assert_int_equal(c->d.status_why, MS_STATUS_NONE);
    assert_null(c->d.status.p);
    assert_null(strstr(changed_of(c), "st"));
    ms_vertical_unseal(&p.v);
    court_close(c);
}

/* A function is asked only when no earlier case was chosen; when it fails nothing is decided. */
static void a_function_that_fails(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    p.cases[2].condition = 9;
    seal(c, &p.v);
    judge(c, &p.v, "{\"n\":20}");
    assert_true(ms_str_eqz(c->d.status, "hot"));
    read_fields(c, "{\"n\":10}", 8);
    assert_int_equal(ms_judge_contact(c->judge, &p.v, &c->top, NULL, 0, true, &c->d, &c->err),
                     MS_SCRIPT);
    assert_non_null(strstr(c->err.text, "vertical.lua:9: no"));
    judge(c, &p.v, "{\"n\":20}"); /* the next contact is judged */
    ms_vertical_unseal(&p.v);
    court_close(c);
}

static uint64_t hash(court *c, const plan *p, const char *text)
{
    read_fields(c, text, strlen(text));
    return ms_judge_input_hash(c->judge, &p->v, &c->top, NULL);
}

static void what_the_hash_sees(void **state)
{
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    seal(c, &p.v);
    uint64_t bare = hash(c, &p, "{}");
    assert_true(hash(c, &p, "{\"st\":\"hot\"}") == bare); /* nobody looks at it */
    assert_true(hash(c, &p, "{\"m\":true}") != bare);     /* only a case does */
    assert_false(ms_vertical_reads(&p.v, MS_STR("st")));
    assert_true(ms_vertical_reads(&p.v, MS_STR("m")));
    ms_vertical_unseal(&p.v);
    with_stages(&p, true);
    seal(c, &p.v);
    bare = hash(c, &p, "{}");
    assert_true(hash(c, &p, "{\"st\":\"hot\"}") != bare);
    assert_true(hash(c, &p, "{\"st\":\"hot\"}") != hash(c, &p, "{\"st\":\"warm\"}"));
    assert_true(hash(c, &p, "{\"st\":\"lost\"}") == bare); /* no stage */
    assert_true(ms_vertical_reads(&p.v, MS_STR("st")));
    ms_vertical_unseal(&p.v);
    court_close(c);
}

static void refuse(court *c, plan *p, const char *because)
{
    ms_error err = {0};
    p->v.name = p->v.version = MS_STR("spec");
    p->v.file = MS_STR("vertical.lua");
    ms_status status = ms_vertical_seal(&p->v, c->arena, &err);
    ms_vertical_unseal(&p->v);
    if (status != MS_INVALID || !strstr(err.text, because))
        fail_msg("wanted \"%s\", got %s: \"%s\"", because, ms_status_name(status), err.text);
    make(p);
    with_stages(p, true);
}

static void refused(void **state)
{
    static const ms_str twice[] = {MS_STR("new"), MS_STR("new")}, empty[] = {MS_STR("")};
    static const ms_str few[] = {MS_STR("warm"), MS_STR("hot"), MS_STR("client")};
    plan p;
    (void)state;
    court *c = court_open();
    make(&p);
    p.v.status.only_forward = true, refuse(c, &p, "goes only forward, but has no stages");
    p.cases[0].value = MS_STR("clients"), refuse(c, &p, "status value clients is none of the");
    p.v.status.stages = few, p.v.status.n_stages = 3, refuse(c, &p, "value new is none of");
    p.v.status.stages = twice, p.v.status.n_stages = 2, refuse(c, &p, "stage new is there twice");
    p.v.status.stages = empty, p.v.status.n_stages = 1, refuse(c, &p, "stage 1 is empty");
    p.v.status.n_stages = MS_MAX_CHOICES + 1, refuse(c, &p, "65 stages, at most 64");
    p.cases[0].condition = 11, refuse(c, &p, "follows no rule");
    p.cases[0].rule = 3, refuse(c, &p, "follows no rule");
    p.conditions[3].slot = 2, refuse(c, &p, "a comparison needs");
    p.conditions[10].a = 3, p.cases[0].condition = 10, refuse(c, &p, "a rule that is later");
    p.conditions[4].size = 9, refuse(c, &p, "is no tree");
    p.v.n_conditions = 7, refuse(c, &p, "no tree"); /* cut off inside */
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination),
        cmocka_unit_test(why_it_is_so),
        cmocka_unit_test(a_function_that_fails),
        cmocka_unit_test(what_the_hash_sees),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
