/* Conditions: each operator at its borders, and Kleene's logic against arithmetic. */
#include "court.h"

enum { A, B, CH, SET, FLAG, T, D, D2, RAW, M };

static const ms_str letters[] = {MS_STR("x"), MS_STR("y"), MS_STR("z")};
static const ms_str words[] = {MS_STR("one"), MS_STR("two")};
static const ms_str form[] = {MS_STR("o.*e")};
static const ms_attribute attributes[] = {
    {.name = MS_STR("a"), .type = MS_T_INTEGER, .min = -100, .max = 100},
    {.name = MS_STR("b"), .type = MS_T_INTEGER, .max = 100},
    {.name = MS_STR("c"), .type = MS_T_CHOICE, CHOICE_OF(letters)},
    {.name = MS_STR("set"), .type = MS_T_CHOICES, CHOICE_OF(letters)},
    {.name = MS_STR("flag"), .type = MS_T_BOOLEAN},
    {.name = MS_STR("t"), .type = MS_T_TEXT},
    {.name = MS_STR("d"), .type = MS_T_DATE},
    {.name = MS_STR("d2"), .type = MS_T_DATE},
    {.name = MS_STR("raw"), .type = MS_T_AS_IS},
    {.name = MS_STR("m"), .type = MS_T_MONEY, .max = MAX_CENTS},
};

/* The truth of one condition for one contact, as the letter that test tables use. */
static char truth_of(court *c, ms_cond *tree, uint32_t n, const char *in)
{
    const ms_rule rule = {.id = MS_STR("R"), .label = -1};
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = tree,
                     .n_conditions = n,
                     .rules = &rule,
                     .n_rules = 1};
    seal(c, &v);
    judge(c, &v, in);
    ms_vertical_unseal(&v);
    assert_false(ms_bit(&c->d.fired, 0) && ms_bit(&c->d.unknown, 0));
    return ms_bit(&c->d.fired, 0) ? 'y' : ms_bit(&c->d.unknown, 0) ? '?' : 'n';
}

typedef struct sample {
    ms_cond c;
    const char *in;
    char want;
} sample;

#define ON(o, s) .op = (o), .size = 1, .slot = (s)
#define COMPARE(s, how, x)                                                                         \
    {                                                                                              \
        ON(MS_C_COMPARE, s), .cmp = (how), .a = (x)                                                \
    }
static const sample leaf_samples[] = {
    {COMPARE(A, MS_LT, 5), "{\"a\":4}", 'y'},
    {COMPARE(A, MS_LT, 5), "{\"a\":5}", 'n'},
    {COMPARE(A, MS_LE, 5), "{\"a\":5}", 'y'},
    {COMPARE(A, MS_LE, 5), "{\"a\":6}", 'n'},
    {COMPARE(A, MS_EQ, 5), "{\"a\":5}", 'y'},
    {COMPARE(A, MS_EQ, 5), "{\"a\":4}", 'n'},
    {COMPARE(A, MS_NE, 5), "{\"a\":4}", 'y'},
    {COMPARE(A, MS_NE, 5), "{\"a\":5}", 'n'},
    {COMPARE(A, MS_GE, 5), "{\"a\":5}", 'y'},
    {COMPARE(A, MS_GE, 5), "{\"a\":4}", 'n'},
    {COMPARE(A, MS_GT, 5), "{\"a\":6}", 'y'},
    {COMPARE(A, MS_GT, 5), "{\"a\":5}", 'n'},
    {COMPARE(A, MS_GT, -5), "{\"a\":-4}", 'y'},
    {COMPARE(A, MS_NE, 5), "{}", '?'},
    {COMPARE(A, MS_NE, 5), "{\"a\":\"no\"}", '?'},
    {COMPARE(A, MS_NE, 5), "{\"a\":null}", '?'},
    {COMPARE(A, MS_NE, 5), "{\"a\":\"\"}", '?'},
    {COMPARE(M, MS_GE, 1050), "{\"m\":10.5}", 'y'},
    {COMPARE(M, MS_GT, 1050), "{\"m\":10.504}", 'n'},
    {COMPARE(FLAG, MS_EQ, 1), "{\"flag\":true}", 'y'},
    {COMPARE(FLAG, MS_EQ, 1), "{\"flag\":false}", 'n'},
    {COMPARE(FLAG, MS_EQ, 0), "{}", '?'},
    {COMPARE(D, MS_GE, 20120), "{\"d\":\"2025-02-01\"}", 'y'},
    {COMPARE(D, MS_GT, 20120), "{\"d\":\"2025-02-01\"}", 'n'},
    {{ON(MS_C_COMPARE_SLOTS, D), .slot2 = D2, .cmp = MS_GE},
     "{\"d\":\"2025-02-01\",\"d2\":\"2025-02-01T23:00\"}",
     'y'},
    {{ON(MS_C_COMPARE_SLOTS, D), .slot2 = D2, .cmp = MS_GE}, "{\"d\":\"2025-02-01\"}", '?'},
    {{ON(MS_C_COMPARE_SLOTS, D), .slot2 = D2, .cmp = MS_GE}, "{\"d2\":\"2025-02-01\"}", '?'},
    {{ON(MS_C_COMPARE_SLOTS, A), .slot2 = B, .cmp = MS_LT}, "{\"a\":1,\"b\":2}", 'y'},
    {{ON(MS_C_ONE_OF, CH), .mask = 5}, "{\"c\":\"Z\"}", 'y'},
    {{ON(MS_C_ONE_OF, CH), .mask = 5}, "{\"c\":\"y\"}", 'n'},
    {{ON(MS_C_ONE_OF, CH), .mask = 5}, "{\"c\":\"w\"}", '?'},
    {{ON(MS_C_CONTAINS, SET), .mask = 5}, "{\"set\":[\"x\",\"y\",\"z\"]}", 'y'},
    {{ON(MS_C_CONTAINS, SET), .mask = 5}, "{\"set\":[\"x\",\"y\"]}", 'n'},
    {{ON(MS_C_CONTAINS, SET), .mask = 5}, "{\"set\":[]}", 'n'},
    {{ON(MS_C_CONTAINS, SET), .mask = 5}, "{\"set\":[\"x\",\"w\"]}", '?'},
    {{ON(MS_C_COUNT, SET), .cmp = MS_GE, .a = 2}, "{\"set\":[\"x\",\"z\",\"X\"]}", 'y'},
    {{ON(MS_C_COUNT, SET), .cmp = MS_GE, .a = 2}, "{\"set\":[\"x\",\"x\",\"X\"]}", 'n'},
    {{ON(MS_C_COUNT, SET), .cmp = MS_EQ, .a = 0}, "{\"set\":[]}", 'y'},
    {{ON(MS_C_COUNT, SET), .cmp = MS_EQ, .a = 0}, "{}", '?'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":\"two\"}", 'y'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":\"Two\"}", 'n'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":\" two\"}", 'n'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":2}", 'n'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":[\"two\"]}", 'n'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":null}", '?'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":\"\"}", '?'},
    {{ON(MS_C_TEXT_IS, RAW), .texts = words, .n_texts = 2}, "{\"raw\":\"tw\\u006f\"}", 'y'},
    {{ON(MS_C_TEXT_IS, T), .texts = words, .n_texts = 2}, "{\"t\":\" one \"}", 'y'},
    {{ON(MS_C_MATCHES, T), .texts = form, .n_texts = 1}, "{\"t\":\"orange\"}", 'y'},
    {{ON(MS_C_MATCHES, T), .texts = form, .n_texts = 1}, "{\"t\":\"oranges\"}", 'n'},
    {{ON(MS_C_MATCHES, T), .texts = form, .n_texts = 1}, "{\"t\":\"an orange\"}", 'n'},
    {{ON(MS_C_MATCHES, T), .texts = form, .n_texts = 1}, "{}", '?'},
    {{ON(MS_C_PRESENT, A)}, "{\"a\":1}", 'y'},
    {{ON(MS_C_PRESENT, A)}, "{}", 'n'},
    {{ON(MS_C_PRESENT, A)}, "{\"a\":\"bad\"}", 'n'},
    {{ON(MS_C_PRESENT, A)}, "{\"a\":\"\"}", 'n'},
    {{ON(MS_C_MISSING, A)}, "{\"a\":1}", 'n'},
    {{ON(MS_C_MISSING, A)}, "{}", 'y'},
    {{ON(MS_C_MISSING, A)}, "{\"a\":\"bad\"}", 'y'},
    {{ON(MS_C_MISSING, A)}, "{\"a\":null}", 'y'},
    {{ON(MS_C_WITHIN_DAYS, D), .a = 90}, "{\"d\":\"2024-11-03\"}", 'y'},
    {{ON(MS_C_WITHIN_DAYS, D), .a = 90}, "{\"d\":\"2024-11-02\"}", 'n'},
    {{ON(MS_C_WITHIN_DAYS, D), .a = 90}, "{\"d\":\"2026-01-01\"}", 'y'},
    {{ON(MS_C_WITHIN_DAYS, D), .a = 90}, "{\"d\":\"soon\"}", '?'},
    {{ON(MS_C_OLDER_DAYS, D), .a = 365}, "{\"d\":\"2024-02-01\"}", 'y'},
    {{ON(MS_C_OLDER_DAYS, D), .a = 365}, "{\"d\":\"2024-02-02\"}", 'n'},
    {{ON(MS_C_OLDER_DAYS, D), .a = 365}, "{\"d\":\"2030-02-02\"}", 'n'},
    {{ON(MS_C_OLDER_DAYS, D), .a = 365}, "{}", '?'},
};

static void leaves(void **state)
{
    court *c = court_open();
    (void)state;
    for (uint32_t i = 0; i < COUNT(leaf_samples); i++) {
        ms_cond one = leaf_samples[i].c;
        char got = truth_of(c, &one, 1, leaf_samples[i].in);
        if (got != leaf_samples[i].want)
            fail_msg("sample %u: %s: %c, not %c", i, leaf_samples[i].in, got, leaf_samples[i].want);
    }
    court_close(c);
}

/* ---- groups: min, max, 1 - max and the k-th largest over 0, 1/2, 1 --------------------------- */

enum { MAX_NODES = 200 };
typedef struct forest {
    ms_cond nodes[MAX_NODES + 64]; /* siblings of the node that filled it */
    uint32_t n;
    uint64_t random;
} forest;

static uint32_t draw(forest *f, uint32_t below)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return (uint32_t)(f->random >> 33) % below;
}

/* The same tree with a pattern that fails beside it: not run as a program but walked. */
static char walked(court *c, const forest *f)
{
    ms_cond nodes[MAX_NODES + 66];
    nodes[0] = (ms_cond){.op = MS_C_ANY, .n_children = 2, .size = (uint16_t)(f->n + 2)};
    memcpy(nodes + 1, f->nodes, f->n * sizeof *nodes);
    nodes[f->n + 1] =
        (ms_cond){.op = MS_C_MATCHES, .size = 1, .slot = T, .texts = form, .n_texts = 1};
    return truth_of(c, nodes, f->n + 2, "{\"a\":1,\"t\":\"x\"}");
}

/* a is 1 (yes to a = 1), b is missing (unknown); grows a tree and returns twice its value. */
static int grow(forest *f, int depth)
{
    uint32_t at = f->n++;
    ms_cond *c = &f->nodes[at];
    *c = (ms_cond){.size = 1};
    if (depth == 0 || f->n + 8 > MAX_NODES || draw(f, 3) == 0) {
        int value = (int)draw(f, 3);
        c->op = MS_C_COMPARE;
        c->slot = value == 1 ? B : A;
        c->cmp = value == 2 ? MS_EQ : MS_NE;
        c->a = 1;
        return value;
    }
    int children[8], n = (int)draw(f, 6);
    for (int i = 0; i < n; i++)
        children[i] = grow(f, depth - 1);
    c->op = (uint8_t)(MS_C_ALL + draw(f, 4));
    c->n_children = (uint16_t)n;
    c->size = (uint16_t)(f->n - at);
    for (int i = 0; i < n; i++) /* largest first */
        for (int k = i + 1; k < n; k++)
            if (children[k] > children[i]) {
                int t = children[i];
                children[i] = children[k];
                children[k] = t;
            }
    switch ((ms_cond_op)c->op) {
    case MS_C_ALL: return n ? children[n - 1] : 2;
    case MS_C_ANY: return n ? children[0] : 0;
    case MS_C_NONE: return n ? 2 - children[0] : 2;
    default: c->a = draw(f, (uint32_t)n + 1); return c->a ? children[c->a - 1] : 2;
    }
}

static void groups_follow_kleene(void **state)
{
    court *c = court_open();
    forest f = {.random = 88172645463325252u};
    int seen[3] = {0};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        f.n = 0;
        int value = grow(&f, 5);
        seen[value]++;
        ms_arena_reset(c->arena);
        char got = truth_of(c, f.nodes, f.n, "{\"a\":1}");
        if (got != "n?y"[value])
            fail_msg("tree %d: %c, not %c", i, got, "n?y"[value]);
        if (i % 4 == 0 && (got = walked(c, &f)) != "n?y"[value])
            fail_msg("tree %d, walked: %c, not %c", i, got, "n?y"[value]);
    }
    for (int i = 0; i < 3; i++)
        assert_true(seen[i] > 1000);
    court_close(c);
}

/* Conditions that only outcome rules may ask, and rules that ask rules. */
static void outcomes(void **state)
{
    static const ms_cond conditions[] = {
        {.op = MS_C_COMPARE, .size = 1, .slot = A, .cmp = MS_GE, .a = 5}, /* 0: R1 */
        {.op = MS_C_FIRED, .size = 1, .a = 0},                            /* 1: R2 */
        {.op = MS_C_NONE, .n_children = 1, .size = 2},                    /* 2: R3 */
        {.op = MS_C_FIRED, .size = 1, .a = 0},
        {.op = MS_C_SCORE, .size = 1, .cmp = MS_GE, .a = 30}, /* 4: O1 */
        {.op = MS_C_ERRORS, .size = 1, .a = 1},               /* 5: O2 */
        {.op = MS_C_ERRORS, .size = 1, .a = 0},               /* 6: O3 */
        {.op = MS_C_FIRED, .size = 1, .a = 3},                /* 7: O4 */
    };
    static const ms_rule rules[] = {
        {.id = MS_STR("R1"), .points = 20, .condition = 0, .label = -1},
        {.id = MS_STR("R2"), .points = 35, .condition = 1, .label = -1},
        {.id = MS_STR("R3"), .points = -7, .condition = 2, .label = -1},
        {.id = MS_STR("O1"), .condition = 4, .label = -1, .outcome = true},
        {.id = MS_STR("O2"), .condition = 5, .label = -1, .outcome = true},
        {.id = MS_STR("O3"), .condition = 6, .label = -1, .outcome = true},
        {.id = MS_STR("O4"), .condition = 7, .label = -1, .outcome = true},
    };
    court *c = court_open();
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = conditions,
                     .n_conditions = COUNT(conditions),
                     .rules = rules,
                     .n_rules = COUNT(rules),
                     .score_min = -5,
                     .score_max = 50};
    (void)state;
    seal(c, &v);
    judge(c, &v, "{\"a\":5}"); /* 55 points, held at 50 */
    assert_string_equal(fired_of(c), "[\"R1\",\"R2\",\"O1\",\"O3\",\"O4\"]");
    assert_string_equal(unknown_of(c), "[]");
    assert_int_equal(c->d.points, 50);
    judge(c, &v, "{\"a\":4}"); /* -7 points, held at -5 */
    assert_string_equal(fired_of(c), "[\"R3\",\"O3\"]");
    assert_int_equal(c->d.points, -5);
    judge(c, &v, "{}"); /* unknown goes on through the rules that ask */
    assert_string_equal(fired_of(c), "[\"O3\"]");
    assert_string_equal(unknown_of(c), "[\"R1\",\"R2\",\"R3\"]");
    assert_int_equal(c->d.points, 0);
    judge(c, &v, "{\"a\":500,\"b\":\"bad\"}");
    assert_string_equal(fired_of(c), "[\"O2\"]");
    ms_vertical_unseal(&v);
    court_close(c);
}

/* ---- functions of the script ----------------------------------------------------------------- */

typedef struct script {
    int calls;
    ms_truth answer;
    ms_status status;
} script;

static ms_status ask(void *p, uint32_t custom, const ms_slots *slots, ms_truth *out, ms_error *err)
{
    script *s = p;
    s->calls++;
    assert_int_equal(custom, 0);
    assert_int_equal(slots->items[A].state, MS_SLOT_VALID);
    *out = s->answer;
    return s->status ? ms_fail(err, s->status, "vertical.lua:9: boom") : MS_OK;
}

static ms_status value(void *p, uint32_t custom, const ms_slots *slots, ms_arena *arena,
                       ms_str *out, ms_error *err)
{
    script *s = p;
    s->calls++;
    (void)custom;
    (void)err;
    if (slots->items[A].number < 0)
        return MS_OK; /* no value */
    *out = ms_arena_format(arena, "[%d, 8.0]", (int)slots->items[A].number);
    return s->status;
}

static void functions_of_the_script(void **state)
{
    static const ms_cond conditions[] = {{.op = MS_C_CUSTOM, .size = 1, .a = 0}};
    static const ms_rule rules[] = {{.id = MS_STR("R1"), .points = 1, .label = -1}};
    static const uint16_t reads[] = {A};
    static const ms_custom customs[] = {{.says = MS_STR("it is so"), .reads = reads, .n_reads = 1}};
    static const ms_derived derived[] = {{.name = MS_STR("list"), .kind = MS_D_CUSTOM}};
    court *c = court_open();
    script s = {.answer = MS_YES};
    ms_error err = {0};
    ms_vertical v = {.attributes = attributes,
                     .n_attributes = COUNT(attributes),
                     .conditions = conditions,
                     .n_conditions = 1,
                     .rules = rules,
                     .n_rules = 1,
                     .derived = derived,
                     .n_derived = 1,
                     .customs = customs,
                     .n_customs = 1,
                     .score_max = 100,
                     .calls = {&s, ask, value}};
    (void)state;
    seal(c, &v);
    judge(c, &v, "{\"list\":[1,8],\"a\":1}");
    assert_string_equal(fired_of(c), "[\"R1\"]");
    assert_string_equal(changed_of(c), "{}"); /* equal as JSON */
    assert_string_equal(attributes_of(c), "{\"list\":[1, 8.0],\"a\":1}");
    judge(c, &v, "{\"list\":[1,8],\"a\":2}");
    assert_string_equal(writes_of(c), "{\"list\":[2, 8.0]}");
    judge(c, &v, "{\"list\":[1,8],\"a\":-2}");
    assert_string_equal(writes_of(c), "{\"list\":null}");
    s.answer = MS_UNKNOWN;
    judge(c, &v, "{\"a\":1}");
    assert_string_equal(unknown_of(c), "[\"R1\"]");
    s.calls = 0;
    judge(c, &v, "{\"list\":1,\"a\":\"bad\"}"); /* not called without what they read */
    assert_int_equal(s.calls, 0);
    assert_string_equal(unknown_of(c), "[\"R1\"]");
    assert_string_equal(writes_of(c), "{\"list\":null}");
    s.status = MS_SCRIPT;
    read_fields(c, "{\"a\":1}", 7);
    assert_int_equal(ms_judge_contact(c->judge, &v, &c->top, NULL, 0, true, &c->d, &err),
                     MS_SCRIPT);
    assert_string_equal(err.text, "rule R1: vertical.lua:9: boom");
    ms_vertical_unseal(&v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves),
        cmocka_unit_test(groups_follow_kleene),
        cmocka_unit_test(outcomes),
        cmocka_unit_test(functions_of_the_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
